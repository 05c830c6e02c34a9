import ModuleKit
import SQLClient

/// `postgresql_alter_system`: a parameter of the server in `postgresql.auto.conf`.
///
/// Not a `ConvergentModule`: a reload reaches the session with a delay, and `_RESET` counts as a change each time.
public struct PostgreSQLAlterSystemModule: Module {
    /// The options.
    public struct Arguments: ModuleArguments {
        let parameter: String
        let value: String
        let database: String?
        let connection: PostgreSQLConnectionArguments

        /// Declares and reads the options.
        public init(form: inout ArgumentForm) {
            parameter = form.required("param", doc: "Name of the parameter.")
            value = form.required(
                "value",
                doc:
                    "Value, with or without a unit (`64MB`, `30s`). `_RESET` removes the entry from `postgresql.auto.conf`."
            )
            database = form.optional(
                "login_db", aliases: ["db"],
                doc: "Database to connect to; the parameter is the whole server's.")
            connection = PostgreSQLConnectionArguments(form: &form)
        }
    }

    /// The name inside the collection.
    public static let name = "postgresql_alter_system"

    /// Both states are in each reply.
    public static let hasDiff = true

    /// The value that removes an entry.
    private static let resetWord = "_RESET"

    /// What a person reads.
    public static let manual = Manual(
        summary: "Change a parameter of the PostgreSQL server",
        description: [
            "Writes the parameter with `ALTER SYSTEM` and lets the server read its configuration again. A parameter that "
                + "only changes at a start is written all the same; `restart_required` says so.",
            "The value is compared as the server reads it: `1GB`, `1024MB` and a number in the parameter's own unit are "
                + "equal, and so are `on`, `true` and `yes`.",
            "A value that the server would refuse is refused before anything is done, in check mode too: an unknown word, "
                + "a wrong unit, a number out of range, a list with an empty name, a library that the host does not have.",
        ],
        differences: [
            "A value that is written and only waits for a restart is unchanged instead of being written at each run.",
            "The value is compared with the configuration files where the role may read them: one set for the login role "
                + "or the database does not hide the server's.",
            "Only lists of names are split at their commas; other texts may hold commas.",
            "A parameter on the server's command line, which `ALTER SYSTEM` does not overrule, fails instead of reporting "
                + "a change each time.",
            "When the configuration files have an error that keeps the server from loading them, the task fails and names "
                + "file and line.",
            "The name may be written in any case. PostgreSQL 13 works too, without a warning.",
        ],
        notes: [
            "`_RESET` counts as a change at each run, as in community.postgresql: the statement is sent each time.",
            "One connection; two statements when nothing changes.",
        ],
        seeAlso: ["postgresql_info", "postgresql_set"],
        examples: [
            ManualExample("Memory of a sort", ["param": "work_mem", "value": "64MB"]),
            ManualExample(
                "Libraries that the server loads at its start",
                ["param": "shared_preload_libraries", "value": "pg_stat_statements, auto_explain"]),
            ManualExample("Back to what postgresql.conf says", ["param": "work_mem", "value": "_RESET"]),
        ],
        returns: [
            ManualReturn(
                "attrs", type: "dict",
                sample: [
                    "boot_val": 4096, "context": "user", "enumvals": .null, "max_val": 2_147_483_647,
                    "min_val": 64, "unit": "kB", "vartype": "integer",
                ], doc: "What the server says about the parameter."),
            ManualReturn(
                "diff", type: "dict",
                sample: [
                    "before": ["setting": 4096, "pending_restart": false],
                    "after": ["setting": 65536, "pending_restart": false],
                ], doc: "Value in effect before and after; in check mode both are the present one."),
            ManualReturn(
                "executed_queries", type: "list",
                sample: ["ALTER SYSTEM SET work_mem = '64MB'", "SELECT pg_reload_conf()"],
                doc: "Statements that were executed, or would be in check mode."),
            ManualReturn(
                "restart_required", type: "bool", sample: false,
                doc: "Whether a written value waits for a restart."),
        ])

    /// Writes the parameter where needed.
    public static func run(_ arguments: Arguments, in context: ModuleContext) throws(ModuleFailure) -> Reply {
        try arguments.connection.requireTrusted([arguments.parameter, arguments.value])
        let session = try arguments.connection.session(
            database: arguments.database, module: name, in: context)
        defer { session.close() }
        let task = ServerSettingTask(
            session: session, name: arguments.parameter,
            goal: arguments.value == resetWord
                ? .noEntry(statement: .reset, always: true) : .value(arguments.value),
            wording: ServerSettingTask.Wording(
                unknown: { "Parameter \($0) does not exist" }, removesEntry: "value: _RESET"))
        let outcome = try task.perform(checkMode: context.checkMode)
        return Reply(
            changed: !outcome.statements.isEmpty,
            facts: [
                "attrs": attributes(outcome.before),
                "diff": ["before": document(outcome.before), "after": document(outcome.after)],
                "executed_queries": .strings(outcome.shown(for: session.dialect)),
                "restart_required": .bool(outcome.after.pendingRestart),
            ], warnings: outcome.warnings)
    }

    private static func attributes(_ setting: ServerSetting) -> JSONValue {
        [
            "boot_val": value(setting.bootValue, setting), "context": .string(setting.context),
            "enumvals": setting.choices.isEmpty ? .null : .strings(setting.choices),
            "max_val": setting.maximum.map { value($0, setting) } ?? .null,
            "min_val": setting.minimum.map { value($0, setting) } ?? .null,
            "unit": .optional(setting.unit), "vartype": .string(setting.kind.rawValue),
        ]
    }

    private static func document(_ setting: ServerSetting) -> JSONValue {
        [
            "setting": value(setting.setting, setting), "pending_restart": .bool(setting.pendingRestart),
        ]
    }

    /// A number as a number, as far as it is written with digits; `1.79769e+308` stays a text.
    private static func value(_ text: String, _ setting: ServerSetting) -> JSONValue {
        switch setting.kind {
        case .integer, .real:
            if let number = Int64(text) { return .int(number) }
            return text.contains(".") && !text.contains("e")
                ? Double(text).map(JSONValue.double) ?? .string(text)
                : .string(text)
        case .bool, .string, .choice: return .string(text)
        }
    }
}
