/// One step of a runbook.
public struct Step: Hashable, Sendable {
    /// What a step does to the world, as its author declares it.
    public enum Effect: String, Hashable, Sendable, CaseIterable {
        /// It only reads.
        case none
        /// Twice is the same as once.
        case idempotent
        /// It must happen once.
        case once
    }

    /// What to do about an attempt whose end is unknown, when the author says so.
    public enum InDoubt: String, Hashable, Sendable, CaseIterable {
        case retry, check, hold
    }

    /// Stable identifier.
    public var id: StepID
    /// What the step does, for people.
    public var title: String
    /// What is executed.
    public var action: StepAction
    /// What that does to the world.
    public var effect: Effect
    /// Looks for the effect, and only reads.
    public var check: StepAction?
    /// Whether `check` is asked before the first attempt.
    public var checkFirst: Bool
    /// What must be true afterwards.
    public var verify: [Expression]
    /// Back to the state before the step.
    public var reset: StepAction?
    /// Takes the effect back.
    public var undo: StepAction?
    /// The author's word on doubt; `nil` leaves it to the rules.
    public var inDoubt: InDoubt?
    /// The step is skipped when this is false.
    public var when: Expression?
    /// Values for each of which the step is executed; `nil` for a step that is executed once.
    public var forEach: ValueTemplate?
    /// What the step was called in earlier versions of the document.
    public var movedFrom: StepID?
    /// When a failed attempt is repeated.
    public var retry: StepRules.Retry
    /// How long an attempt may take; `nil` is without limit.
    public var timeout: Duration?
    /// From SIGTERM to SIGKILL.
    public var killAfter: Duration
    /// What a failure means for the run.
    public var onError: StepRules.FailurePolicy
    /// Values for later steps.
    public var outputs: [OutputDeclaration]
    /// Environment of the step's own commands, after that of the document.
    public var environment: [EnvironmentEntry]

    /// From SIGTERM to SIGKILL, unless a document says otherwise.
    public static let killAfterDefault = Duration.seconds(20)

    /// A step with nothing but its action.
    public init(
        id: StepID, title: String, action: StepAction, effect: Effect = .once, check: StepAction? = nil,
        checkFirst: Bool = true, verify: [Expression] = [], reset: StepAction? = nil, undo: StepAction? = nil,
        inDoubt: InDoubt? = nil, when: Expression? = nil, forEach: ValueTemplate? = nil,
        movedFrom: StepID? = nil, retry: StepRules.Retry = .never,
        timeout: Duration? = nil, killAfter: Duration = Step.killAfterDefault,
        onError: StepRules.FailurePolicy = .hold, outputs: [OutputDeclaration] = [],
        environment: [EnvironmentEntry] = []
    ) {
        self.id = id
        self.title = title
        self.action = action
        self.effect = effect
        self.check = check
        self.checkFirst = checkFirst
        self.verify = verify
        self.reset = reset
        self.undo = undo
        self.inDoubt = inDoubt
        self.when = when
        self.forEach = forEach
        self.movedFrom = movedFrom
        self.retry = retry
        self.timeout = timeout
        self.killAfter = killAfter
        self.onError = onError
        self.outputs = outputs
        self.environment = environment
    }

    /// What deciding needs to know of the step; of one with `forEach`, before its values are known.
    public var rules: StepRules {
        var rules = StepRules(
            id: id, work: action.work, hasEffect: effect != .none, hasCheck: check != nil,
            hasReset: reset != nil, hasUndo: undo != nil, doubt: doubtPolicy, failure: onError, retry: retry)
        switch action {
        case .approve(let approve): rules.approvals = approve.count
        case .parallel(let children): rules.children = children.map(\.rules)
        case .run, .argv, .sql, .ansible, .http, .manual, .wait, .assert, .call, .notify: break
        }
        rules.isRepeated = forEach != nil
        return rules
    }

    /// The steps that are executed side by side in this one.
    public var children: [Step] {
        if case .parallel(let children) = action { children } else { [] }
    }

    /// The author's word, else what the declarations allow: what only reads or is idempotent runs again, the server knows
    /// about a transaction, `check` knows about the rest, and otherwise a person decides.
    public var doubtPolicy: StepRules.DoubtPolicy {
        switch inDoubt {
        case .retry: return .retry
        case .check: return .check
        case .hold: return .hold
        case nil:
            if effect != .once { return .retry }
            if action.work == .transaction { return .transaction }
            return check == nil ? .hold : .check
        }
    }
}

/// A value that a step gives to later ones.
public struct OutputDeclaration: Hashable, Sendable {
    /// Its name; commands write it to the file `$RB_OUT/<name>`.
    public let name: ValueName
    /// Its type.
    public let kind: Parameter.Kind

    /// An output.
    public init(name: ValueName, kind: Parameter.Kind) {
        self.name = name
        self.kind = kind
    }
}
