import SQLClient

/// A module with its connector, ready to take a task.
public struct AnyModule {
    /// The name inside the collection.
    public let name: String
    /// Whether the reply can hold a diff.
    public let hasDiff: Bool

    // Made when asked for: a task needs one module of the list, and the texts of the others would only cost memory.
    private let makeManual: () -> Manual
    private let makeForm: () -> ArgumentForm

    let perform: (Task, any HostServices) -> Outcome
    private let check: ([String: JSONValue], CoercionContext) -> [String]

    /// What Ansible sent.
    struct Task {
        let options: [String: JSONValue]
        let checkMode: Bool
        let diffMode: Bool
        let noLog: Bool
        let verbosity: Int64
        let coercion: CoercionContext
    }

    /// What goes back, already masked.
    struct Outcome {
        var reply: [String: JSONValue]
        var failed: Bool
    }

    /// A module that reaches its server through this connector.
    public init<M: Module>(_ type: M.Type, connector: any SQLConnector) {
        name = M.name
        hasDiff = M.hasDiff
        makeManual = { M.manual }
        makeForm = { Self.form(of: type) }
        check = { options, coercion in Self.problems(M.self, options, coercion) }
        perform = { task, host in Self.perform(type, task: task, connector: connector, host: host) }
    }

    /// What a person reads.
    public var manual: Manual { makeManual() }

    /// The declared options.
    public var declarations: [ArgumentDeclaration] { makeForm().declarations }

    /// The declared rules between options.
    public var rules: [ArgumentRule] { makeForm().rules }

    private static func form<M: Module>(of type: M.Type) -> ArgumentForm {
        var form = ArgumentForm()
        _ = M.Arguments(form: &form)
        return form
    }

    /// What is wrong with these options; empty when a task with them may run.
    public func problems(of options: [String: JSONValue]) -> [String] {
        check(options, CoercionContext(environment: [:], parseJSON: { _ in nil }))
    }

    private static func problems<M: Module>(
        _ type: M.Type, _ options: [String: JSONValue], _ coercion: CoercionContext
    ) -> [String] {
        do throws(ArgumentValidator.Problems) {
            _ = try ArgumentValidator.validate(
                M.Arguments.self, module: M.name, options: options, coercion: coercion)
            return []
        } catch {
            return error.messages
        }
    }

    private static func perform<M: Module>(
        _ type: M.Type, task: Task, connector: any SQLConnector, host: any HostServices
    ) -> Outcome {
        let validated: ValidatedArguments<M.Arguments>
        do throws(ArgumentValidator.Problems) {
            validated = try ArgumentValidator.validate(
                M.Arguments.self, module: M.name, options: task.options, coercion: task.coercion)
        } catch {
            return failure(error.messages.joined(separator: "; "), mask: SecretMask(error.secrets))
        }
        let mask = SecretMask(validated.secrets)
        let trace = StatementTrace()
        let context = ModuleContext(
            checkMode: task.checkMode, diffMode: task.diffMode, noLog: task.noLog,
            connector: task.verbosity >= traceVerbosity
                ? TracingConnector(base: connector, trace: trace, host: host) : connector,
            host: host)
        var outcome: Outcome
        do throws(ModuleFailure) {
            outcome = success(try M.run(validated.arguments, in: context), validated.warnings, mask)
        } catch {
            outcome = failure(error, mask)
        }
        outcome.reply["invocation"] = invocation(validated.values, form(of: type).declarations, mask)
        if !trace.entries.isEmpty { outcome.reply["trace"] = mask.masked(.array(trace.entries)) }
        return outcome
    }

    /// `-vvv` adds the statements of the task to its reply.
    private static let traceVerbosity: Int64 = 3

    private static func success(_ reply: Reply, _ warnings: [String], _ mask: SecretMask) -> Outcome {
        var members = reply.facts
        members["changed"] = .bool(reply.changed)
        members["warnings"] = .strings(warnings + reply.warnings)
        members["deprecations"] = []
        if let diff = reply.diff { members["diff"] = ["before": diff.before, "after": diff.after] }
        let failed = reply.facts["failed"] == true
        return Outcome(reply: mask.masked(.object(members)).object ?? members, failed: failed)
    }

    private static func failure(_ failure: ModuleFailure, _ mask: SecretMask) -> Outcome {
        var outcome = self.failure(failure.message, mask: mask)
        if let hint = failure.hint { outcome.reply["hint"] = .string(mask.masked(hint)) }
        if let sqlState = failure.sqlState, !sqlState.isEmpty {
            outcome.reply["sqlstate"] = .string(sqlState)
        }
        if let statement = failure.statement { outcome.reply["statement"] = .string(mask.masked(statement)) }
        if case .change(_, _, let applied) = failure, !applied.isEmpty {
            outcome.reply["applied"] = mask.masked(.strings(applied))
            outcome.reply["changed"] = true
        }
        return outcome
    }

    static func failure(_ message: String, mask: SecretMask) -> Outcome {
        Outcome(
            reply: [
                "failed": true, "changed": false, "msg": .string(mask.masked(message)), "warnings": [],
                "deprecations": [],
            ], failed: true)
    }

    private static func invocation(
        _ values: [String: JSONValue], _ declarations: [ArgumentDeclaration], _ mask: SecretMask
    ) -> JSONValue {
        var arguments: [String: JSONValue] = [:]
        for declaration in declarations {
            let value = values[declaration.name] ?? .null
            let isHidden = declaration.isSecret && value != .null
            arguments[declaration.name] = isHidden ? .string(SecretMask.optionMask) : mask.masked(value)
        }
        return ["module_args": .object(arguments)]
    }
}
