/// Slots and appointments, day by day.
struct SeedAppointments {
    let requests: SeedRequests
    let quotas: SeedQuotas
    /// First and last day with slots; the last ones lie after the reference day.
    private static let firstDay = SeedPeriod.start + 1
    private static let dayCount = SeedPeriod.dayCount + 44

    struct Slot {
        /// Index among all slots.
        let index: Int
        let place: Int
        let counter: Int
        let service: Int
        let start: SeedMoment
        let capacity: Int
        let bookings: Int

        var end: SeedMoment { start + SeedAppointments.slotMinutes * 60 }
    }

    enum Status: String {
        case booked = "reserve"
        case kept = "honore"
        case missed = "absent"
        case cancelled = "annule"
    }

    struct Appointment {
        let person: Int
        /// Index and creation of the request it is for.
        let request: (index: Int, created: SeedMoment)?
        let reason: Int
        let channel: String
        let created: SeedMoment
        let status: Status
        let decided: SeedMoment?
        let defect: SeedDefect?
    }

    init(requests: SeedRequests) {
        self.requests = requests
        let weights = (0..<Self.dayCount).map { Self.weight(of: Self.firstDay + $0) }
        quotas = SeedQuotas(total: requests.town.size.appointments, first: Self.firstDay, weights: weights)
    }

    var days: [SeedDay] { (0..<Self.dayCount).map { Self.firstDay + $0 } }

    private static func weight(of day: SeedDay) -> Int {
        guard !day.isHoliday else { return 0 }
        let byWeekday = [145, 110, 105, 100, 95, 30, 0]
        let ahead = day.number - SeedPeriod.reference.number
        return byWeekday[day.weekday] * (ahead < 0 ? 45 : 45 - ahead)
    }

    /// The slots of a day, from an index on: capacity for a fifth more than is booked, spread evenly.
    func slots(of day: SeedDay, from firstIndex: Int) -> [Slot] {
        let bookings = quotas.range(of: day).count
        var capacities: [Int] = []
        var capacity = 0
        while capacity * 5 < bookings * 6 {
            var random = SeedRandom(
                seed: requests.town.seed, kind: .slot, index: firstIndex + capacities.count)
            let next = random.pick([1, 1, 1, 2, 3])
            capacities.append(next)
            capacity += next
        }
        precondition(capacities.count <= Self.cellCount, "a day has more slots than cells")
        var offered = 0
        return capacities.enumerated().map { number, own in
            let before = bookings * offered / capacity
            offered += own
            return slot(
                firstIndex + number, on: day, cell: (number * 1103 + day.number * 97) % Self.cellCount,
                capacity: own,
                bookings: bookings * offered / capacity - before)
        }
    }

    private func slot(_ index: Int, on day: SeedDay, cell: Int, capacity: Int, bookings: Int) -> Slot {
        let place = cell % Self.placeCount
        let counter = cell / Self.placeCount % Self.counterCount
        let quarter = cell / Self.placeCount / Self.counterCount
        // 8:30 to 12:00 and 13:00 to 16:30.
        let second = 30_600 + quarter * Self.slotMinutes * 60 + (quarter < 14 ? 0 : 3600)
        return Slot(
            index: index, place: place + 1, counter: counter + 1,
            service: [1, 2, Self.thirdCounter[place % Self.thirdCounter.count], 2][counter],
            start: SeedMoment(day, secondOfDay: second), capacity: capacity, bookings: bookings)
    }

    func appointment(_ index: Int, in slot: Slot) -> Appointment {
        var random = SeedRandom(seed: requests.town.seed, kind: .appointment, index: index)
        let size = requests.town.size
        let forgotten = SeedDefect.appointmentWithoutOutcome.isPlanted(
            at: index, every: 700, from: 3, in: size)
        let isPast = slot.start < SeedPeriod.referenceMoment
        let created = created(for: slot, &random)
        let status: Status
        let outcome = random.below(100)
        if forgotten || (!isPast && outcome < 90) {
            status = .booked
        } else if !isPast || outcome >= 87 {
            status = .cancelled
        } else {
            status = outcome < 78 ? .kept : .missed
        }
        let latest = min(slot.start, SeedPeriod.referenceMoment)
        let decided: SeedMoment? =
            switch status {
            case .booked: nil
            case .kept, .missed: slot.end
            case .cancelled: created + random.below(max(1, latest.seconds - created.seconds))
            }
        let request = request(for: slot, created: created, &random)
        return Appointment(
            person: request?.request.person ?? requests.activePerson(&random),
            request: request.map { ($0.index, $0.request.created) },
            reason: random.pick(Self.reasons[slot.service - 1]),
            channel: request?.request.channel ?? random.pick(["portail", "portail", "telephone", "guichet"]),
            created: created, status: status, decided: decided,
            defect: forgotten ? .appointmentWithoutOutcome : nil)
    }

    /// Booked up to five weeks ahead, never after the reference day.
    private func created(for slot: Slot, _ random: inout SeedRandom) -> SeedMoment {
        let lead = min(random.below(36), random.below(36))
        let latest = min(slot.start.day, SeedPeriod.reference + -1)
        let day = max(min(slot.start.day + -lead, latest), SeedPeriod.start)
        let moment = SeedMoment(day, secondOfDay: random.between(28_000, 66_000))
        return min(moment, slot.start + -600)
    }

    /// A request of the same day and service by an active citizen, when the draw meets one.
    private func request(
        for slot: Slot, created: SeedMoment, _ random: inout SeedRandom
    ) -> (index: Int, request: SeedRequests.Request)? {
        let range = requests.quotas.range(of: created.day)
        guard !range.isEmpty else { return nil }
        let index = range.lowerBound + random.below(range.count)
        let request = requests.request(index)
        guard request.kind.service == slot.service, request.defect == nil,
            requests.town.isActive(person: request.person)
        else { return nil }
        return (index, request)
    }

    static let slotMinutes = 15
    static let placeCount = 24
    private static let counterCount = 4
    private static let cellCount = placeCount * counterCount * 28
    /// Service of the third counter, by place.
    private static let thirdCounter = [3, 4, 6, 7, 4, 5]
    /// Reasons by service; must agree with `referentiel.motif_rdv`.
    private static let reasons = [[1, 2], [3, 4], [5, 6], [7, 8], [9], [10], [11]]
}
