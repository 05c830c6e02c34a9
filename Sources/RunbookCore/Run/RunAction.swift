/// What the executor does next.
public enum RunAction: Hashable, Sendable {
    /// Evaluate `when` and `check`; then skip the step, note that it is there already, or intend attempt 1.
    case begin(StepID)
    /// Make this attempt's intent durable, and execute it.
    case execute(Attempt, after: Duration)
    /// The intent is durable and nothing was started: execute it.
    case start(Attempt)
    /// It was started and its end is not in the journal: look for the end.
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
    /// Write the end of the run down.
    case close(RunResult)
    /// The run is over.
    case finished(RunResult)
}

/// Why a run waits for a person.
public enum Suspension: Hashable, Sendable {
    /// The step waits for an answer.
    case answer(StepID)
    /// Whether the step took effect is for a person to say.
    case doubt(StepID, reason: String)
    /// The step failed, and its rule is to wait.
    case held(StepID, reason: String)
    /// Taking back the step's effect failed.
    case undoFailed(StepID, reason: String)
}
