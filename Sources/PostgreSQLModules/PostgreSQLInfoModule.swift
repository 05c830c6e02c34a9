import ModuleKit
import SQLClient

/// `postgresql_info`: facts about a server, its roles, settings and databases.
public enum PostgreSQLInfoModule: Module {
    /// The options.
    public struct Arguments: ModuleArguments {
        let filter: [String]
        let database: String?
        let connection: PostgreSQLConnectionArguments

        /// Declares and reads the options.
        public init(form: inout ArgumentForm) {
            filter = form.defaulted(
                "filter", to: [],
                doc:
                    "Parts to read: `version`, `in_recovery`, `databases`, `tablespaces`, `roles`, `settings`, "
                    + "`pending_restart_settings`, `replications`, `repl_slots`. `*` and `?` are wildcards. A part with `!` "
                    + "before it is left out; such entries count only when no other part is named. Empty means all parts."
            )
            database = form.optional(
                "login_db", aliases: ["db"],
                doc: "Database to connect to first; `databases` connects to each of the others as well.")
            connection = PostgreSQLConnectionArguments(form: &form)
        }
    }

    /// The name inside the collection.
    public static let name = "postgresql_info"

    /// What a person reads.
    public static let manual = Manual(
        summary: "Gather facts about a PostgreSQL server",
        description: [
            "Reads facts about the server and its databases, and changes nothing. Every part is one statement; "
                + "`databases` adds one connection and one statement for each database.",
            "What the login role may not see is left out and told in a warning: a part whose catalog is closed is empty, and "
                + "a database that cannot be connected to has its reason under `error`.",
        ],
        differences: [
            "A login role without superuser rights gets `subscriptions` too, without the columns that are closed to it.",
            "Passwords in `subconninfo` and `primary_conninfo` are masked by the server, before they travel.",
            "A database that takes no connections, or none from the login role, is not tried; `error` says which.",
            "`pending_restart_settings` is a part that `filter` may name; it comes with `settings` as well.",
            "`val_in_bytes` is there for settings in bytes and in any block size too.",
            "An entry of `filter` that fits no part is told in a warning.",
        ],
        seeAlso: ["postgresql_ping", "postgresql_query"],
        examples: [
            ManualExample("Everything", ["login_db": "postgres"]),
            ManualExample(
                "What a change window needs to know",
                ["login_db": "postgres", "filter": ["ver*", "in_recovery", "pending_restart_settings"]]),
            ManualExample(
                "All but settings and databases",
                ["login_db": "postgres", "filter": ["!settings", "!databases"]]),
        ],
        returns: [
            ManualReturn(
                "version", type: "dict",
                sample: [
                    "major": 15, "minor": 18, "patch": .null, "full": "15.18", "raw": "PostgreSQL 15.18",
                ],
                doc: "The server's version."),
            ManualReturn(
                "in_recovery", type: "bool", sample: false, doc: "Whether the server is a standby."),
            ManualReturn(
                "databases", type: "dict",
                sample: ["mairie": ["owner": "own_mairie", "encoding": "UTF8", "size": "8127023"]],
                doc:
                    "By name: `owner`, `encoding`, `collate`, `ctype`, `access_priv`, `size` in bytes or `No Access`, "
                    + "`namespaces`, `languages`, `extensions`, `publications`, `subscriptions`, and `error` when the "
                    + "database could not be connected to. `template0` is left out."),
            ManualReturn(
                "tablespaces", type: "dict",
                sample: ["pg_default": ["spcowner": "postgres", "spcacl": "", "spcoptions": []]],
                doc: "By name: `spcowner`, `spcacl`, `spcoptions`."),
            ManualReturn(
                "roles", type: "dict",
                sample: [
                    "app_rdv": ["canlogin": true, "superuser": false, "valid_until": "", "member_of": []]
                ],
                doc:
                    "By name, without the predefined ones: `canlogin`, `superuser`, `valid_until`, `member_of`."
            ),
            ManualReturn(
                "settings", type: "dict",
                sample: [
                    "work_mem": [
                        "setting": "4096", "unit": "kB", "pretty_val": "4MB", "val_in_bytes": 4_194_304,
                    ]
                ],
                doc:
                    "By name: `setting`, `unit`, `pretty_val`, `context`, `vartype`, `boot_val`, `min_val`, `max_val`, "
                    + "`sourcefile`, `pending_restart`, and `val_in_bytes` for sizes."),
            ManualReturn(
                "pending_restart_settings", type: "list", sample: ["shared_buffers"],
                doc: "Settings that were changed and wait for a restart."),
            ManualReturn(
                "replications", type: "dict",
                sample: ["4711": ["usename": "replicator", "app_name": "walreceiver", "state": "streaming"]],
                doc:
                    "By process id: `usename`, `app_name`, `client_addr`, `client_hostname`, `backend_start`, `state`."
            ),
            ManualReturn(
                "repl_slots", type: "dict",
                sample: [
                    "standby1": ["slot_type": "physical", "active": true, "plugin": .null, "database": .null]
                ],
                doc: "By name: `plugin`, `slot_type`, `database`, `active`."),
        ])

    /// Reads the chosen parts.
    public static func run(_ arguments: Arguments, in context: ModuleContext) throws(ModuleFailure) -> Reply {
        try arguments.connection.requireTrusted([])
        let choice = PostgreSQLInfoPart.choice(arguments.filter)
        let session = try arguments.connection.session(
            database: arguments.database, module: name, in: context)
        defer { session.close() }
        var reply = Reply(changed: false, warnings: choice.warnings)
        for part in PostgreSQLInfoPart.allCases {
            var found = PostgreSQLInfoPart.Found(document: part.empty)
            if choice.parts.contains(part) {
                found = try openOrTold(part) { () throws(SQLFailure) in
                    guard let statement = part.statement else {
                        return try PostgreSQLInfoDatabases(
                            arguments: arguments.connection, context: context, first: session
                        ).found()
                    }
                    return try part.found(in: session.records(statement).first, context.host)
                }
            }
            reply.facts[part.rawValue] = found.document
            reply.warnings += found.warnings
        }
        return reply
    }

    /// A catalog that is closed to the login role leaves its part empty, and is told.
    private static func openOrTold(
        _ part: PostgreSQLInfoPart, read: () throws(SQLFailure) -> PostgreSQLInfoPart.Found
    ) throws(ModuleFailure) -> PostgreSQLInfoPart.Found {
        do throws(SQLFailure) {
            return try read()
        } catch {
            guard case .permissionDenied = error else { throw .database(error) }
            return .init(
                document: part.empty, warnings: ["\(part.rawValue) cannot be read: \(error.message)"])
        }
    }
}
