import RunbookCore

/// A random plan in a random world, with the people who are asked.
struct Scenario {
    let plan: RunPlan
    let world: SimulatedWorld
    /// Whether no supervisor dies: then nobody may be asked what took effect when only the executor is killed.
    let isSound: Bool

    private static let stepsMax = 4
    private static let promptsMax = 200

    /// The moment that steps wait for; nothing reads it.
    static let moment: RunbookTime = {
        guard let moment = RunbookTime(millisecondsSinceEpoch: 0) else {
            preconditionFailure("the epoch is a time")
        }
        return moment
    }()

    init(seed: UInt64) {
        var builder = ScenarioBuilder(seed: seed)
        let count = 2 + builder.numbers.below(Self.stepsMax - 1)
        for number in 1...count { builder.addStep(number, of: count) }
        if builder.numbers.once(in: 2) { builder.addFinal() }
        plan = RunPlan(steps: builder.steps, final: builder.final)
        world = builder.world
        isSound = builder.isSound
    }

    /// A plan that was written by hand.
    init(plan: RunPlan, world: SimulatedWorld) {
        self.plan = plan
        self.world = world
        isSound = world.dyingSupervisors.isEmpty
    }

    /// A driver at the beginning of the run.
    func driver(_ defect: SimulatedDriver.Defect? = nil, killedAfter places: Int? = nil) -> SimulatedDriver {
        SimulatedDriver(plan: plan, defect: defect, world: world, killedAfter: places)
    }

    /// Drives to the end; people answer truthfully and let held steps be tried again.
    static func finish(_ driver: inout SimulatedDriver) throws {
        for _ in 0..<promptsMax {
            guard case .suspend(let suspension) = try driver.drive() else { return }
            driver.prompts.append(suspension)
            driver.answer(suspension)
        }
        preconditionFailure("a run that asks for ever")
    }
}

extension SimulatedDriver {
    /// What people do when the run waits for them.
    mutating func answer(_ suspension: Suspension) {
        switch suspension {
        case .doubt(let id, _): settle(id)
        case .held(let id, _), .refused(let id, _): decide(.released(id, reason: "try again"))
        case .undoFailed(let id, _):
            guard case .active = journal.state[id].phase else {
                return decide(.released(id, reason: "try again"))
            }
            settle(id)
        case .answer(let id): decide(.answered(id, answer: [:]))
        case .approval(let id, let given, _):
            let reluctance = world.reluctance[id] ?? SimulatedWorld.Reluctance()
            if given == 0, journal.asks(id) <= reluctance.expiries + reluctance.refusals {
                decide(.rejected(id, by: "chief", reason: "not today"))
            } else {
                decide(.approved(id, by: "chief\(given)"))
            }
        case .date(let id, _): world.moments[id] = true
        case .child, .paused: preconditionFailure("the simulation calls no runs and goes on by itself")
        }
    }

    /// A person looks, and says what is true.
    private mutating func settle(_ id: StepID) {
        guard case .active(let attempt, _) = journal.state[id].phase else {
            preconditionFailure("only an attempt can be in doubt")
        }
        let isThere = world.effects[id, default: 0] > 0
        decide(
            .settled(
                attempt, tookEffect: attempt.purpose == .run ? isThere : !isThere, reason: "a person looked"))
    }

    private mutating func decide(_ event: RunEvent) { journal.append(event, isDurable: true) }

    /// The operator wants the effects taken back, where the run can still turn round.
    mutating func turnRound() {
        let state = journal.state
        guard state.rollbackReason == nil, state.conclusion == nil, state.result == nil else { return }
        decide(.rollbackBegan(reason: "the operator wants it"))
    }
}

/// Draws a plan and its world from a seed.
private struct ScenarioBuilder {
    var numbers: SeededNumbers
    var world: SimulatedWorld
    var steps: [StepRules] = []
    var final: [StepRules] = []
    let isSound: Bool

    init(seed: UInt64) {
        numbers = SeededNumbers(seed: seed)
        world = SimulatedWorld(seed: seed &* 31)
        isSound = numbers.once(in: 2)
    }

    private func id(_ text: String) -> StepID {
        guard let id = StepID(text) else { preconditionFailure("a valid name") }
        return id
    }

    mutating func addStep(_ number: Int, of count: Int) {
        let id = id("step\(number)")
        let failure = failure(number, of: count)
        switch numbers.below(8) {
        case 0, 1: steps.append(group(id, failure))
        case 2: steps.append(repeated(id, failure))
        case 3: steps.append(person(id, failure))
        case 4:
            world.moments[id] = numbers.once(in: 3)
            steps.append(acting(id, failure, isRepeatable: true))
        default: steps.append(acting(id, failure, isRepeatable: true))
        }
        if numbers.once(in: 10) { world.unwanted.insert(id) }
    }

    mutating func addFinal() {
        for number in 1...(1 + numbers.below(2)) {
            final.append(acting(id("final\(number)"), .proceed, isRepeatable: false))
        }
    }

    private mutating func failure(_ number: Int, of count: Int) -> StepRules.FailurePolicy {
        switch numbers.below(8) {
        case 0, 1: .rollback
        case 2: .proceed
        case 3: .stop
        case 4 where number < count: .jump(id("step\(number + 1 + numbers.below(count - number))"))
        default: .hold
        }
    }

    private mutating func group(_ id: StepID, _ failure: StepRules.FailurePolicy) -> StepRules {
        var rules = StepRules(id: id, work: .group, hasEffect: false, failure: failure)
        for number in 1...(2 + numbers.below(2)) {
            let member = self.id("\(id)_\(number)")
            let failure: StepRules.FailurePolicy =
                switch numbers.below(6) {
                case 0: .rollback
                case 1: .proceed
                case 2: .stop
                default: .hold
                }
            rules.children.append(acting(member, failure, isRepeatable: true))
            if numbers.once(in: 12) { world.unwanted.insert(member) }
        }
        if numbers.once(in: 4) { world.failures[id] = 1 }
        return rules
    }

    private mutating func repeated(_ id: StepID, _ failure: StepRules.FailurePolicy) -> StepRules {
        var failure = failure
        if case .jump = failure { failure = .hold }
        var rules = acting(id, failure, isRepeatable: true)
        rules.isRepeated = true
        let items = Array(["a", "b b", "c/d"].prefix(numbers.below(4)))
        world.items[id] = items
        world.already.remove(id)
        for item in items {
            let member = id.item(item)
            draw(member)
            if numbers.once(in: 8) { world.unwanted.insert(member) }
            if numbers.once(in: 8) { world.already.insert(member) }
        }
        return rules
    }

    private mutating func person(_ id: StepID, _ failure: StepRules.FailurePolicy) -> StepRules {
        var rules = StepRules(id: id, work: .person, failure: failure)
        rules.approvals = numbers.below(3)
        if numbers.once(in: 3) { world.reluctance[id, default: SimulatedWorld.Reluctance()].expiries = 1 }
        if numbers.once(in: 3) { world.reluctance[id, default: SimulatedWorld.Reluctance()].refusals = 1 }
        return rules
    }

    private mutating func acting(
        _ id: StepID, _ failure: StepRules.FailurePolicy, isRepeatable: Bool
    ) -> StepRules {
        let retry = StepRules.Retry(max: numbers.below(3), delay: .zero, backoff: 1, exitCodes: [])
        var kinds: [(StepRules.Work, StepRules.DoubtPolicy, hasReset: Bool)] = [
            (.supervised, .hold, false), (.supervised, .retry, false), (.supervised, .hold, false),
        ]
        if isRepeatable {
            kinds += [
                (.supervised, .check, false), (.supervised, .check, false), (.supervised, .retry, true),
                (.supervised, .retry, true), (.transaction, .transaction, false), (.statements, .hold, false),
                (.evaluation, .retry, false),
            ]
        }
        let (work, doubt, hasReset) = kinds[numbers.below(kinds.count)]
        let hasUndo = isRepeatable && work != .evaluation && numbers.once(in: 2)
        draw(id)
        if doubt == .check, numbers.once(in: 8) { world.already.insert(id) }
        return StepRules(
            id: id, work: work, hasEffect: work != .evaluation, hasCheck: doubt == .check, hasReset: hasReset,
            hasUndo: hasUndo, doubt: doubt, failure: failure, retry: retry)
    }

    /// What goes wrong with a step.
    private mutating func draw(_ id: StepID) {
        if numbers.once(in: 5) { world.failures[id] = numbers.below(3) + 1 }
        guard !isSound else { return }
        for purpose in Purpose.allCases {
            for attempt in 1...3 where numbers.once(in: 6) {
                world.dyingSupervisors[Attempt(step: id, purpose: purpose, number: attempt)] =
                    numbers.once(in: 2)
            }
        }
    }
}
