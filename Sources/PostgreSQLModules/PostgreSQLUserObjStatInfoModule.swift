import ModuleKit
import SQLClient

/// `postgresql_user_obj_stat_info`: what the statistics collector knows of the user's tables, indexes and functions.
public enum PostgreSQLUserObjStatInfoModule: Module {
    /// The options.
    public struct Arguments: ModuleArguments {
        let filter: [String]
        let schema: String?
        let database: String?
        let connection: PostgreSQLConnectionArguments

        /// Declares and reads the options.
        public init(form: inout ArgumentForm) {
            filter = form.defaulted(
                "filter", to: [], doc: "Kinds to read: `tables`, `indexes`, `functions`. Empty means all.")
            schema = form.optional("schema", doc: "Only objects of this schema.")
            database = form.optional(
                "login_db", aliases: ["db"], doc: "Database whose objects are read.")
            connection = PostgreSQLConnectionArguments(form: &form)
        }
    }

    /// A kind of objects: the view with their statistics, and what names them in it.
    private enum Kind: String, CaseIterable {
        case tables, indexes, functions

        var view: SQLStatement {
            switch self {
            case .tables: "pg_catalog.pg_stat_user_tables"
            case .indexes: "pg_catalog.pg_stat_user_indexes"
            case .functions: "pg_catalog.pg_stat_user_functions"
            }
        }

        var nameColumn: String {
            switch self {
            case .tables: "relname"
            case .indexes: "indexrelname"
            case .functions: "funcname"
            }
        }

        /// Columns besides the view's own. A relation that was dropped meanwhile has no size.
        var extraColumns: SQLStatement {
            switch self {
            case .tables:
                """
                ,
                       pg_catalog.pg_relation_size(v.relid) AS size,
                       pg_catalog.pg_total_relation_size(v.relid) AS total_size
                """
            case .indexes:
                """
                ,
                       pg_catalog.pg_relation_size(v.indexrelid) AS size
                """
            case .functions:
                """
                ,
                       pg_catalog.pg_get_function_identity_arguments(v.funcid) AS identity_arguments
                """
            }
        }

        /// Columns that are keys of the reply, or make them.
        var hiddenColumns: Set<String> { ["schemaname", nameColumn, argumentsColumn] }
    }

    /// The argument types of a function.
    private static let argumentsColumn = "identity_arguments"

    /// The name inside the collection.
    public static let name = "postgresql_user_obj_stat_info"

    /// What a person reads.
    public static let manual = Manual(
        summary: "Gather statistics about tables, indexes and functions",
        description: [
            "Reads the cumulative statistics of one database's user objects, with their sizes, and changes nothing. Each kind "
                + "is one statement, whatever the number of objects."
        ],
        differences: [
            "Sizes are read by object identifier, so that names with capitals, dots or spaces have theirs too.",
            "Functions with the same name and other arguments are told apart by their argument types in parentheses.",
        ],
        notes: ["Statistics of functions are there only while the setting `track_functions` says so."],
        seeAlso: ["postgresql_info", "postgresql_query"],
        examples: [
            ManualExample("All kinds", ["login_db": "mairie"]),
            ManualExample(
                "Tables of the appointments",
                ["login_db": "mairie", "schema": "rdv", "filter": ["tables"]]),
        ],
        returns: [
            ManualReturn(
                "tables", type: "dict",
                sample: ["rdv": ["rendez_vous": ["seq_scan": 12, "n_live_tup": 48_000, "size": 7_340_032]]],
                doc:
                    "By schema and name: the columns of `pg_stat_user_tables`, `size` and `total_size` in bytes."
            ),
            ManualReturn(
                "indexes", type: "dict",
                sample: ["rdv": ["rendez_vous_pkey": ["idx_scan": 900, "size": 1_064_960]]],
                doc: "By schema and name: the columns of `pg_stat_user_indexes`, and `size` in bytes."),
            ManualReturn(
                "functions", type: "dict",
                sample: ["rdv": ["reserver": ["calls": 3, "total_time": 1.5, "self_time": 1.5]]],
                doc: "By schema and name: the columns of `pg_stat_user_functions`."),
        ])

    /// Reads the chosen kinds.
    public static func run(_ arguments: Arguments, in context: ModuleContext) throws(ModuleFailure) -> Reply {
        try arguments.connection.requireTrusted([])
        let wanted = arguments.filter.map(\.withoutOuterSpaces)
        let unknown = wanted.filter { Kind(rawValue: $0) == nil }
        let session = try arguments.connection.session(
            database: arguments.database, module: name, in: context)
        defer { session.close() }
        let schema = arguments.schema.flatMap { $0.isEmpty ? nil : $0 }
        if let schema { try require(schema, session) }
        var reply = Reply(
            changed: false,
            warnings: arguments.connection.warnings(database: arguments.database)
                + unknown.map { "Unknown filter option '\($0)'" })
        for kind in Kind.allCases {
            let isWanted = wanted.isEmpty || wanted.contains(kind.rawValue)
            reply.facts[kind.rawValue] = isWanted ? try statistics(kind, schema, session) : [:]
        }
        return reply
    }

    private static func require(_ schema: String, _ session: any SQLSession) throws(ModuleFailure) {
        let rows = try session.observedRecords(
            "SELECT 1 AS one FROM pg_catalog.pg_namespace WHERE nspname = \(value: .text(schema))")
        guard rows.isEmpty else { return }
        throw .impossible(
            "Schema '\(schema)' does not exist", hint: "is it in the database \(session.database)?")
    }

    /// The name of an object as the reply has it.
    private struct Key: Hashable {
        let schema: String
        let name: String
    }

    private static func statistics(
        _ kind: Kind, _ schema: String?, _ session: any SQLSession
    ) throws(ModuleFailure) -> JSONValue {
        let condition: SQLStatement = schema.map { "WHERE v.schemaname = \(value: .text($0))" } ?? ""
        // Every column that the server's version has is part of the reply, so that none is named.
        let result = try session.observedResult(
            """
            SELECT v.*\(statement: kind.extraColumns)
              FROM \(statement: kind.view) AS v
              \(statement: condition)
             ORDER BY 1
            """)
        let records = result.records
        let keys = records.map {
            Key(schema: $0.text("schemaname") ?? "", name: $0.text(kind.nameColumn) ?? "")
        }
        let counts = Dictionary(keys.map { ($0, 1) }, uniquingKeysWith: +)
        var schemas: [String: [String: JSONValue]] = [:]
        for (record, key) in zip(records, keys) {
            var members: [String: JSONValue] = [:]
            for column in result.columns where !kind.hiddenColumns.contains(column) {
                members[column] = JSONValue(record[column])
            }
            // Only functions can share a name.
            let isShared = kind == .functions && counts[key, default: 1] > 1
            let name = isShared ? "\(key.name)(\(record.text(argumentsColumn) ?? ""))" : key.name
            schemas[key.schema, default: [:]][name] = .object(members)
        }
        return .object(schemas.mapValues(JSONValue.object))
    }
}
