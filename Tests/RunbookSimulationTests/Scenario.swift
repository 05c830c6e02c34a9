import RunbookCore

/// A random plan in a random world, and what must be true of it whatever is killed.
struct Scenario {
    let plan: RunPlan
    let world: SimulatedWorld

    init(seed: UInt64) {
        var numbers = SeededNumbers(seed: seed)
        var world = SimulatedWorld()
        var steps: [StepRules] = []
        for number in 1...(2 + Int(numbers.next() % 4)) {
            guard let id = StepID("step\(number)") else { preconditionFailure("a valid name") }
            steps.append(Self.rules(id, &numbers))
            if numbers.once(in: 5) { world.failures[id] = Int(numbers.next() % 3) + 1 }
            for purpose in Purpose.allCases {
                for attempt in 1...3 where numbers.once(in: 6) {
                    world.dyingSupervisors[Attempt(step: id, purpose: purpose, number: attempt)] =
                        numbers.once(in: 2)
                }
            }
        }
        plan = RunPlan(steps: steps)
        self.world = world
    }

    private static func rules(_ id: StepID, _ numbers: inout SeededNumbers) -> StepRules {
        let failure: StepRules.FailurePolicy = numbers.once(in: 4) ? .rollback : .hold
        let retry = StepRules.Retry(
            max: Int(numbers.next() % 3), delay: .zero, backoff: 1, exitCodes: [])
        let hasUndo = numbers.once(in: 2)
        let kinds: [(StepRules.Work, StepRules.DoubtPolicy, hasReset: Bool)] = [
            (.supervised, .hold, false), (.supervised, .check, false), (.supervised, .retry, true),
            (.supervised, .retry, false), (.transaction, .transaction, false),
        ]
        let (work, doubt, hasReset) = kinds[Int(numbers.next() % UInt64(kinds.count))]
        return StepRules(
            id: id, work: work, hasCheck: doubt == .check, hasReset: hasReset, hasUndo: hasUndo, doubt: doubt,
            failure: failure, retry: retry)
    }

    /// A driver at the beginning of the run.
    func driver(_ defect: SimulatedDriver.Defect? = nil, killedAfter places: Int? = nil) -> SimulatedDriver {
        SimulatedDriver(
            plan: plan, defect: defect, world: world, journal: SimulatedJournal(), placesLeft: places)
    }

    /// Drives to the end; a person answers truthfully and lets held steps be tried again.
    static func finish(_ driver: inout SimulatedDriver) throws {
        for _ in 0..<100 {
            switch try driver.drive() {
            case .suspend(.doubt(let id, _)): driver.settle(id)
            case .suspend(.held(let id, _)), .suspend(.undoFailed(let id, _)):
                driver.journal.append(.released(id, reason: "try again"), isDurable: true)
            default: return
            }
        }
        preconditionFailure("a run that asks for ever")
    }

    /// What is wrong with a finished run; empty when nothing is.
    static func violations(_ driver: SimulatedDriver) -> [String] {
        let state = driver.journal.state
        var problems: [String] = []
        for rules in driver.plan.steps {
            let count = driver.world.effects[rules.id, default: 0]
            let mayRepeat = rules.doubt == .retry && !rules.hasReset
            switch state[rules.id].phase {
            case .done:
                if count == 0 { problems.append("\(rules.id) is done and has no effect") }
                if count > 1, !mayRepeat { problems.append("\(rules.id) took effect \(count) times") }
            case .undone:
                if count != 0 { problems.append("\(rules.id) is undone and has an effect") }
            case .pending, .skipped, .already, .active, .waiting, .answered, .open, .deferred, .failed,
                .undoFailed:
                if count > 1, !mayRepeat { problems.append("\(rules.id) took effect \(count) times") }
                if state.result == .rolledBack, count > 0 {
                    problems.append("\(rules.id) has an effect in a run that was taken back")
                }
                if state.result == .done { problems.append("\(rules.id) is not done in a run that is") }
            }
            problems += unjustified(rules, driver.journal.events)
        }
        if state.result == nil { problems.append("the run has no end") }
        return problems
    }

    /// Further attempts that nothing allowed.
    private static func unjustified(_ rules: StepRules, _ events: [RunEvent]) -> [String] {
        var problems: [String] = []
        var isAllowed = true
        var isDone = false
        for event in events {
            switch event {
            case .intended(let attempt) where attempt.step == rules.id && attempt.purpose == .run:
                if isDone { problems.append("\(rules.id) was done, and attempt \(attempt.number) came") }
                if !isAllowed { problems.append("nothing allowed attempt \(attempt.number) of \(rules.id)") }
                isAllowed = rules.doubt == .retry && !rules.hasReset
            case .settled(let attempt, tookEffect: false, _) where attempt.step == rules.id: isAllowed = true
            case .ended(let attempt, .succeeded) where attempt.step == rules.id && attempt.purpose == .reset:
                isAllowed = true
            case .ended(let attempt, .failed) where attempt.step == rules.id && attempt.purpose == .run:
                isAllowed = true
            case .released(rules.id, _): isAllowed = true
            case .done(rules.id, _): isDone = true
            default: break
            }
        }
        return problems
    }
}

extension SimulatedDriver {
    /// A person looks, and says what is true.
    mutating func settle(_ id: StepID) {
        guard case .active(let attempt, _) = journal.state[id].phase else {
            preconditionFailure("only an attempt can be in doubt")
        }
        let isThere = world.effects[id, default: 0] > 0
        journal.append(.settled(attempt, tookEffect: isThere, reason: "a person looked"), isDurable: true)
    }

    /// Another executor takes the run up behind a kill.
    mutating func restart(losing isPowerCut: Bool, killedAfter places: Int? = nil) {
        journal.crash(keepingUnsynced: !isPowerCut)
        placesLeft = places
        placesPassed = 0
    }
}
