/// Writes streets, addresses, households, people and what hangs on them.
struct SeedPeopleWriter {
    let town: SeedTown
    let people: SeedPeople
    let folder: String
    let defects: SeedDefectList

    init(town: SeedTown, folder: String, defects: SeedDefectList) {
        self.town = town
        people = SeedPeople(town: town)
        self.folder = folder
        self.defects = defects
    }

    func write() throws(SeedFailure) -> [SeedFile] {
        [try streets(), try addresses(), try households()] + (try persons())
    }

    private func streets() throws(SeedFailure) -> SeedFile {
        let file = try SeedFile(
            folder: folder, name: "referentiel.voie", columns: ["voie_id", "type", "nom"])
        for index in 0..<town.size.streets {
            let street = town.street(index)
            file.add(index + 1)
            file.add(street.type)
            file.add(street.name)
            try file.endRow()
        }
        return file
    }

    private func addresses() throws(SeedFailure) -> SeedFile {
        let file = try SeedFile(
            folder: folder, name: "referentiel.adresse",
            columns: [
                "adresse_id", "voie_id", "arrondissement_id", "numero", "suffixe", "code_postal", "longitude",
                "latitude",
            ])
        for index in 0..<town.size.addresses {
            let address = town.address(index)
            var postcode = SeedTown.postcode(address.arrondissement)
            if SeedDefect.wrongPostcode.isPlanted(at: index, every: 331, from: 40, in: town.size) {
                postcode = SeedTown.postcode(address.arrondissement % 16 + 1)
                try defects.note(.wrongPostcode, key: index + 1)
            }
            file.add(index + 1)
            file.add(address.street + 1)
            file.add(address.arrondissement)
            file.add(address.number)
            file.add(address.suffix)
            file.add(postcode)
            file.addDegrees(address.longitude)
            file.addDegrees(address.latitude)
            try file.endRow()
        }
        return file
    }

    private func households() throws(SeedFailure) -> SeedFile {
        let file = try SeedFile(
            folder: folder, name: "citoyen.foyer",
            columns: ["foyer_id", "adresse_id", "arrondissement_id", "quotient_tranche", "cree_le"])
        let empty = SeedDefect.emptyHousehold.count(in: town.size)
        for index in 0..<(town.size.households + empty) {
            var random = SeedRandom(seed: town.seed, kind: .household, index: index)
            let household = town.household(index)
            let opened = SeedDay(2005, 1, 1) + random.below(6000)
            if index >= town.size.households { try defects.note(.emptyHousehold, key: index + 1) }
            file.add(index + 1)
            file.add(household.address.map { $0 + 1 })
            file.add(household.arrondissement)
            file.add(random.chance(70) ? random.between(1, 8) : nil)
            file.add(SeedMoment(opened, secondOfDay: random.between(30_600, 61_200)))
            try file.endRow()
        }
        return file
    }

    private func persons() throws(SeedFailure) -> [SeedFile] {
        let persons = try SeedFile(
            folder: folder, name: "citoyen.usager",
            columns: [
                "usager_id", "foyer_id", "arrondissement_id", "civilite", "nom_naissance", "nom_usage",
                "prenoms",
                "date_naissance", "insee_naissance", "statut", "cree_le", "modifie_le", "supprime_le",
                "purge_le",
            ])
        let contacts = try SeedFile(
            folder: folder, name: "citoyen.contact",
            columns: ["contact_id", "usager_id", "courriel", "telephone", "verifie_le"])
        let consents = try SeedFile(
            folder: folder, name: "citoyen.consentement",
            columns: ["usager_id", "finalite", "donne_le", "retire_le"])
        for index in 0..<town.size.people {
            let person = try plantedPerson(index)
            try add(person, index, to: persons)
            try addContact(of: person, index, to: contacts)
            try addConsents(of: person, index, to: consents)
        }
        return [persons, contacts, consents]
    }

    private func add(_ person: SeedPeople.Person, _ index: Int, to file: SeedFile) throws(SeedFailure) {
        file.add(index + 1)
        file.add(town.place(ofPerson: index).household + 1)
        file.add(person.arrondissement)
        file.add(person.civility)
        file.add(person.birthName)
        file.add(person.usageName)
        file.add(person.firstNames)
        file.add(person.birth)
        file.add(person.birthPlace)
        file.add(person.status.rawValue)
        file.add(person.created)
        file.add(person.modified)
        file.add(person.deleted)
        file.add(person.purge)
        try file.endRow()
    }

    /// The person, with the defect that its place in the cycle of households bears.
    private func plantedPerson(_ index: Int) throws(SeedFailure) -> SeedPeople.Person {
        var person = people.person(index)
        guard let defect = SeedPlaces.defect(ofPerson: index, in: town.size) else { return person }
        switch defect {
        case .duplicatePerson:
            let original = people.person(index - 1)
            person.civility = original.civility
            person.birthName = original.birthName
            person.usageName = original.usageName
            person.firstNames = original.firstNames
            person.birth = original.birth
        case .futureBirth: person.birth = SeedPeriod.reference + (400 + index % 300)
        case .wrongArrondissement: person.arrondissement = (person.arrondissement ?? 1) % 16 + 1
        case .lowerCaseName: person.birthName = person.birthName.lowercased()
        case .overduePurge: person.purge = SeedPeriod.reference + -(10 + index % 300)
        case .sharedEmail, .wrongPostcode, .emptyHousehold, .orphanDocument, .historyMismatch,
            .forgottenRequest,
            .deceasedRequester, .appointmentWithoutOutcome, .slotOnHoliday, .wrongSlotCount:
            return person
        }
        try defects.note(defect, key: index + 1)
        return person
    }

    private func addContact(of person: SeedPeople.Person, _ index: Int, to file: SeedFile) throws(SeedFailure)
    {
        var random = SeedRandom(seed: town.seed, kind: .contact, index: index)
        let place = SeedPlaces.email(ofPerson: index, in: town.size)
        let hasEmail = random.chance(82)
        let hasPhone = random.chance(88)
        guard place != .ordinary || ((hasEmail || hasPhone) && random.chance(92)) else { return }
        let owner: Int
        if case .copyOf(let source) = place {
            owner = source
            try defects.note(.sharedEmail, key: index + 1)
        } else {
            owner = index
        }
        let email = hasEmail || place != .ordinary ? self.email(ofPerson: owner) : nil
        file.add(index + 1)
        file.add(index + 1)
        file.add(email)
        // Numbers that the regulator keeps for fiction.
        file.add(hasPhone ? "+3363998" + SeedPlaces.fourDigits(random.below(10_000)) : nil)
        file.add(random.chance(60) ? person.modified : nil)
        try file.endRow()
    }

    private func email(ofPerson index: Int) -> String {
        let person = people.person(index)
        let name = SeedPlaces.plain(person.firstNames) + "." + SeedPlaces.plain(person.birthName)
        return "\(name).\(index + 1)@exemple.fr"
    }

    private func addConsents(of person: SeedPeople.Person, _ index: Int, to file: SeedFile)
        throws(SeedFailure)
    {
        var random = SeedRandom(seed: town.seed, kind: .consent, index: index)
        for (purpose, percent) in [("rappel_sms", 62), ("information_courriel", 38), ("enquete", 9)]
        where random.chance(percent) {
            file.add(index + 1)
            file.add(purpose)
            file.add(person.created)
            file.add(random.chance(7) ? person.modified : nil)
            try file.endRow()
        }
    }
}
