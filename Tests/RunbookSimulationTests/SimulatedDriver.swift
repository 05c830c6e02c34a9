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
    }

    let plan: RunPlan
    let defect: Defect?
    var world: SimulatedWorld
    var journal: SimulatedJournal
    /// The executor dies when this many more places were passed; `nil` for never.
    var placesLeft: Int?
    /// Places passed so far.
    var placesPassed = 0

    private static let actionsMax = 400

    /// Goes on until the run is over, waits, or the executor is killed.
    mutating func drive() throws(Killed) -> RunAction {
        var state = journal.state
        for _ in 0..<Self.actionsMax {
            let action = next(state)
            switch action {
            case .finished, .suspend: return action
            case .begin(let id): try execute(Attempt(step: id, purpose: .run, number: 1), &state)
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
            case .ask, .concludeAnswer, .beginDeferred, .concludeGroup, .awaitEnd:
                preconditionFailure("the plans of the simulation ask nobody and have no groups")
            }
        }
        preconditionFailure("a run that does not end")
    }

    private func next(_ state: RunState) -> RunAction {
        let action = state.next(plan)
        if defect == .doubtRepeated, case .settleByCheck(let attempt) = action {
            return .execute(
                Attempt(step: attempt.step, purpose: .run, number: attempt.number + 1), after: .zero)
        }
        return action
    }

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

    private mutating func execute(_ attempt: Attempt, _ state: inout RunState) throws(Killed) {
        try record(.intended(attempt), isDurable: true, &state)
        try start(attempt, &state)
    }

    private mutating func start(_ attempt: Attempt, _ state: inout RunState) throws(Killed) {
        switch plan[attempt.step]?.work {
        case .transaction where attempt.purpose == .run: try transact(attempt, &state)
        default: try supervise(attempt, &state)
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
            world.records[attempt] = .started
            switch world.dyingSupervisors[attempt] {
            case nil: world.records[attempt] = .ended(world.act(attempt))
            case true: _ = world.act(attempt)
            case false: break
            }
        }
        try pass()
        if defect == .doneBeforeEffect, attempt.purpose == .run { return }
        try takeOver(attempt, &state)
    }

    private mutating func takeOver(_ attempt: Attempt, _ state: inout RunState) throws(Killed) {
        if state[attempt.step].phase == .active(attempt, .intended) {
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
        if plan[attempt.step]?.work == .transaction, attempt.purpose == .run {
            try record(.doubted(attempt, reason: "the executor ended"), isDurable: true, &state)
        } else {
            try takeOver(attempt, &state)
        }
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
