/// Streets, addresses and households, each computed from its index alone.
struct SeedTown {
    let seed: UInt64
    let size: SeedSize

    struct Street {
        let type: String
        let name: String
        let arrondissement: Int
    }

    struct Address {
        let street: Int
        let number: Int
        let suffix: String
        let arrondissement: Int
        let longitude: Int
        let latitude: Int
    }

    struct Household {
        let address: Int?
        let arrondissement: Int?
        let firstPerson: Int
        let size: Int
    }

    /// Postcode of an arrondissement.
    static func postcode(_ arrondissement: Int) -> String { String(13_000 + arrondissement) }

    func street(_ index: Int) -> Street {
        let (block, position) = (index / Self.streetTypes.count, index % Self.streetTypes.count)
        let type = Self.streetTypes[position]
        let perBlock = Self.streetTypes.count { $0 == type }
        let ordinal = block * perBlock + Self.streetTypes[..<position].count { $0 == type }
        return Street(
            type: type, name: Self.streetName(ordinal), arrondissement: arrondissement(ofStreet: index))
    }

    /// Streets spread over the arrondissements by population, evenly at every size.
    private func arrondissement(ofStreet index: Int) -> Int {
        let golden = (UInt64(index) &+ seed % 1000) &* 0x9E37_79B9_7F4A_7C15
        let total = Self.population[Self.population.count - 1]
        let draw = Int(golden.multipliedFullWidth(by: UInt64(total)).high)
        return 1 + (Self.population.firstIndex { draw < $0 } ?? 0)
    }

    /// The `ordinal`-th name among the streets of one type: never twice the same.
    private static func streetName(_ ordinal: Int) -> String {
        let people = 64 * 96
        let shuffled = ordinal * 3571 % (people + SeedNames.themes.count)
        guard shuffled >= SeedNames.themes.count else { return SeedNames.themes[shuffled] }
        let person = shuffled - SeedNames.themes.count
        let firstNames = person.isMultiple(of: 2) ? SeedNames.men : SeedNames.women
        return firstNames[person % 64] + " " + SeedNames.families[person / 64]
    }

    func address(_ index: Int) -> Address {
        let (block, rest) = (index / Self.addressesPerBlock, index % Self.addressesPerBlock)
        let position = Self.streetEnds.firstIndex { rest < $0 } ?? 0
        let start = position == 0 ? 0 : Self.streetEnds[position - 1]
        let street = block * Self.streetEnds.count + position
        let arrondissement = arrondissement(ofStreet: street)
        var random = SeedRandom(seed: seed, kind: .address, index: index)
        let centre = Self.centres[arrondissement - 1]
        return Address(
            street: street, number: rest - start + 1, suffix: random.chance(6) ? "bis" : "",
            arrondissement: arrondissement, longitude: centre.0 + random.between(-400, 400),
            latitude: centre.1 + random.between(-400, 400))
    }

    func household(_ index: Int) -> Household {
        let (cycle, position) = (index / Self.householdSizes.count, index % Self.householdSizes.count)
        let start = position == 0 ? 0 : Self.householdEnds[position - 1]
        let address = index % 50 == 49 ? nil : index * 7919 % size.addresses
        return Household(
            address: address, arrondissement: address.map { self.address($0).arrondissement },
            firstPerson: cycle * Self.peoplePerCycle + start, size: Self.householdSizes[position])
    }

    /// Household and place in it of a person.
    func place(ofPerson index: Int) -> (household: Int, member: Int) {
        let (cycle, rest) = (index / Self.peoplePerCycle, index % Self.peoplePerCycle)
        let position = Self.householdEnds.firstIndex { rest < $0 } ?? 0
        let start = position == 0 ? 0 : Self.householdEnds[position - 1]
        return (cycle * Self.householdSizes.count + position, rest - start)
    }

    /// Three of thirteen are former citizens: 30 % more than the active ones.
    func isActive(person index: Int) -> Bool {
        ![3, 7, 11].contains(index % 13)
    }

    private static let streetTypes = [
        "rue", "avenue", "rue", "boulevard", "rue", "impasse", "rue", "traverse", "rue", "place", "rue",
        "chemin", "rue",
        "avenue", "rue", "boulevard", "allée", "rue", "montée", "square",
    ]
    /// Inhabitants by arrondissement, thousands (census order of magnitude), as running totals.
    private static let population = SeedRandom.runningTotals([
        39, 24, 50, 48, 46, 42, 34, 81, 77, 57, 58, 61, 93, 64, 79, 16,
    ])
    /// Centre of each arrondissement, in 1/100,000 of a degree.
    private static let centres = [
        (538_060, 4_329_900), (536_650, 4_331_200), (538_060, 4_331_200), (540_000, 4_330_600),
        (539_900, 4_329_300),
        (538_100, 4_328_700), (536_000, 4_328_300), (537_400, 4_324_500), (543_000, 4_323_500),
        (542_500, 4_327_600),
        (549_000, 4_328_500), (544_500, 4_330_600), (543_000, 4_334_800), (539_500, 4_334_500),
        (536_500, 4_336_000),
        (531_500, 4_336_500),
    ]
    /// Thirty streets share two thousand addresses: a few long ones, many short ones.
    static let addressesPerBlock = 2000
    private static let streetEnds: [Int] = {
        let lengths = (0..<29).map { 900 / ($0 + 4) + 24 }
        return SeedRandom.runningTotals(lengths + [addressesPerBlock - lengths.reduce(0, +)])
    }()
    /// A cycle of 150 households and their 377 members, sizes mixed.
    static let householdSizes: [Int] = {
        let counts = [(1, 45), (2, 42), (3, 27), (4, 20), (5, 9), (6, 7)]
        let sorted = counts.flatMap { Array(repeating: $0.0, count: $0.1) }
        return sorted.indices.map { sorted[$0 * 67 % sorted.count] }
    }()
    static let householdEnds = SeedRandom.runningTotals(householdSizes)
    static let peoplePerCycle = householdEnds[householdEnds.count - 1]
}
