import RunbookCore

/// An executor of the simulation: the order of records and effects is that of `RunDriver`, and it can be killed between any two.
struct SimulatedDriver {
    /// What an executor may do wrong; the properties must notice each.
    enum Defect: CaseIterable {
        /// The effect comes ahead of its `started` record.
        case effectBeforeStart
        /// `done` is written ahead of the effect.
        case doneBeforeEffect
        /// An attempt in doubt is executed again, whatever is declared.
        case doubtRepeated
        /// What the supervisor wrote is not looked at.
        case recordIgnored
        /// Members in flight are forgotten when one of them has ended.
        case memberForgotten
        /// A group is done as soon as one of its members has ended.
        case groupDoneEarly
        /// A step that waits for consent goes on without it.
        case consentAssumed
        /// A rollback leaves out what was intended and not heard of.
        case intentNotTakenBack
        /// The intent is written and not synchronised before the effect begins.
        case intentNotSynchronised
        /// Commands in flight do not keep the target locked when their executor is dead.
        case lockNotInherited
    }

    let plan: RunPlan
    let defect: Defect?
    var world: SimulatedWorld
    var journal = SimulatedJournal()
    /// The executor dies when this many more places were passed; `nil` for never.
    var placesLeft: Int?
    /// Places passed so far.
    private(set) var placesPassed = 0
    /// Commands of members that this executor started and has not heard of.
    var running: [StepID: Attempt] = [:]
    /// What people were asked for, in order.
    var prompts: [Suspension] = []

    private static let actionsMax = 600

    init(plan: RunPlan, defect: Defect?, world: SimulatedWorld, killedAfter places: Int?) {
        self.plan = plan
        self.defect = defect
        self.world = world
        placesLeft = places
    }

    /// Goes on until the run is over, waits, or the executor is killed.
    mutating func drive() throws(Killed) -> RunAction {
        var state = journal.state
        var frontier = RunState.Frontier()
        for _ in 0..<Self.actionsMax {
            frontier = state.frontier(plan, from: frontier)
            let action = next(state, frontier)
            switch action {
            case .finished: return action
            case .suspend(let suspension):
                guard let id = expired(suspension, state) else { return action }
                try record(.expired(id), isDurable: true, &state)
            case .beginDeferred(let id, let moment):
                guard world.moments[id] == true else { return .suspend(.date(id, moment)) }
                try execute(Attempt(step: id, purpose: .run, number: 1), &state)
            default: try perform(action, &state)
            }
        }
        preconditionFailure("a run that does not end")
    }

    private mutating func perform(_ action: RunAction, _ state: inout RunState) throws(Killed) {
        switch action {
        case .begin(let id): try begin(id, &state)
        case .execute(let attempt, _): try execute(attempt, &state)
        case .start(let attempt): try start(attempt, &state)
        case .recover(let attempt): try recover(attempt, &state)
        case .conclude(let attempt, let outcome): try conclude(attempt, outcome, &state)
        case .settleByCheck(let attempt):
            let isThere = world.effects[attempt.step, default: 0] > 0
            try record(.settled(attempt, tookEffect: isThere, reason: "check"), isDurable: true, &state)
        case .settleByTransaction(let attempt):
            let isThere = world.committed.contains(attempt)
            try record(.settled(attempt, tookEffect: isThere, reason: "server"), isDurable: true, &state)
        case .beginRollback(_, let reason):
            try record(.rollbackBegan(reason: reason), isDurable: true, &state)
        case .skip(let id, let reason): try record(.skipped(id, reason: reason), &state)
        case .close(let result): try record(.closed(result), isDurable: true, &state)
        case .endSteps(let result): try record(.concluded(result), isDurable: true, &state)
        case .ask(let id): try record(.asked(id, expires: nil), isDurable: true, &state)
        case .concludeAnswer(let id): try record(.done(id, outputs: [:]), &state)
        case .concludeGroup(let id): try concludeGroup(id, &state)
        case .awaitEnd(let ids): try awaitEnd(of: ids, &state)
        case .suspend, .finished, .beginDeferred: preconditionFailure("the loop handles these")
        }
    }

    private func next(_ state: RunState, _ frontier: RunState.Frontier) -> RunAction {
        let action = state.next(plan, from: frontier, busy: Set(running.keys))
        switch (defect, action) {
        case (.doubtRepeated, .settleByCheck(let attempt)):
            return .execute(
                Attempt(step: attempt.step, purpose: .run, number: attempt.number + 1), after: .zero)
        case (.groupDoneEarly, .awaitEnd(let ids)):
            guard let group = plan.steps.first(where: { $0.children.contains { $0.id == ids[0] } }),
                ids.count < group.children.count
            else { return action }
            return .concludeGroup(group.id)
        case (.consentAssumed, .suspend(.approval(let id, _, _))): return .concludeAnswer(id)
        case (.intentNotTakenBack, .recover(let attempt)) where state.rollbackReason != nil:
            if state[attempt.step].phase == .active(attempt, .intended) { return .close(.rolledBack) }
            return action
        default: return action
        }
    }

    /// The step for whose answer the time is over.
    private func expired(_ suspension: Suspension, _ state: RunState) -> StepID? {
        switch suspension {
        case .answer(let id), .approval(let id, given: 0, _):
            journal.asks(id) <= world.reluctance[id]?.expiries ?? 0 ? id : nil
        case .approval, .doubt, .held, .undoFailed, .date, .child, .paused, .refused: nil
        }
    }

    // MARK: Places

    private mutating func pass() throws(Killed) {
        placesPassed += 1
        guard let left = placesLeft else { return }
        if left == 0 { throw Killed() }
        placesLeft = left - 1
    }

    private mutating func record(
        _ event: RunEvent, isDurable: Bool = false, _ state: inout RunState
    ) throws(Killed) {
        try pass()
        journal.append(event, isDurable: isDurable)
        try pass()
        state.apply(event)
    }

    /// Another executor takes the run up behind a kill.
    ///
    /// - Parameter kept: Records that were not synchronised and reached the disk before the power went; `nil` when only the
    ///   executor died.
    mutating func restart(keepingUnsynced kept: Int?, killedAfter places: Int? = nil) {
        journal.crash(keepingUnsynced: kept)
        if defect == .lockNotInherited, kept == nil {
            world.leaveInFlight()
        } else {
            world.outlive(powerCut: kept != nil)
        }
        running = [:]
        placesLeft = places
        placesPassed = 0
    }

    // MARK: Steps

    private mutating func begin(_ id: StepID, _ state: inout RunState) throws(Killed) {
        guard let rules = plan[id] else { preconditionFailure("only steps of the plan begin") }
        if world.unwanted.contains(id) {
            return try record(.skipped(id, reason: "when"), isDurable: true, &state)
        }
        if rules.isRepeated, id == id.base {
            return try record(.opened(id, items: world.items[id] ?? []), isDurable: true, &state)
        }
        if rules.work == .group { return try record(.opened(id, items: []), isDurable: true, &state) }
        if world.moments[id] != nil {
            return try record(.deferred(id, until: Scenario.moment), isDurable: true, &state)
        }
        if world.already.contains(id) { return try record(.already(id), isDurable: true, &state) }
        if rules.work == .person { return try record(.asked(id, expires: nil), isDurable: true, &state) }
        try execute(Attempt(step: id, purpose: .run, number: 1), &state)
    }

    private mutating func execute(_ attempt: Attempt, _ state: inout RunState) throws(Killed) {
        try record(.intended(attempt), isDurable: defect != .intentNotSynchronised, &state)
        // It has a new token: what was written under another one is not its record.
        world.records[attempt] = nil
        try start(attempt, &state)
    }

    private func work(_ attempt: Attempt) -> StepRules.Work {
        attempt.purpose == .run ? plan[attempt.step]?.work ?? .supervised : .supervised
    }

    private func isConcurrent(_ attempt: Attempt) -> Bool {
        attempt.purpose == .run
            && plan.steps.contains { $0.children.contains { $0.id == attempt.step } }
    }

    private mutating func start(_ attempt: Attempt, _ state: inout RunState) throws(Killed) {
        switch work(attempt) {
        case .transaction, .statements: try transact(attempt, &state)
        case .evaluation:
            try record(.started(attempt), &state)
            try record(.ended(attempt, world.act(attempt)), &state)
        case .supervised where isConcurrent(attempt) && world.records[attempt] == nil:
            try pass()
            world.launch(attempt)
            try pass()
            running[attempt.step] = attempt
        case .supervised: try supervise(attempt, &state)
        case .person, .group, .child: preconditionFailure("nothing of these is started in the simulation")
        }
    }

    /// The supervisor goes on when the executor is killed: its two records and the effect are one place.
    private mutating func supervise(_ attempt: Attempt, _ state: inout RunState) throws(Killed) {
        if defect == .doneBeforeEffect, attempt.purpose == .run {
            try record(.done(attempt.step, outputs: [:]), isDurable: true, &state)
        }
        try pass()
        if defect == .effectBeforeStart {
            // No supervisor: the effect, and only then the record.
            let outcome = world.act(attempt)
            try pass()
            world.records[attempt] = .ended(outcome)
        } else if world.records[attempt] == nil || defect == .recordIgnored {
            world.supervise(attempt)
        }
        try pass()
        if defect == .doneBeforeEffect, attempt.purpose == .run { return }
        try takeOver(attempt, &state)
    }

    private mutating func awaitEnd(of ids: [StepID], _ state: inout RunState) throws(Killed) {
        try pass()
        guard let ended = world.end(of: ids.compactMap { running[$0] }) else {
            preconditionFailure("what is waited for is in flight")
        }
        try pass()
        running[ended.step] = nil
        if defect == .memberForgotten { running = [:] }
        try takeOver(ended, &state)
    }

    private mutating func takeOver(_ attempt: Attempt, _ state: inout RunState) throws(Killed) {
        if state[attempt.step].phase == .active(attempt, .intended) {
            guard world.records[attempt] != nil else {
                return try record(
                    .settled(attempt, tookEffect: false, reason: "never started"), isDurable: true, &state)
            }
            try record(.started(attempt), &state)
        }
        switch world.records[attempt] {
        case .ended(let outcome): try record(.ended(attempt, outcome), &state)
        case .started, nil: try record(.doubted(attempt, reason: "no end"), isDurable: true, &state)
        }
    }

    private mutating func transact(_ attempt: Attempt, _ state: inout RunState) throws(Killed) {
        try record(.started(attempt), isDurable: true, &state)
        try pass()
        let outcome = world.act(attempt)
        if outcome == .succeeded { world.committed.insert(attempt) }
        try pass()
        try record(.ended(attempt, outcome), &state)
    }

    private mutating func recover(_ attempt: Attempt, _ state: inout RunState) throws(Killed) {
        switch work(attempt) {
        case .transaction, .statements:
            try record(.doubted(attempt, reason: "the executor ended"), isDurable: true, &state)
        case .evaluation: try record(.ended(attempt, world.act(attempt)), &state)
        case .supervised: try takeOver(attempt, &state)
        case .person, .group, .child: preconditionFailure("nothing of these is started in the simulation")
        }
    }

    private mutating func concludeGroup(_ id: StepID, _ state: inout RunState) throws(Killed) {
        let failures = journal.events.count {
            if case .failed(id, _, _) = $0 { true } else { false }
        }
        guard failures >= world.failures[id, default: 0] else {
            return try record(.failed(id, reason: "verify", code: nil), isDurable: true, &state)
        }
        try record(.done(id, outputs: [:]), &state)
    }

    private mutating func conclude(
        _ attempt: Attempt, _ outcome: Outcome, _ state: inout RunState
    ) throws(Killed) {
        switch (attempt.purpose, outcome) {
        case (_, .failed(let code, let reason)):
            try record(.failed(attempt.step, reason: reason, code: code), isDurable: true, &state)
        case (.undo, _): try record(.undone(attempt.step), &state)
        case (.run, _), (.reset, _): try record(.done(attempt.step, outputs: [:]), &state)
        }
    }
}
