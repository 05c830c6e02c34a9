/// What is executed: exactly one of these for each step, check, reset and undo.
public enum StepAction: Hashable, Sendable {
    /// A text for `sh -c`; values come through the environment only.
    case run(String)
    /// A program and its arguments.
    case argv([Template])
    case sql(SQLAction)
    case ansible(AnsibleAction)
    case http(HTTPAction)
    case manual(ManualAction)
    case approve(ApproveAction)
    case wait(WaitAction)
    case assert([Assertion])
    case call(CallAction)
    /// Steps that are executed side by side.
    case parallel([Step])
    /// Only behind the end of a run.
    case notify(NotifyAction)

    /// How its end becomes known.
    public var work: StepRules.Work {
        switch self {
        case .run, .argv, .ansible, .http, .notify: .supervised
        case .sql(let sql): sql.body.isTransaction ? .transaction : .statements
        case .manual, .approve: .person
        case .assert, .wait: .evaluation
        case .call: .child
        case .parallel: .group
        }
    }
}

/// SQL on one database.
public struct SQLAction: Hashable, Sendable {
    /// What is sent.
    public enum Body: Hashable, Sendable {
        /// One statement, with `args` as its parameters; its first row is `row`.
        case query(Template)
        /// Statements of one transaction.
        case transaction(Template)
        /// A file beside the document, all of it in one transaction.
        case file(path: String)

        /// Whether all of it takes effect at once.
        public var isTransaction: Bool {
            switch self {
            case .transaction, .file: true
            case .query: false
            }
        }
    }

    /// Database.
    public var database: Template?
    /// Host or socket folder, port and role; what is not given comes from `PGHOST` and its like.
    public var host: Template?
    /// Port.
    public var port: Template?
    /// Role.
    public var user: Template?
    /// Statements ahead of the body, each for itself; they must bear being repeated.
    public var before: Template?
    /// What is sent.
    public var body: Body
    /// Parameters of the statements.
    public var arguments: [ValueTemplate]

    /// SQL on one database.
    public init(
        database: Template? = nil, host: Template? = nil, port: Template? = nil, user: Template? = nil,
        before: Template? = nil, body: Body, arguments: [ValueTemplate] = []
    ) {
        self.database = database
        self.host = host
        self.port = port
        self.user = user
        self.before = before
        self.body = body
        self.arguments = arguments
    }
}

/// A run of `ansible-playbook`.
public struct AnsibleAction: Hashable, Sendable {
    /// The playbook, from the document's folder on.
    public var playbook: Template
    /// The inventory.
    public var inventory: Template?
    /// Hosts.
    public var limit: Template?
    /// Tags.
    public var tags: [Template]
    /// Whether nothing may be changed.
    public var check: Bool
    /// Variables for the playbook.
    public var extraVariables: [ValueTemplate.Field]

    /// A run of a playbook.
    public init(
        playbook: Template, inventory: Template? = nil, limit: Template? = nil, tags: [Template] = [],
        check: Bool = false, extraVariables: [ValueTemplate.Field] = []
    ) {
        self.playbook = playbook
        self.inventory = inventory
        self.limit = limit
        self.tags = tags
        self.check = check
        self.extraVariables = extraVariables
    }
}

/// What a person does and tells.
public struct ManualAction: Hashable, Sendable {
    /// A piece of evidence.
    public struct Evidence: Hashable, Sendable {
        /// What kind of evidence.
        public enum Kind: String, Hashable, Sendable, CaseIterable {
            case text, file
        }

        /// Its name.
        public let id: ValueName
        /// What it is.
        public let kind: Kind
        /// Whether an answer without it is refused.
        public let isRequired: Bool

        /// A piece of evidence.
        public init(id: ValueName, kind: Kind, isRequired: Bool) {
            self.id = id
            self.kind = kind
            self.isRequired = isRequired
        }
    }

    /// What to do.
    public var instructions: Template
    /// What to bring.
    public var evidence: [Evidence]
    /// What to answer; empty means that being done is the answer.
    public var choices: [String]
    /// The role whose members may answer; `nil` is everybody who may operate the run.
    public var role: ValueName?
    /// How long an answer is taken; later the step has failed. `nil` is without limit.
    public var expires: Duration?

    /// A task for a person.
    public init(
        instructions: Template, evidence: [Evidence] = [], choices: [String] = [], role: ValueName? = nil,
        expires: Duration? = nil
    ) {
        self.instructions = instructions
        self.evidence = evidence
        self.choices = choices
        self.role = role
        self.expires = expires
    }
}

/// A condition and what to say when it is false.
public struct Assertion: Hashable, Sendable {
    /// The condition.
    public let condition: Expression
    /// What to say.
    public let message: Template?

    /// A condition.
    public init(condition: Expression, message: Template? = nil) {
        self.condition = condition
        self.message = message
    }
}
