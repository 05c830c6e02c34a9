/// Citizens, active and former, each computed from its index alone.
struct SeedPeople {
    let town: SeedTown

    enum Status: String {
        case active = "actif"
        case left = "parti"
        case deceased = "decede"
    }

    struct Person {
        var civility: String
        var birthName: String
        var usageName: String?
        var firstNames: String
        var birth: SeedDay
        let birthPlace: String
        var arrondissement: Int?
        let status: Status
        let created: SeedMoment
        let modified: SeedMoment
        let deleted: SeedMoment?
        var purge: SeedDay?
    }

    func person(_ index: Int) -> Person {
        let (household, member) = town.place(ofPerson: index)
        var family = SeedRandom(seed: town.seed, kind: .household, index: household)
        var random = SeedRandom(seed: town.seed, kind: .person, index: index)
        let familyName = Self.skewed(SeedNames.families, &family)
        let isWoman = random.chance(52)
        let given = isWoman ? SeedNames.women : SeedNames.men
        var firstNames = Self.skewed(given, &random)
        if random.chance(35) { firstNames += " " + random.pick(given) }
        let birth = birth(member: member, &random)
        let ownName = member == 1 && random.chance(70) ? Self.skewed(SeedNames.families, &random) : familyName
        let takesName = member == 1 && isWoman && random.chance(60) && ownName != familyName
        let opened = max(SeedDay(2005, 1, 1) + random.below(6000), birth + 30)
        let created = SeedMoment(opened, secondOfDay: random.between(30_600, 61_200))
        let status = status(of: index, born: birth, &random)
        let sinceCreation = SeedPeriod.referenceMoment.seconds - created.seconds
        let modified = created + random.below(sinceCreation)
        return Person(
            civility: isWoman ? "Mme" : "M.", birthName: ownName, usageName: takesName ? familyName : nil,
            firstNames: firstNames, birth: birth, birthPlace: Self.birthPlace(&random),
            arrondissement: town.household(household).arrondissement, status: status, created: created,
            modified: modified, deleted: status == .left && random.chance(10) ? modified : nil,
            purge: status == .active ? nil : SeedPeriod.reference + random.between(60, 2400))
    }

    /// Whether a person is deceased, without the rest of the record.
    func isDeceased(_ index: Int) -> Bool {
        !town.isActive(person: index) && person(index).status == .deceased
    }

    private func status(of index: Int, born: SeedDay, _ random: inout SeedRandom) -> Status {
        let old = born < SeedDay(1956, 1, 1)
        let dies = random.chance(old ? 65 : 8)
        if town.isActive(person: index) { return .active }
        return dies ? .deceased : .left
    }

    /// Adults first; two members of a household are never born on the same day.
    private func birth(member: Int, _ random: inout SeedRandom) -> SeedDay {
        let adult = SeedDay(1931, 1, 1).number..<SeedDay(2001, 1, 1).number
        let child = SeedDay(2004, 1, 1).number..<SeedDay(2021, 9, 1).number
        let range = member < 2 ? adult : child
        let number = range.lowerBound + random.below(range.count)
        return SeedDay(number: number - number % 6 + member)
    }

    private static func birthPlace(_ random: inout SeedRandom) -> String {
        random.chance(62)
            ? String(13_201 + random.below(16)) : random.pick(SeedNames.birthPlacesElsewhere)
    }

    /// The first names of a list come up more often than the last.
    static func skewed(_ names: [String], _ random: inout SeedRandom) -> String {
        names[min(random.below(names.count), random.below(names.count))]
    }
}
