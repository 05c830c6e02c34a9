/// Requests of citizens and their course, each computed from its index alone.
struct SeedRequests {
    let town: SeedTown
    let people: SeedPeople
    let quotas: SeedQuotas

    /// A kind of request; must agree with `referentiel.type_demande`, which loading checks by foreign key.
    struct Kind {
        let id: Int
        let service: Int
        let delayDays: Int
        let retentionMonths: Int
        let needsAppointment: Bool
        let weight: Int
        let subjects: [String]
    }

    enum Status: String {
        case filed = "deposee"
        case inProgress = "en_cours"
        case waiting = "attente_usager"
        case appointment = "rdv_programme"
        case done = "traitee"
        case rejected = "rejetee"
        case abandoned = "abandonnee"
        case archived = "archivee"

        var isOpen: Bool {
            switch self {
            case .filed, .inProgress, .waiting, .appointment: true
            case .done, .rejected, .abandoned, .archived: false
            }
        }
    }

    struct Step {
        let status: Status
        let moment: SeedMoment
    }

    struct Request {
        let kind: Kind
        let person: Int
        let subject: String
        let channel: String
        let created: SeedMoment
        let steps: [Step]
        let defect: SeedDefect?

        var last: Step { steps[steps.count - 1] }
        var dueDay: SeedDay { created.day + kind.delayDays }
        /// First step that closes the request.
        var closing: Step? { steps.first { !$0.status.isOpen } }
    }

    init(town: SeedTown) {
        self.town = town
        people = SeedPeople(town: town)
        let weights = (0..<SeedPeriod.dayCount).map { Self.weight(of: SeedPeriod.start + $0) }
        quotas = SeedQuotas(total: town.size.requests, first: SeedPeriod.start, weights: weights)
    }

    /// Mondays are heavy, Sundays and holidays light; September and early summer busy, August calm.
    private static func weight(of day: SeedDay) -> Int {
        let byWeekday = [145, 112, 106, 100, 94, 34, 20]
        let byMonth = [105, 98, 100, 102, 112, 116, 96, 70, 128, 108, 100, 84]
        let date = day.civil
        let weekday = day.isHoliday ? 15 : byWeekday[day.weekday]
        return weekday * byMonth[date.month - 1] * (100 + 2 * (date.year - 2021))
    }

    func request(_ index: Int) -> Request {
        var random = SeedRandom(seed: town.seed, kind: .request, index: index)
        let kind = Self.kinds[random.weighted(Self.kindTotals)]
        let channel = Self.channels[random.weighted(Self.channelTotals)]
        let subject = random.pick(kind.subjects)
        let created = created(index, &random)
        let course = course(of: kind, from: created, &random)
        let defect = defect(of: index)
        let person = requester(of: index, defect, &random)
        let steps: [Step]
        switch defect {
        case .historyMismatch: steps = finished(course)
        case .forgottenRequest: steps = Array(course.prefix(1)) + [Self.taken(after: created)]
        case .deceasedRequester: steps = Array(course.prefix(1))
        default: steps = untilReference(course, active: town.isActive(person: person))
        }
        let number = defect == nil ? "" : " (dossier \(index + 1))"
        return Request(
            kind: kind, person: person, subject: subject + number, channel: channel, created: created,
            steps: steps,
            defect: defect)
    }

    /// Moments grow with the index within a day, from seven in the morning to eleven at night.
    private func created(_ index: Int, _ random: inout SeedRandom) -> SeedMoment {
        let day = quotas.day(of: index)
        let range = quotas.range(of: day)
        let position = (index - range.lowerBound) * 57_600 + random.below(57_600)
        return SeedMoment(day, secondOfDay: 25_200 + position / range.count)
    }

    private func defect(of index: Int) -> SeedDefect? {
        let size = town.size
        if SeedDefect.historyMismatch.isPlanted(at: index, every: 937, from: 11, in: size) {
            return .historyMismatch
        }
        if SeedDefect.forgottenRequest.isPlanted(at: index, every: 937, from: 500, in: size) {
            return .forgottenRequest
        }
        let fromEnd = size.requests - 1 - index
        return SeedDefect.deceasedRequester.isPlanted(at: fromEnd, every: 3, from: 0, in: size)
            ? .deceasedRequester : nil
    }

    /// The citizen, always the first member of a household.
    ///
    /// Recent requests, the only ones that can still be open, take one household after the other, so that no
    /// citizen has two open ones; older requests prefer a tenth of the households.
    private func requester(of index: Int, _ defect: SeedDefect?, _ random: inout SeedRandom) -> Int {
        let households = town.size.households
        let isRecent = index >= town.size.requests - households * 9 / 10
        let preferred = random.chance(30) ? households / 10 : households
        let drawn = isRecent ? index * 7919 % households : random.below(preferred)
        switch defect {
        case .deceasedRequester: return head(from: drawn) { people.isDeceased($0) }
        case .forgottenRequest, .historyMismatch: return head(from: drawn) { town.isActive(person: $0) }
        default: return town.household(drawn).firstPerson
        }
    }

    /// An active citizen for an appointment without a request.
    func activePerson(_ random: inout SeedRandom) -> Int {
        head(from: random.below(town.size.households)) { town.isActive(person: $0) }
    }

    private func head(from household: Int, where fits: (Int) -> Bool) -> Int {
        var household = household
        while !fits(town.household(household).firstPerson) {
            household = (household + 1) % town.size.households
        }
        return town.household(household).firstPerson
    }

    static let kinds = [
        Kind(
            1, 1, delay: 5, months: 72, weight: 14, "Copie intégrale", "Extrait avec filiation",
            "Extrait plurilingue"),
        Kind(2, 1, delay: 5, months: 72, weight: 4, "Copie intégrale", "Extrait sans filiation"),
        Kind(3, 1, delay: 5, months: 72, weight: 5, "Copie intégrale", "Certificat de décès"),
        Kind(4, 1, delay: 15, months: 72, weight: 2, "Duplicata du livret", "Mise à jour du livret"),
        Kind(
            5, 1, delay: 45, months: 120, appointment: true, weight: 1, "Publication des bans",
            "Mariage à l'étranger"),
        Kind(
            6, 2, delay: 30, months: 72, appointment: true, weight: 13, "Première demande", "Renouvellement",
            "Perte"),
        Kind(
            7, 2, delay: 30, months: 72, appointment: true, weight: 12, "Première demande", "Renouvellement",
            "Vol"),
        Kind(8, 3, delay: 60, months: 120, weight: 2, "Certificat d'information", "Certificat opérationnel"),
        Kind(
            9, 3, delay: 60, months: 120, weight: 3, "Ravalement de façade", "Clôture",
            "Véranda, moins de 20 m²"),
        Kind(
            10, 3, delay: 90, months: 240, appointment: true, weight: 1, "Maison individuelle", "Surélévation"
        ),
        Kind(
            11, 4, delay: 20, months: 72, weight: 5, "Entrée en maternelle", "Entrée en élémentaire",
            "Dérogation"),
        Kind(
            12, 4, delay: 90, months: 72, appointment: true, weight: 5, "Accueil régulier",
            "Accueil occasionnel"),
        Kind(
            13, 4, delay: 15, months: 72, weight: 6, "Inscription annuelle", "Projet d'accueil adapté"),
        Kind(
            14, 5, delay: 10, months: 72, weight: 12, "Nid-de-poule", "Lampadaire en panne",
            "Trottoir dégradé"),
        Kind(
            15, 5, delay: 7, months: 72, weight: 9, "Meubles", "Gros électroménager, 2 appareils", "Gravats"),
        Kind(
            16, 6, delay: 30, months: 72, appointment: true, weight: 4, "Aide à l'énergie", "Aide au logement"
        ),
        Kind(17, 7, delay: 20, months: 72, weight: 2, "Première inscription", "Changement de domicile"),
    ]
    private static let kindTotals = SeedRandom.runningTotals(kinds.map(\.weight))
    private static let channels = ["portail", "guichet", "telephone", "courrier", "courriel"]
    private static let channelTotals = SeedRandom.runningTotals([55, 20, 12, 8, 5])
}

extension SeedRequests.Kind {
    fileprivate init(
        _ id: Int, _ service: Int, delay: Int, months: Int, appointment: Bool = false, weight: Int,
        _ subjects: String...
    ) {
        self.init(
            id: id, service: service, delayDays: delay, retentionMonths: months,
            needsAppointment: appointment,
            weight: weight, subjects: subjects)
    }
}
