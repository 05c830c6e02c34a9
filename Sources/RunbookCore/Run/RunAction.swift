/// What the executor does next.
public enum RunAction: Hashable, Sendable {
    /// Evaluate `when` and `check`; then skip the step, note that it is there already, ask, open, defer, or intend attempt 1.
    case begin(StepID)
    /// The moment that the step waits for may have come: look at the clock; then intend attempt 1, or suspend.
    case beginDeferred(StepID, since: RunbookTime)
    /// All children of an open group came to rest: verify, and give the verdict.
    case concludeGroup(StepID)
    /// Nothing to do before one of these ends, which are executed side by side.
    case awaitEnd([StepID])
    /// Make this attempt's intent durable, and execute it.
    case execute(Attempt, after: Duration)
    /// The intent is durable and nothing was started: execute it.
    case start(Attempt)
    /// It was started, or in a rollback intended, and its end is not in the journal: look for the end.
    case recover(Attempt)
    /// It ended: read its outputs, verify, and give the verdict.
    case conclude(Attempt, Outcome)
    /// Ask the step's `check` whether the attempt took effect.
    case settleByCheck(Attempt)
    /// Ask the server whether the attempt's transaction was committed.
    case settleByTransaction(Attempt)
    /// Ask a person for the step's answer.
    case ask(StepID)
    /// The person answered: verify, and give the verdict.
    case concludeAnswer(StepID)
    /// Begin to take effects back.
    case beginRollback(StepID, reason: String)
    /// A failed step lets the run go on; skip the steps up to the one to jump to.
    case skip(StepID, reason: String)
    /// Nothing can be done without a person.
    case suspend(Suspension)
    /// Write down what the steps came to; those behind the end are next.
    case endSteps(RunResult)
    /// Write the end of the run down.
    case close(RunResult)
    /// The run is over.
    case finished(RunResult)
}

extension RunAction {
    /// Whether the run comes to a stop, or turns round, instead of going on.
    var isEnd: Bool {
        switch self {
        case .suspend, .endSteps, .close, .finished, .beginRollback: true
        case .begin, .beginDeferred, .concludeGroup, .awaitEnd, .execute, .start, .recover,
            .conclude, .settleByCheck, .settleByTransaction, .ask, .concludeAnswer, .skip:
            false
        }
    }
}

/// Why a run waits for a person.
public enum Suspension: Hashable, Sendable {
    /// The step waits for an answer.
    case answer(StepID)
    /// The step waits for the consent of people.
    case approval(StepID, given: Int, needed: Int)
    /// The step waits for a moment.
    case date(StepID, RunbookTime)
    /// The run that the step called waits for a person; its standing is its own.
    case child(StepID, run: String, exitStatus: Int32)
    /// The operator wanted to stop ahead of the step.
    case paused(StepID)
    /// Somebody refused, or the time for an answer is over.
    case refused(StepID, reason: String)
    /// Whether the step took effect is for a person to say.
    case doubt(StepID, reason: String)
    /// The step failed, and its rule is to wait.
    case held(StepID, reason: String)
    /// Taking back the step's effect failed.
    case undoFailed(StepID, reason: String)
}

extension Suspension {
    /// The step at which the run waits.
    public var step: StepID {
        switch self {
        case .answer(let step), .approval(let step, _, _), .date(let step, _), .child(let step, _, _),
            .paused(let step), .refused(let step, _), .doubt(let step, _), .held(let step, _),
            .undoFailed(let step, _):
            step
        }
    }
}

extension Suspension: CustomStringConvertible {
    /// The reason, as journals and reports have it.
    public var description: String {
        switch self {
        case .answer(let step): "step \(step) waits for an answer"
        case .approval(let step, let given, let needed):
            "step \(step) waits for consent, \(given) of \(needed) given"
        case .date(let step, let moment): "step \(step) waits until \(moment.text)"
        case .child(let step, let run, _): "step \(step) waits for run \(run)"
        case .paused(let step): "the operator stopped ahead of step \(step)"
        case .refused(let step, let reason): "step \(step) was refused: \(reason)"
        case .doubt(let step, let reason): "step \(step) is in doubt: \(reason)"
        case .held(let step, let reason): "step \(step) failed: \(reason)"
        case .undoFailed(let step, let reason): "taking back step \(step) failed: \(reason)"
        }
    }
}
