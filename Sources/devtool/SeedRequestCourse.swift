/// The course of a request: which statuses, and when. Every change is one of `demande.transition_statut`.
extension SeedRequests {
    /// The whole course, as if the reference day did not exist.
    func course(of kind: Kind, from created: SeedMoment, _ random: inout SeedRandom) -> [Step] {
        // Nine of ten are on time; the longest stays shorter than the window of `requester(of:)`.
        let percent = random.chance(89) ? random.between(12, 96) : random.between(101, 128)
        let seconds = kind.delayDays * 864 * percent
        let outcome = random.below(100)
        let detour: Status? =
            kind.needsAppointment && random.chance(80) ? .appointment : random.chance(26) ? .waiting : nil
        var steps = [Step(status: .filed, moment: created)]
        func add(_ status: Status, at share: Int) {
            let planned = (created + seconds / 100 * share).atOpeningHours(&random)
            steps.append(Step(status: status, moment: max(planned, steps[steps.count - 1].moment + 60)))
        }
        if outcome >= 93 && detour == nil {
            add(.abandoned, at: 100)
        } else {
            add(.inProgress, at: 8)
            if let detour { add(detour, at: 30) }
            if outcome >= 93 {
                add(.abandoned, at: 100)
            } else {
                if detour != nil { add(.inProgress, at: 62) }
                add(outcome < 86 ? .done : .rejected, at: 100)
            }
        }
        let archived = (steps[steps.count - 1].moment + random.between(365, 450) * 86_400).atOpeningHours(
            &random)
        steps.append(Step(status: .archived, moment: archived))
        return steps
    }

    /// What had happened by the reference day; a former citizen has no open request.
    func untilReference(_ course: [Step], active: Bool) -> [Step] {
        var steps = course.filter { $0.moment < SeedPeriod.referenceMoment }
        guard let last = steps.last, last.status.isOpen, !active else { return steps }
        let left = SeedPeriod.referenceMoment.seconds - last.moment.seconds
        let closing: Status = last.status == .inProgress ? .rejected : .abandoned
        steps.append(Step(status: closing, moment: last.moment + left / 2))
        return steps
    }

    /// The course up to a decision, and no archiving; an abandoned one is decided instead.
    func finished(_ course: [Step]) -> [Step] {
        let start = course[0]
        return [
            start, Self.taken(after: start.moment),
            Step(status: .done, moment: course[course.count - 2].moment + 86_400),
        ]
    }

    static func taken(after created: SeedMoment) -> Step {
        Step(status: .inProgress, moment: created + 5400)
    }
}
