import RunbookCore
import RunbookJournal
import SQLClient

/// Carries a run on: asks the state what is next, does it, and feeds the events back.
struct RunDriver {
    let context: RunContext
    var recorder: RunRecorder
    /// Commands of steps side by side that were started here and not heard of yet.
    var running: [StepID: (attempt: Attempt, command: RunningCommand)] = [:]

    init(context: RunContext, recorder: RunRecorder) {
        self.context = context
        self.recorder = recorder
    }

    var commands: CommandRunner { CommandRunner(context: context) }

    /// Goes on until the run is over or waits for a person.
    mutating func drive() throws(RuntimeFailure) -> RunStanding {
        let plan = context.document.plan
        var frontier = RunState.Frontier()
        while true {
            frontier = recorder.state.frontier(plan, from: frontier)
            switch recorder.state.next(plan, from: frontier, busy: Set(running.keys)) {
            case .finished(let result): return .finished(result)
            case .suspend(let suspension):
                if try expire(suspension) { continue }
                return try suspend(suspension)
            case .endSteps(let result): try recorder.record(.concluded(result), isDurable: true)
            case .close(let result): try recorder.record(.closed(result), isDurable: true)
            case let action:
                if let suspension = try leftover(of: action) { return try suspend(suspension) }
                if let suspension = try performOrFail(action) { return try suspend(suspension) }
            }
        }
    }

    private mutating func suspend(_ suspension: Suspension) throws(RuntimeFailure) -> RunStanding {
        let suspension = suspension.masked(recorder.mask)
        try recorder.write("suspend", body: ["reason": .string("\(suspension)")], isDurable: true)
        return .suspended(suspension)
    }

    /// A value that cannot be computed, or a file that is missing, is the failure of its step and not of the executor.
    private mutating func performOrFail(_ action: RunAction) throws(RuntimeFailure) -> Suspension? {
        do throws(RuntimeFailure) {
            return try perform(action)
        } catch {
            guard let step = action.step, let reason = error.reasonForStep else { throw error }
            try recorder.record(.failed(step, reason: reason, code: nil), isDurable: true)
            return nil
        }
    }

    /// - Returns: Why a person is needed, when doubt cannot be settled now.
    private mutating func perform(_ action: RunAction) throws(RuntimeFailure) -> Suspension? {
        switch action {
        case .begin(let id): return try begin(context.step(id))
        case .beginDeferred(let id, let moment): return try beginDeferred(id, moment)
        case .concludeGroup(let id): try concludeGroup(context.step(id))
        case .awaitEnd(let ids): try awaitEnd(of: ids)
        case .execute(let attempt, let delay): return try execute(attempt, after: delay)
        case .start(let attempt): return try start(attempt)
        case .recover(let attempt): return try recover(attempt)
        case .conclude(let attempt, let outcome): try conclude(attempt, outcome)
        case .settleByCheck(let attempt): return try settleByCheck(attempt)
        case .settleByTransaction(let attempt): return try settleByTransaction(attempt)
        case .ask(let id): try ask(context.step(id))
        case .concludeAnswer(let id): try concludeAnswer(context.step(id))
        case .beginRollback(let id, let reason):
            try recorder.record(.rollbackBegan(reason: "step \(id): \(reason)"), isDurable: true)
        case .skip(let id, let reason): try recorder.record(.skipped(id, reason: reason))
        case .suspend, .endSteps, .close, .finished: preconditionFailure("the loop handles these")
        }
        return nil
    }
}
