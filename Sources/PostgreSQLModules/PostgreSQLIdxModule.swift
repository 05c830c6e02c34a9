import ModuleKit
import SQLClient

/// `postgresql_idx`: an index, compared by its definition.
public struct PostgreSQLIdxModule: ConvergentModule {
    /// The options.
    public typealias Arguments = PostgreSQLIdxArguments

    /// An index as far as this module manages it.
    public struct State: Equatable {
        var index: Index?
        /// Whether the task leads to a new index although one is there.
        var isRebuilt = false

        struct Index: Equatable {
            var table: String
            var tablespace: String
            var method: String
            var isUnique: Bool
            var isValid: Bool
            var isPartial: Bool
            /// Key columns and expressions, as the server writes them.
            var keys: [String]
            var storageParameters: [String]
        }
    }

    /// The name inside the collection.
    public static let name = "postgresql_idx"

    /// What a person reads.
    public static let manual = Manual(
        summary: "Create, rebuild or drop a PostgreSQL index",
        description: [
            "Brings an index into the wanted state, without locking its table against writing unless the task says so.",
            "The definition of an existing index is compared: table, method, uniqueness, columns by their names, whether it is "
                + "partial, tablespace and storage parameters, each as far as the task names it.",
        ],
        differences: [
            "An existing index with another definition is a failure with what differs, instead of being taken for the wanted "
                + "one; with `rebuild` it is replaced.",
            "An invalid index, which a failed concurrent build leaves behind, is built anew with `rebuild`.",
        ],
        notes: [
            "`query` is empty in check mode, as playbooks of the module it is compatible with expect; `diff` tells all the same.",
            "Expressions and conditions are not compared by their text: the server writes them in its own way.",
        ],
        seeAlso: ["postgresql_table", "postgresql_tablespace"],
        examples: [
            ManualExample(
                "Appointments by day, while people go on booking",
                [
                    "name": "rendez_vous_debut_idx", "table": "rendez_vous", "schema": "rdv",
                    "columns": ["debut"], "login_db": "mairie",
                ]),
            ManualExample(
                "Open requests only",
                [
                    "name": "demande_ouverte_idx", "table": "demande", "schema": "demande",
                    "columns": ["service_id", "deposee_le DESC"], "cond": "close_le IS NULL",
                    "login_db": "mairie", "rebuild": true,
                ]),
            ManualExample(
                "Drop an index",
                ["name": "demande_ouverte_idx", "schema": "demande", "state": "absent", "login_db": "mairie"]),
        ],
        returns: [
            ManualReturn("name", type: "str", sample: "rendez_vous_debut_idx", doc: "Name of the index."),
            ManualReturn("state", type: "str", sample: "present", doc: "Whether the index exists."),
            ManualReturn("schema", type: "str", sample: "rdv", doc: "Its schema."),
            ManualReturn("tblname", type: "str", sample: "rendez_vous", doc: "Its table."),
            ManualReturn(
                "tblspace", type: "str", sample: "ssd", doc: "Its tablespace; empty for the default."),
            ManualReturn("valid", type: "bool", sample: true, doc: "Whether it can be used."),
            ManualReturn(
                "storage_params", type: "list", sample: ["fillfactor=90"], doc: "Its storage parameters."),
            ManualReturn(
                "query", type: "str", sample: "DROP INDEX CONCURRENTLY \"rdv\".\"rendez_vous_debut_idx\"",
                doc: "Statement that was executed; several are separated by semicolons."),
        ])

    private let arguments: Arguments
    private let isCheck: Bool

    /// An instance for one task.
    public init(arguments: Arguments, context: ModuleContext) throws(ModuleFailure) {
        try arguments.connection.requireTrusted(
            [arguments.name, arguments.schema, arguments.table, arguments.tablespace, arguments.condition]
                + arguments.columns + arguments.storageParameters)
        try arguments.check()
        self.arguments = arguments
        isCheck = context.checkMode
    }

    /// The parameters of the connection.
    public func connection() throws(ModuleFailure) -> [SQLConnectionParameter] {
        arguments.connection.parameters(database: arguments.database, module: Self.name)
    }

    /// Switches to the session role.
    public func prepare(_ session: any SQLSession) throws(ModuleFailure) {
        try arguments.connection.prepare(session)
    }

    /// Reads the index.
    public func observe(_ session: any SQLSession) throws(ModuleFailure) -> State {
        let rows = try session.observedRecords(
            """
            SELECT t.relname AS table_name, m.amname AS method, coalesce(s.spcname, '') AS tablespace,
                   x.indisunique, x.indisvalid, x.indpred IS NOT NULL AS is_partial, c.reloptions,
                   ARRAY(SELECT pg_catalog.pg_get_indexdef(x.indexrelid, k, false)
                           FROM pg_catalog.generate_series(1, x.indnkeyatts) AS k
                          ORDER BY k) AS keys
              FROM pg_catalog.pg_class AS c
              JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
              JOIN pg_catalog.pg_index AS x ON x.indexrelid = c.oid
              JOIN pg_catalog.pg_class AS t ON t.oid = x.indrelid
              JOIN pg_catalog.pg_am AS m ON m.oid = c.relam
              LEFT JOIN pg_catalog.pg_tablespace AS s ON s.oid = c.reltablespace
             WHERE n.nspname = \(value: .text(arguments.schema))
               AND c.relname = \(value: .text(arguments.name))
            """)
        return State(
            index: rows.first.map { row in
                State.Index(
                    table: row.text("table_name") ?? "", tablespace: row.text("tablespace") ?? "",
                    method: row.text("method") ?? "", isUnique: row.bool("indisunique"),
                    isValid: row.bool("indisvalid"), isPartial: row.bool("is_partial"),
                    keys: row.texts("keys"), storageParameters: row.texts("reloptions"))
            })
    }

    /// The state that the task asks for.
    public func wanted(given state: State) throws(ModuleFailure) -> State {
        guard let current = state.index else {
            return arguments.state == .absent ? state : State(index: new)
        }
        guard arguments.state == .present else { return State(index: nil) }
        let differences = differences(from: current)
        if differences.isEmpty {
            guard !current.isValid, arguments.rebuild else { return state }
            var valid = current
            valid.isValid = true
            return State(index: valid)
        }
        guard arguments.rebuild else {
            throw .impossible(
                "index \(arguments.name) exists with another definition: "
                    + differences.joined(separator: ", "),
                hint: "shall it be dropped and created again (rebuild: true)?")
        }
        return State(index: new, isRebuilt: true)
    }

    private var new: State.Index {
        State.Index(
            table: arguments.table ?? "", tablespace: arguments.tablespace ?? "",
            method: (arguments.method ?? "btree").lowercased(), isUnique: arguments.isUnique, isValid: true,
            isPartial: arguments.condition?.isEmpty == false, keys: keys,
            storageParameters: arguments.storageParameters.map(Self.compact))
    }

    /// One text may hold several columns, when no expression with a comma is in it.
    private var keys: [String] {
        arguments.columns.flatMap { text in
            text.contains("(")
                ? [text] : text.split(separator: ",").map(String.init)
        }.map(Self.trimmed)
    }

    /// What the task names and the index has otherwise.
    private func differences(from current: State.Index) -> [String] {
        var differences: [String] = []
        func compare(_ what: String, _ wanted: String, _ found: String) {
            if wanted != found { differences.append("\(what) is \(found), not \(wanted)") }
        }
        compare("table", new.table, current.table)
        compare("method", new.method, current.method)
        if new.isUnique != current.isUnique {
            differences.append(current.isUnique ? "it is unique" : "it is not unique")
        }
        if new.isPartial != current.isPartial {
            differences.append(current.isPartial ? "it has a condition" : "it has no condition")
        }
        if new.keys.count != current.keys.count {
            compare("the number of columns", String(new.keys.count), String(current.keys.count))
        } else {
            for (wanted, found) in zip(new.keys, current.keys) {
                guard let name = Self.columnName(wanted) else { continue }
                compare("a column", name, Self.columnName(found) ?? found)
            }
        }
        if arguments.tablespace != nil { compare("tablespace", new.tablespace, current.tablespace) }
        for parameter in new.storageParameters where !current.storageParameters.contains(parameter) {
            differences.append("\(parameter) is not among its storage parameters")
        }
        return differences
    }

    /// The column that a key begins with; `nil` for an expression.
    private static func columnName(_ key: String) -> String? {
        if key.startsWithScalars("\"") {
            let rest = key.unicodeScalars.dropFirst()
            return rest.firstIndex(of: "\"").map { String(rest[..<$0]) }
        }
        let name = key.prefix { $0 != " " }
        return name.contains("(") || name.isEmpty ? nil : name.lowercased()
    }

    private static func trimmed(_ text: String) -> String {
        String(text.drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed())
    }

    private static func compact(_ text: String) -> String { text.filter { !$0.isWhitespace } }

    /// The changes that lead from one state to the other.
    public func changes(
        from state: State, to wanted: State, on server: ServerFacts
    ) throws(ModuleFailure) -> [Change] {
        switch (state.index, wanted.index) {
        case (nil, nil): return []
        case (nil, .some): return [create]
        case (.some, nil): return [drop]
        case (.some, .some) where wanted.isRebuilt: return [drop, create]
        case (let old?, let new?):
            guard old.isValid != new.isValid else { return [] }
            let mode: SQLStatement = arguments.isConcurrent ? " CONCURRENTLY" : ""
            return [change("REINDEX INDEX\(statement: mode) \(identifier: identifier)")]
        }
    }

    private var identifier: SQLIdentifier { SQLIdentifier(schema: arguments.schema, arguments.name) }

    /// What is done concurrently cannot be part of a transaction.
    private func change(_ statement: SQLStatement) -> Change {
        Change(statement, isTransactional: !arguments.isConcurrent)
    }

    private var drop: Change {
        let mode: SQLStatement = arguments.isConcurrent ? " CONCURRENTLY" : ""
        let cascade: SQLStatement = arguments.cascade ? " CASCADE" : ""
        return change("DROP INDEX\(statement: mode) \(identifier: identifier)\(statement: cascade)")
    }

    private var create: Change {
        var words: [SQLStatement] = [arguments.isUnique ? "CREATE UNIQUE INDEX" : "CREATE INDEX"]
        if arguments.isConcurrent { words.append("CONCURRENTLY") }
        let table = SQLIdentifier(schema: arguments.schema, arguments.table ?? "")
        words.append("\(identifier: arguments.name) ON \(identifier: table)")
        words.append(
            "USING \(userText: arguments.method ?? "BTREE") (\(userText: arguments.columns.joined(separator: ",")))"
        )
        if !arguments.storageParameters.isEmpty {
            words.append("WITH (\(userText: arguments.storageParameters.joined(separator: ",")))")
        }
        if let tablespace = arguments.tablespace, !tablespace.isEmpty {
            words.append("TABLESPACE \(identifier: tablespace)")
        }
        if let condition = arguments.condition, !condition.isEmpty {
            words.append("WHERE \(userText: condition)")
        }
        return change(words.joined(separator: " "))
    }

    /// A state as a document for `diff`.
    public func document(_ state: State) -> JSONValue {
        guard let index = state.index else { return ["state": "absent"] }
        return [
            "state": "present", "table": .string(index.table), "method": .string(index.method),
            "unique": .bool(index.isUnique), "valid": .bool(index.isValid), "columns": .strings(index.keys),
            "tablespace": .string(index.tablespace), "storage_params": .strings(index.storageParameters),
        ]
    }

    /// Keys of the reply: in check mode the index as it is.
    public func facts(
        before: State, after: State, changes: [Change], shown: [String]
    ) -> [String: JSONValue] {
        let told = isCheck ? before.index : after.index ?? before.index
        let isPresent = (isCheck ? before : after).index != nil
        return [
            "name": .string(arguments.name), "state": .string(isPresent ? "present" : "absent"),
            "schema": .string(told == nil ? "" : arguments.schema), "tblname": .string(told?.table ?? ""),
            "tblspace": .string(told?.tablespace ?? ""), "valid": .bool(told?.isValid ?? true),
            "storage_params": .strings(told?.storageParameters ?? []),
            "query": .string(isCheck ? "" : shown.joined(separator: "; ")),
        ]
    }

    /// An index that cannot be used, and a database that nobody named.
    public func warnings(before: State) -> [String] {
        var warnings = arguments.connection.warnings(database: arguments.database)
        if let index = before.index, !index.isValid, arguments.state == .present, !arguments.rebuild {
            warnings.append("Index \(arguments.name) is invalid! rebuild: true builds it anew")
        }
        return warnings
    }
}
