import ModuleKit
import SQLClient

/// `postgresql_set`: the older form of `postgresql_alter_system`, with its own names of options and keys.
public struct PostgreSQLSetModule: Module {
    /// The options.
    public struct Arguments: ModuleArguments {
        let parameter: String
        let value: String?
        let reset: Bool
        let database: String?
        let connection: PostgreSQLConnectionArguments

        /// Declares and reads the options.
        public init(form: inout ArgumentForm) {
            parameter = form.required("name", doc: "Name of the parameter.")
            value = form.optional(
                "value",
                doc:
                    "Value, with or without a unit. `default` removes the entry from `postgresql.auto.conf`.")
            reset = form.defaulted(
                "reset", to: false,
                doc: "Remove the entry from `postgresql.auto.conf`; not together with `value`.")
            database = form.optional(
                "login_db", aliases: ["db"],
                doc: "Database to connect to; the parameter is the whole server's.")
            connection = PostgreSQLConnectionArguments(form: &form)
        }
    }

    /// The name inside the collection.
    public static let name = "postgresql_set"

    /// The entry before and after is in the reply when the task asks for it.
    public static let hasDiff = true

    /// What a person reads.
    public static let manual = Manual(
        summary: "Change a parameter of the PostgreSQL server (older form)",
        description: [
            "Does the same as `postgresql_alter_system`, in the form that older playbooks have. It stays for good; new "
                + "playbooks use `postgresql_alter_system`."
        ],
        differences: [
            "Values are compared with their units, also those that wait for a restart: `1GB` after `1024MB` is unchanged.",
            "`value: default` and `reset: true` do nothing when `postgresql.auto.conf` has no entry, as far as the role may "
                + "read the file.",
            "`value` is returned for parameters that need a restart too.",
            "What `postgresql_alter_system` does differently from its model holds here too.",
        ],
        notes: ["One connection; two statements when nothing changes."],
        seeAlso: ["postgresql_alter_system", "postgresql_info"],
        examples: [
            ManualExample("Memory of a sort", ["name": "work_mem", "value": "32MB"]),
            ManualExample("Back to what postgresql.conf says", ["name": "work_mem", "reset": true]),
        ],
        returns: [
            ManualReturn("name", type: "str", sample: "work_mem", doc: "Name of the parameter."),
            ManualReturn("context", type: "str", sample: "user", doc: "Who may change it, and when."),
            ManualReturn(
                "prev_val_pretty", type: "str", sample: "4MB",
                doc: "Value in effect before, as `SHOW` writes it."),
            ManualReturn(
                "value_pretty", type: "str", sample: "32MB",
                doc: "Value in effect afterwards, or the given one where it is not in effect yet."),
            ManualReturn(
                "value", type: "dict", sample: ["value": 33_554_432, "unit": "b"],
                doc: "Value in effect, memory in kB or MB as bytes; in check mode the present one."),
            ManualReturn(
                "restart_required", type: "bool", sample: false,
                doc: "Whether the parameter changes at a start only."),
            ManualReturn(
                "queries", type: "list", sample: ["ALTER SYSTEM SET work_mem = '32MB'"],
                doc: "Statements that were executed, or would be in check mode, without the reload."),
        ])

    /// Writes the parameter where needed.
    public static func run(_ arguments: Arguments, in context: ModuleContext) throws(ModuleFailure) -> Reply {
        let goal = try goal(arguments)
        try arguments.connection.requireTrusted([arguments.parameter, arguments.value])
        let session = try arguments.connection.session(
            database: arguments.database, module: name, in: context)
        defer { session.close() }
        let task = ServerSettingTask(
            session: session, name: arguments.parameter, goal: goal,
            wording: ServerSettingTask.Wording(
                unknown: { "No such parameter: \($0)" }, removesEntry: "value: default or reset: true"))
        let outcome = try task.perform(checkMode: context.checkMode)
        let queries = outcome.statements.filter { $0 != ServerSettingTask.reload }
        var warnings = outcome.warnings
        if outcome.before.needsRestart, !queries.isEmpty {
            warnings.append("Restart of PostgreSQL is required for setting \(outcome.before.name)")
        }
        return Reply(
            changed: !queries.isEmpty,
            facts: [
                "name": .string(arguments.parameter), "context": .string(outcome.before.context),
                "prev_val_pretty": .string(pretty(outcome.before, session)),
                "value_pretty": .string(prettyAfter(outcome, goal, context, session)),
                "value": rawValue(outcome.after),
                "restart_required": .bool(
                    outcome.before.needsRestart && !(arguments.reset && queries.isEmpty)),
                "queries": .strings(queries.map { $0.shown(for: session.dialect) }),
            ], warnings: warnings, diff: context.diffMode ? diff(outcome, goal) : nil)
    }

    /// The entry in `postgresql.auto.conf`, null where there is none: the same in check mode as in a real run.
    private static func diff(_ outcome: ServerSettingTask.Outcome, _ goal: ServerSettingTask.Goal)
        -> Reply.Diff
    {
        let setting = outcome.before
        let before: JSONValue =
            switch setting.file {
            case .present(let value, isAutomatic: true): .string(value)
            case .present, .absent: .null
            case .hidden: .string(setting.shown)
            }
        let after: JSONValue =
            switch goal {
            case .value(let text): .string(text)
            case .noEntry: .null
            }
        return Reply.Diff(
            before: [setting.name: before], after: [setting.name: outcome.statements.isEmpty ? before : after]
        )
    }

    private static func goal(_ arguments: Arguments) throws(ModuleFailure) -> ServerSettingTask.Goal {
        switch (arguments.value, arguments.reset) {
        case (.some, true):
            throw .impossible(
                "\(arguments.parameter): value and reset params are mutually exclusive",
                hint: "which of the two is meant?")
        case (nil, false):
            throw .impossible(
                "\(arguments.parameter): at least one of value or reset param must be specified",
                hint: "which value is wanted?")
        case (nil, true): return .noEntry(statement: .reset, always: false)
        case ("default", false): return .noEntry(statement: .setDefault, always: false)
        case (.some(let value), false): return .value(withServerUnit(value))
        }
    }

    /// The module always took `12mb` and `2048b`, which the server does not.
    private static func withServerUnit(_ text: String) -> String {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        let units = ["b": "B", "kb": "kB", "mb": "MB", "gb": "GB", "tb": "TB"]
        guard !digits.isEmpty, let unit = units[text.dropFirst(digits.count).lowercased()] else {
            return text
        }
        return digits + unit
    }

    private static func pretty(_ setting: ServerSetting, _ session: any SQLSession) -> String {
        SettingLists.holdsNames(setting.name, serverVersion: session.serverVersion)
            ? SettingLists.elements(of: setting.shown).map(\.name).joined(separator: ", ") : setting.shown
    }

    private static func prettyAfter(
        _ outcome: ServerSettingTask.Outcome, _ goal: ServerSettingTask.Goal, _ context: ModuleContext,
        _ session: any SQLSession
    ) -> String {
        let isInEffect = !context.checkMode && !outcome.before.needsRestart
        guard case .value(let text) = goal, !outcome.statements.isEmpty, !isInEffect else {
            return pretty(outcome.after, session)
        }
        return text
    }

    /// Memory in bytes, everything else as the server has it.
    private static func rawValue(_ setting: ServerSetting) -> JSONValue {
        let factor: Int64? = ["kB": 1 << 10, "MB": 1 << 20][setting.unit ?? ""]
        if let factor, let number = Int64(setting.setting) {
            return ["value": .int(number > 0 ? number * factor : number), "unit": "b"]
        }
        return ["value": .string(setting.setting), "unit": .optional(setting.unit)]
    }
}
