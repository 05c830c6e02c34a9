import RunbookCore

/// What must be true of a finished run, whatever was killed.
struct ScenarioProperties {
    private let driver: SimulatedDriver
    private let state: RunState
    private var problems: [String]

    /// What is wrong with a finished run; empty when nothing is.
    static func violations(_ driver: SimulatedDriver) -> [String] {
        var properties = ScenarioProperties(driver)
        for rules in properties.leaves(driver.plan.steps) { properties.judge(rules, isFinal: false) }
        for rules in driver.plan.final { properties.judge(rules, isFinal: true) }
        properties.judgeOrder()
        if properties.state.result == nil { properties.problems.append("the run has no end") }
        return properties.problems
    }

    private init(_ driver: SimulatedDriver) {
        self.driver = driver
        state = driver.journal.state
        problems = driver.world.problems
    }

    /// The steps that can act or be answered: members and items in the place of their group.
    private func leaves(_ steps: [StepRules]) -> [StepRules] {
        steps.flatMap { rules -> [StepRules] in
            if rules.isRepeated { return state[rules.id].items.compactMap { driver.plan[rules.id.item($0)] } }
            return rules.work == .group ? rules.children : [rules]
        }
    }

    // MARK: Effects

    private mutating func judge(_ rules: StepRules, isFinal: Bool) {
        let count = driver.world.effects[rules.id, default: 0]
        let mayRepeat = rules.doubt == .retry && !rules.hasReset
        let isActing = rules.work != .evaluation && rules.work != .person
        let phase = state[rules.id].phase
        if count > 1, isActing, !mayRepeat { problems.append("\(rules.id) took effect \(count) times") }
        switch phase {
        case .done:
            if isActing, count == 0 { problems.append("\(rules.id) is done and has no effect") }
        case .undone:
            if count != 0 { problems.append("\(rules.id) is undone and has an effect") }
        case .skipped, .already:
            if count != 0 { problems.append("\(rules.id) was left out and has an effect") }
        case .pending, .active, .waiting, .answered, .open, .deferred, .failed, .undoFailed: break
        }
        if isFinal {
            judgeFinal(rules, phase, count)
        } else {
            judgeEnd(rules, phase, count, isActing)
        }
        judgeAttempts(rules)
    }

    private mutating func judgeEnd(
        _ rules: StepRules, _ phase: RunState.Phase, _ count: Int, _ isActing: Bool
    ) {
        switch state.result {
        case .rolledBack:
            if isActing, count > 0 {
                problems.append("\(rules.id) has an effect in a run that was taken back")
            }
        case .rollbackIncomplete:
            if rules.hasUndo, count > 0 { problems.append("\(rules.id) can be taken back and was not") }
        case .done:
            if !isLeftByRule(rules, phase) {
                problems.append("\(rules.id) is \(phase) in a run that is done")
            }
        case .stopped, nil: break
        }
    }

    /// Whether a run may be done with the step as it is.
    private func isLeftByRule(_ rules: StepRules, _ phase: RunState.Phase) -> Bool {
        let group = driver.plan.steps.first { $0.children.contains { $0.id == rules.id } }
        switch phase {
        case .done: return true
        case .skipped(let reason):
            return driver.world.unwanted.contains(rules.id) || reason.contains("leads to")
        case .already: return driver.world.already.contains(rules.id)
        case .pending: return group.map { isWithoutMembers(state[$0.id].phase) } ?? false
        case .failed:
            switch rules.failure {
            case .proceed, .jump: return true
            case .hold, .stop, .rollback: return false
            }
        case .undone, .active, .waiting, .answered, .open, .deferred, .undoFailed: return false
        }
    }

    private func isWithoutMembers(_ phase: RunState.Phase) -> Bool {
        if case .skipped = phase { true } else { false }
    }

    /// Steps behind the end are executed whatever the end is; only a failure or doubt may leave one behind.
    private mutating func judgeFinal(_ rules: StepRules, _ phase: RunState.Phase, _ count: Int) {
        switch phase {
        case .done, .failed, .active(_, .inDoubt): break
        case .pending, .skipped, .already, .active, .waiting, .answered, .open, .deferred, .undone,
            .undoFailed:
            problems.append("\(rules.id) is \(phase) behind the end of the run")
        }
    }

    // MARK: Events

    /// Further attempts that nothing allowed, and verdicts without what they need.
    private mutating func judgeAttempts(_ rules: StepRules) {
        var isAllowed = true
        var isDone = false
        var consents: Set<String> = []
        let mayRepeat = rules.doubt == .retry && !rules.hasReset
        for event in driver.journal.events {
            switch event {
            case .intended(let attempt) where attempt.step == rules.id && attempt.purpose == .run:
                if isDone { problems.append("\(rules.id) was done, and attempt \(attempt.number) came") }
                if !isAllowed { problems.append("nothing allowed attempt \(attempt.number) of \(rules.id)") }
                isAllowed = mayRepeat
            case .settled(let attempt, tookEffect: false, _) where attempt.step == rules.id: isAllowed = true
            case .ended(let attempt, .succeeded) where attempt.step == rules.id && attempt.purpose == .reset:
                isAllowed = true
            case .settled(let attempt, tookEffect: true, _)
            where attempt.step == rules.id && attempt.purpose == .reset:
                isAllowed = true
            case .ended(let attempt, .failed) where attempt.step == rules.id && attempt.purpose == .run:
                isAllowed = true
            case .released(rules.id, _): isAllowed = true
            case .asked(rules.id, _): consents = []
            case .approved(rules.id, let account): consents.insert(account)
            case .done(rules.id, _):
                isDone = true
                if rules.work == .person, consents.count < rules.approvals {
                    problems.append(
                        "\(rules.id) went on with \(consents.count) of \(rules.approvals) consents")
                }
            default: break
            }
        }
    }

    /// A step begins when everything ahead of it came to rest; nothing begins in a rollback or behind the end.
    private mutating func judgeOrder() {
        var replayed = RunState()
        for event in driver.journal.events {
            if case .intended(let attempt) = event, attempt.purpose == .run, attempt.number == 1 {
                let isFinal = driver.plan.final.contains { $0.id == attempt.step }
                if isFinal != (replayed.conclusion != nil) { problems.append("\(attempt) is out of place") }
                if !isFinal, replayed.rollbackReason != nil { problems.append("\(attempt) in a rollback") }
                if !isFinal { judgeAhead(of: attempt.step, replayed) }
            }
            if replayed.result != nil { problems.append("\(event) came behind the end") }
            replayed.apply(event)
        }
    }

    private mutating func judgeAhead(of step: StepID, _ state: RunState) {
        for rules in driver.plan.steps {
            if rules.id == step.base || rules.children.contains(where: { $0.id == step }) { return }
            let phase = state[rules.id].phase
            if case .failed = phase { continue }
            if !phase.isFinal { problems.append("\(step) began while \(rules.id) was \(phase)") }
        }
    }
}
