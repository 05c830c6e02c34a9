/// Writes requests with their history, assignments and documents.
struct SeedRequestsWriter {
    let requests: SeedRequests
    let folder: String
    let defects: SeedDefectList

    private struct Files {
        let requests: SeedFile
        let open: SeedFile
        let history: SeedFile
        let assignments: SeedFile
        let documents: SeedFile
        let links: SeedFile

        init(folder: String) throws(SeedFailure) {
            requests = try SeedFile(
                folder: folder, name: "demande.demande",
                columns: [
                    "demande_id", "cree_le", "usager_id", "type_demande_id", "service_id",
                    "arrondissement_id",
                    "canal", "objet", "statut", "echeance_le", "cloture_le", "purge_le", "modifie_le",
                ])
            open = try SeedFile(
                folder: folder, name: "demande.demande_ouverte",
                columns: ["usager_id", "type_demande_id", "objet", "demande_id", "demande_cree_le"])
            history = try SeedFile(
                folder: folder, name: "demande.demande_statut_histo",
                columns: [
                    "demande_id", "demande_cree_le", "rang", "statut_de", "statut_vers", "change_le",
                    "auteur",
                ])
            assignments = try SeedFile(
                folder: folder, name: "demande.demande_affectation",
                columns: ["demande_id", "demande_cree_le", "depuis", "jusqua", "service_id", "agent"])
            documents = try SeedFile(
                folder: folder, name: "citoyen.piece",
                columns: ["piece_id", "usager_id", "nature", "depose_le"])
            links = try SeedFile(
                folder: folder, name: "demande.demande_piece",
                columns: ["demande_id", "demande_cree_le", "piece_id"])
        }

        var all: [SeedFile] { [documents, requests, history, assignments, links, open] }
    }

    func write() throws(SeedFailure) -> [SeedFile] {
        let files = try Files(folder: folder)
        for index in 0..<requests.town.size.requests {
            let request = requests.request(index)
            if let defect = request.defect { try defects.note(defect, key: index + 1) }
            try addRequest(request, index, to: files.requests)
            if request.closing == nil { try addOpen(request, index, to: files.open) }
            try addHistory(of: request, index, to: files.history)
            try addAssignment(of: request, index, to: files.assignments)
            try addDocument(of: request, index, to: files)
        }
        try addOrphanDocuments(to: files.documents)
        return files.all
    }

    private func addRequest(_ request: SeedRequests.Request, _ index: Int, to file: SeedFile)
        throws(SeedFailure)
    {
        file.add(index + 1)
        file.add(request.created)
        file.add(request.person + 1)
        file.add(request.kind.id)
        file.add(request.kind.service)
        let place = requests.town.place(ofPerson: request.person)
        file.add(requests.town.household(place.household).arrondissement)
        file.add(request.channel)
        file.add(request.subject)
        file.add(request.last.status.rawValue)
        file.add(request.dueDay)
        file.add(request.closing?.moment)
        file.add(request.closing.map { Self.add(months: request.kind.retentionMonths, to: $0.moment.day) })
        file.add(request.last.moment)
        try file.endRow()
    }

    private func addOpen(_ request: SeedRequests.Request, _ index: Int, to file: SeedFile) throws(SeedFailure)
    {
        file.add(request.person + 1)
        file.add(request.kind.id)
        file.add(request.subject.lowercased())
        file.add(index + 1)
        file.add(request.created)
        try file.endRow()
    }

    private func addHistory(of request: SeedRequests.Request, _ index: Int, to file: SeedFile)
        throws(SeedFailure)
    {
        let kept = request.defect == .historyMismatch ? request.steps.count - 1 : request.steps.count
        for (rank, step) in request.steps.prefix(kept).enumerated() {
            file.add(index + 1)
            file.add(request.created)
            file.add(rank + 1)
            file.add(rank == 0 ? nil : request.steps[rank - 1].status.rawValue)
            file.add(step.status.rawValue)
            file.add(step.moment)
            file.add(rank == 0 && request.channel == "portail" ? "app_portail" : "reprise")
            try file.endRow()
        }
    }

    private func addAssignment(
        of request: SeedRequests.Request, _ index: Int, to file: SeedFile
    ) throws(SeedFailure) {
        guard request.steps.count > 1 else { return }
        file.add(index + 1)
        file.add(request.created)
        file.add(request.steps[1].moment)
        file.add(request.closing?.moment)
        file.add(request.kind.service)
        file.add(Self.agents[request.kind.service])
        try file.endRow()
    }

    private func addDocument(of request: SeedRequests.Request, _ index: Int, to files: Files)
        throws(SeedFailure)
    {
        guard index % 10 < 3 else { return }
        let identifier = Self.uuid(seed: requests.town.seed, index: index)
        try addDocument(
            identifier, person: request.person, nature: Self.natures[index % Self.natures.count],
            moment: request.created + 90, to: files.documents)
        files.links.add(index + 1)
        files.links.add(request.created)
        files.links.add(identifier)
        try files.links.endRow()
    }

    /// Documents that no request refers to.
    private func addOrphanDocuments(to file: SeedFile) throws(SeedFailure) {
        let total = requests.town.size.requests
        for number in 0..<SeedDefect.orphanDocument.count(in: requests.town.size) {
            let identifier = Self.uuid(seed: requests.town.seed, index: total + number)
            try defects.note(.orphanDocument, key: identifier)
            try addDocument(
                identifier, person: number * 377 % requests.town.size.people, nature: "autre",
                moment: SeedMoment(SeedPeriod.start + number % 1000, secondOfDay: 36_000), to: file)
        }
    }

    private func addDocument(
        _ identifier: String, person: Int, nature: String, moment: SeedMoment, to file: SeedFile
    ) throws(SeedFailure) {
        file.add(identifier)
        file.add(person + 1)
        file.add(nature)
        file.add(moment)
        try file.endRow()
    }

    private static let agents = [1: "agt_1001", 3: "agt_1002", 4: "agt_1003"]
    private static let natures = ["identite", "domicile", "famille", "revenus", "plan"]

    /// The same day of the month later, or the last one of a shorter month, as PostgreSQL adds months.
    private static func add(months: Int, to day: SeedDay) -> SeedDay {
        let date = day.civil
        let month = date.month - 1 + months
        let firstOfNext = SeedDay(date.year + (month + 1) / 12, (month + 1) % 12 + 1, 1)
        return min(SeedDay(date.year + month / 12, month % 12 + 1, 1) + (date.day - 1), firstOfNext + -1)
    }

    /// A version 4 UUID from the seed: 122 drawn bits.
    private static func uuid(seed: UInt64, index: Int) -> String {
        var random = SeedRandom(seed: seed, kind: .document, index: index)
        let high = random.next() & ~0xF000 | 0x4000
        let low = random.next() & ~(0b11 << 62) | (0b10 << 62)
        let digits = hex(high) + hex(low)
        var text = ""
        for (position, digit) in digits.enumerated() {
            if [8, 12, 16, 20].contains(position) { text.append("-") }
            text.append(digit)
        }
        return text
    }

    private static func hex(_ number: UInt64) -> String {
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
