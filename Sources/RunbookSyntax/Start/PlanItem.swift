import RunbookCore

/// One step as `plan` shows it.
public struct PlanItem: Hashable, Sendable {
    /// Its place, from 1.
    public let number: Int
    /// The step.
    public let id: StepID
    /// What it does, for people.
    public let title: String
    /// Which kind of action: the key of the document.
    public let kind: String
    /// What is executed, with every value that is known already.
    public let action: String
    /// What that does to the world.
    public let effect: Step.Effect
    /// What happens to an attempt whose end is unknown.
    public let doubt: StepRules.DoubtPolicy
    /// When a failed attempt is repeated.
    public let retry: StepRules.Retry
    /// How long an attempt may take.
    public let timeout: Duration?
    /// What a failure means for the run.
    public let onError: StepRules.FailurePolicy
    /// Condition under which the step is executed, as its author wrote it.
    public let when: String?
    /// Whether the condition is false for these parameters; `nil` when it is known only during the run.
    public let isSkipped: Bool?
    /// Conditions afterwards, as their author wrote them.
    public let verify: [String]
    /// What looks for the effect.
    public let check: String?
    /// What brings the state before the step back.
    public let reset: String?
    /// What takes the effect back.
    public let undo: String?
    /// The steps that are executed side by side in this one.
    public let members: [PlanItem]
}
