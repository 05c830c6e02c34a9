/// Why something is executed.
public enum Purpose: String, Hashable, Sendable, CaseIterable {
    /// The step's own action.
    case run
    /// Back to the state before the step, ahead of another attempt. Idempotent by contract.
    case reset
    /// Taking the effect back. Idempotent by contract.
    case undo
}

/// One execution of one purpose of one step.
public struct Attempt: Hashable, Sendable {
    /// The step.
    public let step: StepID
    /// Why it is executed.
    public let purpose: Purpose
    /// From 1 on, for each purpose of a step.
    public let number: Int

    /// Names an attempt.
    public init(step: StepID, purpose: Purpose, number: Int) {
        self.step = step
        self.purpose = purpose
        self.number = number
    }
}

/// How an attempt ended.
public enum Outcome: Hashable, Sendable {
    case succeeded
    /// It ended and did not do its work; a code where there is one.
    case failed(code: Int?, reason: String)
    /// Whether it took effect cannot be told from here (ssh lost its connection, COMMIT without an answer).
    case unknown(reason: String)
}

/// How a run ended.
public enum RunResult: String, Hashable, Sendable, CaseIterable {
    case done
    /// A step failed and its rule says stop.
    case stopped
    /// Every effect was taken back.
    case rolledBack = "rolled-back"
    /// Some effects could not be taken back.
    case rollbackIncomplete = "rollback-incomplete"
}

/// What happened in a run. Events are durable in the journal before they count.
public enum RunEvent: Hashable, Sendable {
    /// `when` is false, or a person said so.
    case skipped(StepID, reason: String)
    /// The effect is there already; the step is not executed.
    case already(StepID)
    /// It is about to be executed.
    case intended(Attempt)
    /// It runs, or ran; only an attempt with this mark can have taken effect.
    case started(Attempt)
    /// It ended.
    case ended(Attempt, Outcome)
    /// Nobody knows whether it took effect.
    case doubted(Attempt, reason: String)
    /// The doubt is settled: it took effect, or it did not.
    case settled(Attempt, tookEffect: Bool, reason: String)
    /// All that the step promises is true.
    case done(StepID, outputs: [ValueName: RunbookValue])
    /// The attempt failed, or its postconditions are false.
    case failed(StepID, reason: String, code: Int?)
    /// The group is open: its children, or a step for each of these values, stand for it.
    case opened(StepID, items: [String])
    /// Nothing happens to the step before this moment.
    case deferred(StepID, until: RunbookTime)
    /// People are asked; an answer is taken until then.
    case asked(StepID, expires: RunbookTime?)
    /// Somebody consents.
    case approved(StepID, by: String)
    /// Somebody refuses.
    case rejected(StepID, by: String, reason: String)
    /// The time for an answer is over.
    case expired(StepID)
    /// A person answered.
    case answered(StepID, answer: [ValueName: RunbookValue])
    /// A person wants a held step to be tried again.
    case released(StepID, reason: String)
    /// Effects are taken back from here on, in reverse order.
    case rollbackBegan(reason: String)
    /// The step's effect is taken back.
    case undone(StepID)
    /// The run goes on with another version of its document, in which steps have new names.
    case switched(renames: [StepID: StepID])
    /// The steps have come to this end; those behind the end begin.
    case concluded(RunResult)
    /// The run is over.
    case closed(RunResult)
}
