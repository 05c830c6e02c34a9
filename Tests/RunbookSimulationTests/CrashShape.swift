import RunbookCore

/// The shapes that runbooks have, each with every kind of step that belongs to it.
enum CrashShape: String, CaseIterable {
    /// Commands, a transaction, statements and a condition, one after the other; one is tried again.
    case sequence
    /// Members side by side, a repeated step, and a step behind the end.
    case groups
    /// A failure that takes everything ahead of it back.
    case rollback
    /// Consent that is refused or late at first, an answer, a date.
    case people

    /// The plan and the world it acts upon.
    var scenario: Scenario {
        var world = SimulatedWorld(seed: 1)
        let plan: RunPlan
        switch self {
        case .sequence:
            plan = RunPlan(steps: Self.sequenceSteps)
            world.failures["c"] = 1
        case .groups:
            plan = RunPlan(
                steps: Self.groupsSteps,
                final: [StepRules(id: "y", work: .supervised), StepRules(id: "z", work: .supervised)])
            world.items["b"] = ["one", "two"]
            world.failures["a_2"] = 1
        case .rollback:
            plan = RunPlan(steps: Self.rollbackSteps)
            world.failures["d"] = 9
        case .people:
            plan = RunPlan(steps: Self.peopleSteps)
            world.reluctance["b"] = SimulatedWorld.Reluctance(expiries: 1, refusals: 1)
            world.moments["e"] = false
        }
        return Scenario(plan: plan, world: world)
    }

    private static let again = StepRules.Retry(max: 2, delay: .zero, backoff: 1, exitCodes: [])

    private static let sequenceSteps = [
        StepRules(id: "a", work: .supervised),
        StepRules(id: "b", work: .transaction, doubt: .transaction),
        StepRules(id: "c", work: .supervised, hasReset: true, doubt: .retry, retry: again),
        StepRules(id: "d", work: .evaluation, hasEffect: false, doubt: .retry),
        StepRules(id: "e", work: .supervised, hasCheck: true, doubt: .check),
        StepRules(id: "f", work: .transaction, doubt: .transaction),
        StepRules(id: "g", work: .supervised),
        StepRules(id: "h", work: .statements),
    ]

    private static var groupsSteps: [StepRules] {
        var together = StepRules(id: "a", work: .group, hasEffect: false)
        together.children = [
            StepRules(id: "a_1", work: .supervised),
            StepRules(id: "a_2", work: .supervised, hasCheck: true, doubt: .check, retry: again),
            StepRules(id: "a_3", work: .transaction, doubt: .transaction),
        ]
        var each = StepRules(id: "b", work: .supervised)
        each.isRepeated = true
        return [together, each, StepRules(id: "c", work: .supervised)]
    }

    private static let rollbackSteps = [
        StepRules(id: "a", work: .supervised, hasUndo: true),
        StepRules(id: "b", work: .transaction, hasUndo: true, doubt: .transaction),
        StepRules(id: "c", work: .supervised, hasCheck: true, hasUndo: true, doubt: .check),
        StepRules(id: "d", work: .supervised, hasUndo: true, failure: .rollback),
    ]

    private static var peopleSteps: [StepRules] {
        var consent = StepRules(id: "b", work: .person)
        consent.approvals = 2
        return [
            StepRules(id: "a", work: .supervised), consent, StepRules(id: "c", work: .supervised),
            StepRules(id: "d", work: .person), StepRules(id: "e", work: .supervised),
        ]
    }
}
