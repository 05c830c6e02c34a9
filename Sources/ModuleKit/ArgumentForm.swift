import SQLClient

/// One option as it was declared.
public struct ArgumentDeclaration: Sendable {
    /// The option's own name.
    public let name: String
    /// Other names that are accepted for good.
    public let aliases: [String]
    /// The type that values are coerced to.
    public let type: ArgumentType
    /// The words that are allowed, where the type is a choice.
    public let choices: [String]?
    /// Whether a task without the option is refused.
    public let isRequired: Bool
    /// Whether the value is never shown.
    public let isSecret: Bool
    /// The value when the option is not given; `nil` means that it stays unset.
    public let defaultValue: JSONValue?
    /// The environment variable that is read when the option is not given.
    public let environment: String?
    /// What the option means, for the manual.
    public let doc: String
}

/// A rule between options.
public enum ArgumentRule: Sendable, Equatable {
    case mutuallyExclusive([String])
    case requiredTogether([String])
    case requiredOneOf([String])
    case requiredIf(option: String, equals: String, all: [String])
    case requiredBy(option: String, all: [String])
}

/// What a module reads its options from, and where it declares them: both happen in the same calls.
///
/// Without input the form only collects the declarations. With input it also coerces and checks, keeps
/// every problem, and answers placeholders where a value is missing: the caller looks at `problems` first.
public struct ArgumentForm {
    /// The declared options, in the order of their declaration.
    public private(set) var declarations: [ArgumentDeclaration] = []
    /// The declared rules.
    public private(set) var rules: [ArgumentRule] = []

    private let input: Input?
    var valueProblems: [String] = []
    var missing: [String] = []
    /// Coerced values by option name; unset options are absent.
    private(set) var values: [String: JSONValue] = [:]
    /// The texts of all secret values that were given.
    private(set) var secrets: [Secret] = []
    private(set) var warnings: [String] = []
    /// Options that the task (or the environment) gives; defaults are not among them.
    private(set) var given: Set<String> = []

    struct Input {
        let options: [String: JSONValue]
        let coercion: CoercionContext
    }

    /// A form that only collects declarations.
    public init() {
        input = nil
    }

    init(options: [String: JSONValue], coercion: CoercionContext) {
        input = Input(options: options, coercion: coercion)
    }

    // MARK: Declarations

    /// An option that must be given.
    public mutating func required<Value: ArgumentValue>(
        _ name: String, aliases: [String] = [], secret: Bool = false, doc: String
    ) -> Value {
        let declaration = declare(
            Value.self, name, aliases: aliases, secret: secret, isRequired: true, doc: doc)
        if let value: Value = read(declaration) { return value }
        if input != nil, values[name] == nil, !problemKnown(name) { missing.append(name) }
        return Value.placeholder
    }

    /// An option that stays unset when it is not given.
    public mutating func optional<Value: ArgumentValue>(
        _ name: String, aliases: [String] = [], environment: String? = nil, secret: Bool = false, doc: String
    ) -> Value? {
        let declaration = declare(
            Value.self, name, aliases: aliases, environment: environment, secret: secret, doc: doc)
        return read(declaration)
    }

    /// An option with a default.
    public mutating func defaulted<Value: ArgumentValue>(
        _ name: String, to defaultValue: Value, aliases: [String] = [], environment: String? = nil,
        secret: Bool = false, doc: String
    ) -> Value {
        defaultedElsewhere(
            name, to: defaultValue, aliases: aliases, environment: environment, secret: secret, doc: doc)
            ?? defaultValue
    }

    /// An option whose default comes into force elsewhere; `nil` when it is not given.
    public mutating func defaultedElsewhere<Value: ArgumentValue>(
        _ name: String, to defaultValue: Value, aliases: [String] = [], environment: String? = nil,
        secret: Bool = false, doc: String
    ) -> Value? {
        let declaration = declare(
            Value.self, name, aliases: aliases, defaultValue: defaultValue.documented,
            environment: environment, secret: secret, doc: doc)
        if let value: Value = read(declaration) { return value }
        if input != nil, !problemKnown(name) { values[name] = defaultValue.documented }
        return nil
    }

    /// Whether the task itself gives an option that was declared before, be it with the value of its default.
    public func isGiven(_ name: String) -> Bool { given.contains(name) }

    /// A rule between options.
    public mutating func rule(_ rule: ArgumentRule) {
        rules.append(rule)
    }

    private mutating func declare<Value: ArgumentValue>(
        _ type: Value.Type, _ name: String, aliases: [String], defaultValue: JSONValue? = nil,
        environment: String? = nil, secret: Bool, isRequired: Bool = false, doc: String
    ) -> ArgumentDeclaration {
        let declaration = ArgumentDeclaration(
            name: name, aliases: aliases, type: Value.argumentType, choices: Value.choices,
            isRequired: isRequired, isSecret: secret || Value.isSecret, defaultValue: defaultValue,
            environment: environment, doc: doc)
        declarations.append(declaration)
        return declaration
    }

    // MARK: Reading

    private var problemNames: Set<String> = []

    private func problemKnown(_ name: String) -> Bool { problemNames.contains(name) }

    private mutating func read<Value: ArgumentValue>(_ declaration: ArgumentDeclaration) -> Value? {
        guard let input, let raw = rawValue(of: declaration, in: input) else { return nil }
        given.insert(declaration.name)
        keepSecrets(of: raw, declaration)
        guard let coerced = coerced(raw, declaration, input.coercion) else { return nil }
        values[declaration.name] = coerced
        keepSecrets(of: coerced, declaration)
        return Value(coerced: coerced) ?? refuseChoice(coerced, declaration)
    }

    /// The option's own name wins over its aliases, as in Ansible; null means "not given".
    private mutating func rawValue(of declaration: ArgumentDeclaration, in input: Input) -> JSONValue? {
        let given = ([declaration.name] + declaration.aliases).filter {
            (input.options[$0] ?? .null) != .null
        }
        if given.count > 1 {
            warnings.append("Both option \(given[0]) and its alias \(given[1]) are set.")
        }
        if let name = given.first { return input.options[name] }
        return declaration.environment.flatMap { input.coercion.environment[$0] }.map(JSONValue.string)
    }

    private mutating func coerced(
        _ raw: JSONValue, _ declaration: ArgumentDeclaration, _ context: CoercionContext
    ) -> JSONValue? {
        let value: JSONValue
        do throws(CoercionProblem) {
            value = try Coercion.value(raw, to: declaration.type, in: context)
        } catch {
            refuse(
                declaration,
                "argument '\(declaration.name)' is of type \(raw.pythonTypeName) and we were unable to convert to "
                    + "\(declaration.type.name): \(shown(error.reason, declaration))")
            return nil
        }
        guard let elementType = declaration.type.elements, let elements = value.array else { return value }
        var coerced: [JSONValue] = []
        for element in elements {
            do throws(CoercionProblem) {
                coerced.append(try Coercion.value(element, to: elementType, in: context))
            } catch {
                refuse(
                    declaration,
                    "Elements value for option '\(declaration.name)' is of type \(element.pythonTypeName) and we "
                        + "were unable to convert to \(elementType.name): \(shown(error.reason, declaration))"
                )
            }
        }
        return coerced.count == elements.count ? .array(coerced) : nil
    }

    private mutating func refuseChoice<Value>(
        _ value: JSONValue, _ declaration: ArgumentDeclaration
    ) -> Value? {
        guard let choices = declaration.choices else { return nil }
        let allowed = choices.joined(separator: ", ")
        if let elements = value.array {
            let unknown = elements.map(\.pythonText).filter { !choices.contains($0) }.joined(separator: ", ")
            refuse(
                declaration,
                "value of \(declaration.name) must be one or more of: \(allowed). Got no match for: \(unknown)"
            )
        } else {
            refuse(
                declaration,
                "value of \(declaration.name) must be one of: \(allowed), got: \(value.pythonText)")
        }
        return nil
    }

    private mutating func refuse(_ declaration: ArgumentDeclaration, _ problem: String) {
        valueProblems.append(problem)
        problemNames.insert(declaration.name)
    }

    private func shown(_ reason: String, _ declaration: ArgumentDeclaration) -> String {
        declaration.isSecret ? "the value is not shown" : reason
    }

    /// Members of a dictionary that libpq keeps secret, in `connect_params` and its like.
    private static let secretMembers: Set<String> = ["password", "sslpassword", "oauth_client_secret"]

    /// Whether a member of a dictionary is never shown: a password, or a `dbname` that is a whole connection string.
    public static func isSecretMember(_ name: String, _ text: String) -> Bool {
        guard !text.isEmpty else { return false }
        return secretMembers.contains(name)
            || (name == "dbname" && (text.containsScalars("=") || text.containsScalars("://")))
    }

    private mutating func keepSecrets(of value: JSONValue, _ declaration: ArgumentDeclaration) {
        guard declaration.isSecret else {
            for (name, member) in value.object ?? [:] where member != .null {
                if Self.isSecretMember(name, member.pythonText) { secrets.append(Secret(member.pythonText)) }
            }
            return
        }
        switch value {
        case .string(let text): if !text.isEmpty { secrets.append(Secret(text)) }
        case .array(let elements): for element in elements { keepSecrets(of: element, declaration) }
        case .object(let members): for member in members.values { keepSecrets(of: member, declaration) }
        case .int, .double: secrets.append(Secret(value.pythonText))
        case .null, .bool: break
        }
    }
}
