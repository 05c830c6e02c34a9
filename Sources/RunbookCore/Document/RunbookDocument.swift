/// A runbook whose text was checked: every name resolves, every expression has a type.
public struct RunbookDocument: Hashable, Sendable {
    /// Version of the document format that this program reads.
    public static let formatVersion = 1

    /// Stable identifier.
    public var id: RunbookID
    /// What the procedure does, for people.
    public var title: String
    /// Who answers for it.
    public var owner: String?
    /// What a run is started with.
    public var parameters: [Parameter]
    /// Values that commands need and nobody may see.
    public var secrets: [SecretSource]
    /// Texts made from parameters, in the order of the document; a later one may use earlier ones.
    public var variables: [Variable]
    /// The target: one run at a time has it. `nil`: the document itself is the target.
    public var lock: Template?
    /// Environment of every command.
    public var environment: [EnvironmentEntry]
    /// Who may play which part: role to accounts and groups (`grp:dba`).
    public var roles: [ValueName: [String]]
    /// The steps, in order.
    public var steps: [Step]
    /// Steps behind the end of the run, whatever the end is.
    public var final: [Step]

    /// A document with nothing but its names and steps.
    public init(
        id: RunbookID, title: String, owner: String? = nil, parameters: [Parameter] = [],
        secrets: [SecretSource] = [], variables: [Variable] = [], lock: Template? = nil,
        environment: [EnvironmentEntry] = [], roles: [ValueName: [String]] = [:], steps: [Step],
        final: [Step] = []
    ) {
        self.id = id
        self.title = title
        self.owner = owner
        self.parameters = parameters
        self.secrets = secrets
        self.variables = variables
        self.lock = lock
        self.environment = environment
        self.roles = roles
        self.steps = steps
        self.final = final
    }

    /// The values of `vars`, computed in order.
    public func variables(in scope: Scope) throws(EvaluationFailure) -> [ValueName: RunbookValue] {
        var scope = scope
        for variable in variables {
            scope.variables[variable.name] = try variable.value.evaluate(in: scope)
        }
        return scope.variables
    }

    /// Every step: the children of groups behind their group, and those behind the end.
    public var allSteps: [Step] { (steps + final).flatMap { [$0] + $0.children } }

    /// What deciding needs to know.
    public var plan: RunPlan {
        RunPlan(steps: steps.map(\.rules), final: final.map(\.rules))
    }
}

/// A text of `vars`.
public struct Variable: Hashable, Sendable {
    /// Its name.
    public let name: ValueName
    /// Its text.
    public let value: Template

    /// A variable.
    public init(name: ValueName, value: Template) {
        self.name = name
        self.value = value
    }
}

/// One variable of a command's environment.
public struct EnvironmentEntry: Hashable, Sendable {
    /// Its name.
    public let name: EnvironmentName
    /// Its text.
    public let value: Template

    /// An entry.
    public init(name: EnvironmentName, value: Template) {
        self.name = name
        self.value = value
    }
}

/// Where a secret comes from, and the environment variable through which commands get it.
public struct SecretSource: Hashable, Sendable {
    /// Where the text is read, at the start and again at each resume.
    public enum Origin: Hashable, Sendable {
        /// A file; commands get its path (`as: PGPASSFILE`), and its texts are masked in their output.
        case file(path: Template)
        /// A variable of the executor's own environment; commands get its text.
        case environment(EnvironmentName)
        /// Standard output of a command; commands get its text.
        case command([Template])
    }

    /// Its name.
    public let name: ValueName
    /// Where it comes from.
    public let origin: Origin
    /// The environment variable of the commands.
    public let variable: EnvironmentName

    /// A secret.
    public init(name: ValueName, origin: Origin, variable: EnvironmentName) {
        self.name = name
        self.origin = origin
        self.variable = variable
    }
}
