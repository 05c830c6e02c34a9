/// Where in the cycle of households the defects of people sit, and how texts are made plain.
enum SeedPlaces {
    /// What the e-mail address of a person is.
    enum Email: Equatable {
        case ordinary
        /// Has one, and another person gives it as theirs.
        case lent
        /// That of another person.
        case copyOf(Int)
    }

    static func defect(ofPerson index: Int, in size: SeedSize) -> SeedDefect? {
        let (cycle, rest) = (index / SeedTown.peoplePerCycle, index % SeedTown.peoplePerCycle)
        guard let defect = defects[rest], cycle < defect.count(in: size) else { return nil }
        return defect
    }

    static func email(ofPerson index: Int, in size: SeedSize) -> Email {
        let (cycle, rest) = (index / SeedTown.peoplePerCycle, index % SeedTown.peoplePerCycle)
        guard cycle < SeedDefect.sharedEmail.count(in: size) else { return .ordinary }
        if rest == lender { return .lent }
        return rest == borrower ? .copyOf(cycle * SeedTown.peoplePerCycle + lender) : .ordinary
    }

    /// A number below 10,000 in four digits.
    static func fourDigits(_ number: Int) -> String {
        String(String(number + 10_000).dropFirst())
    }

    /// Lower-case ASCII letters of a name, for an e-mail address.
    static func plain(_ name: String) -> String {
        var plain = ""
        for character in name.lowercased() {
            if character.isASCII, character.isLetter {
                plain.append(character)
            } else if let base = withoutAccent[character] {
                plain.append(base)
            }
        }
        return plain
    }

    /// First persons of households with three members or more and an address, in one cycle.
    private static let largeHouseholds: [Int] = SeedTown.householdSizes.indices
        .filter { SeedTown.householdSizes[$0] >= 3 && $0 % 50 != 49 }
        .map { $0 == 0 ? 0 : SeedTown.householdEnds[$0 - 1] }
    private static let lender = largeHouseholds[3]
    private static let borrower = largeHouseholds[4]
    private static let defects: [Int: SeedDefect] = [
        largeHouseholds[0] + 1: .duplicatePerson,
        largeHouseholds[1] + 2: .futureBirth,
        largeHouseholds[2] + 1: .wrongArrondissement,
        borrower: .sharedEmail,
        largeHouseholds[5]: .lowerCaseName,
        formerMember: .overduePurge,
    ]
    /// A former citizen (see `SeedTown.isActive`) in a household without another defect.
    private static let formerMember =
        largeHouseholds[6...].lazy.flatMap { $0...($0 + 2) }.first { $0 % 13 == 3 } ?? 3

    private static let withoutAccent: [Character: Character] = [
        "é": "e", "è": "e", "ê": "e", "ë": "e", "à": "a", "â": "a", "ç": "c", "ï": "i", "î": "i", "ô": "o",
        "û": "u",
        "ü": "u",
    ]
}
