/// What deciding needs to know of each step; made from the document, and nothing else of it matters here.
public struct RunPlan: Hashable, Sendable {
    /// The steps, in the order of the document.
    public let steps: [StepRules]
    /// Those behind the end of the run, whatever the end is.
    public let final: [StepRules]

    /// A plan of these steps.
    public init(steps: [StepRules], final: [StepRules] = []) {
        self.steps = steps
        self.final = final
    }

    /// The rules of a step; `nil` when the plan has none of this name.
    public subscript(id: StepID) -> StepRules? {
        for rules in steps + final {
            if rules.id == id { return rules }
            if rules.isRepeated, id.base == rules.id { return rules.item(id) }
            if let child = rules.children.first(where: { $0.id == id }) { return child }
        }
        return nil
    }
}

/// How a step may be started, repeated, settled and taken back.
public struct StepRules: Hashable, Sendable {
    /// What a step does to the world.
    public enum Work: Hashable, Sendable {
        /// A command under the supervisor: its end is known even when the executor dies.
        case supervised
        /// SQL in one transaction: the server knows whether it was committed.
        case transaction
        /// SQL statement by statement.
        case statements
        /// Decided within the executor, without effect.
        case evaluation
        /// An answer or the consent of people.
        case person
        /// Another runbook, as a run of its own.
        case child
        /// Nothing of its own: its children are executed side by side.
        case group
    }

    /// What to do about an attempt whose end is unknown.
    public enum DoubtPolicy: Hashable, Sendable {
        /// Run it again, after `reset` where there is one.
        case retry
        /// Ask the step's `check`.
        case check
        /// Ask the server about the transaction.
        case transaction
        /// Ask a person.
        case hold
    }

    /// What to do when a step failed for good.
    public enum FailurePolicy: Hashable, Sendable {
        case hold, stop, proceed, rollback
        /// Go on with this later step.
        case jump(StepID)
    }

    /// How often and when a failed step is tried again.
    public struct Retry: Hashable, Sendable {
        /// Attempts after the first one.
        public let max: Int
        /// Before the second attempt.
        public let delay: Duration
        /// Factor on the delay for every further attempt.
        public let backoff: Int
        /// Exit codes that are worth another attempt; empty means all.
        public let exitCodes: [Int]

        /// Never.
        public static let never = Retry(max: 0, delay: .zero, backoff: 1, exitCodes: [])

        /// Longest delay, however often the backoff multiplied it.
        public static let delayMax = Duration.seconds(3600)

        /// A rule.
        public init(max: Int, delay: Duration, backoff: Int, exitCodes: [Int]) {
            self.max = max
            self.delay = delay
            self.backoff = backoff
            self.exitCodes = exitCodes
        }

        /// The delay before this attempt (2 is the first repeated one).
        public func delay(beforeAttempt attempt: Int) -> Duration {
            var total = delay
            for _ in 2..<Swift.max(attempt, 2) {
                total *= backoff
                if total > Self.delayMax { return Self.delayMax }
            }
            return total
        }
    }

    /// The step.
    public let id: StepID
    /// What it does.
    public let work: Work
    /// Whether it changes anything at all.
    public let hasEffect: Bool
    /// Whether the effect can be looked for.
    public let hasCheck: Bool
    /// Whether the state before the step can be brought back.
    public let hasReset: Bool
    /// Whether the effect can be taken back.
    public let hasUndo: Bool
    /// What to do in doubt.
    public let doubt: DoubtPolicy
    /// What to do on failure.
    public let failure: FailurePolicy
    /// When to try again.
    public let retry: Retry
    /// How many people must consent; 0 for a step that asks for no consent.
    public var approvals = 0
    /// Steps that are executed side by side in this one.
    public var children: [StepRules] = []
    /// Whether it is executed once for each of several values.
    public var isRepeated = false

    /// Whether other steps stand for this one: its children, or one for each value.
    public var isGroup: Bool { isRepeated || work == .group }

    /// The rules of a step.
    public init(
        id: StepID, work: Work, hasEffect: Bool = true, hasCheck: Bool = false, hasReset: Bool = false,
        hasUndo: Bool = false,
        doubt: DoubtPolicy = .hold, failure: FailurePolicy = .hold, retry: Retry = .never
    ) {
        self.id = id
        self.work = work
        self.hasEffect = hasEffect
        self.hasCheck = hasCheck
        self.hasReset = hasReset
        self.hasUndo = hasUndo
        self.doubt = doubt
        self.failure = failure
        self.retry = retry
    }

    /// The rules of one item of a repeated step.
    func item(_ id: StepID) -> StepRules {
        StepRules(
            id: id, work: work, hasEffect: hasEffect, hasCheck: hasCheck, hasReset: hasReset,
            hasUndo: hasUndo,
            doubt: doubt, failure: failure, retry: retry)
    }
}
