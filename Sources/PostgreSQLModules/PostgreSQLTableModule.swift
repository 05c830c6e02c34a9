import ModuleKit
import SQLClient

/// `postgresql_table`: a table, its columns, owner, tablespace and storage parameters.
public struct PostgreSQLTableModule: ConvergentModule {
    /// The options.
    public typealias Arguments = PostgreSQLTableArguments

    /// A table as far as this module manages it.
    public struct State: Equatable {
        var table: Table?
        /// Columns of the task that the table lacks.
        var missingColumns: [String] = []
        /// Role that a new table belongs to.
        var creator = ""

        struct Table: Equatable {
            /// Under its new name.
            var isRenamed = false
            var owner: String
            var tablespace: String
            var storageParameters: [String]
            /// Whether it has any row; read only for a task that empties it.
            var hasRows = false
        }
    }

    /// The name inside the collection.
    public static let name = "postgresql_table"

    /// What a person reads.
    public static let manual = Manual(
        summary: "Create, change or drop a PostgreSQL table",
        description: [
            "Brings a table into the wanted state: existence, owner, tablespace and storage parameters; also empties or renames "
                + "it.",
            "The columns of an existing table are compared with those of the task by name and type. What differs is a failure "
                + "that says so; missing columns are added when the task asks for it. No column is ever dropped or converted.",
        ],
        differences: [
            "Columns of an existing table are compared instead of ignored; see `add_columns`.",
            "`truncate` is a change only when there are rows.",
            "`like` with a table that exists is no failure.",
            "A name without schema is looked for along the search path, as the server does.",
            "`queries` and `diff` are the same in check mode as in a real run, and check mode only reads.",
        ],
        seeAlso: ["postgresql_idx", "postgresql_owner", "postgresql_tablespace"],
        examples: [
            ManualExample(
                "Table of the opening hours",
                [
                    "name": "referentiel.horaire", "owner": "own_referentiel", "login_db": "mairie",
                    "columns": [
                        "service_id bigint NOT NULL REFERENCES referentiel.service", "jour smallint NOT NULL",
                        "ouvre time NOT NULL", "ferme time NOT NULL", "PRIMARY KEY (service_id, jour, ouvre)",
                    ],
                ]),
            ManualExample(
                "A column more",
                [
                    "name": "referentiel.horaire", "columns": ["commentaire text"], "add_columns": true,
                    "login_db": "mairie",
                ]),
            ManualExample(
                "Empty the staging table before an import",
                ["name": "import.voie", "truncate": true, "login_db": "mairie"]),
        ],
        returns: [
            ManualReturn("table", type: "str", sample: "referentiel.horaire", doc: "Name of the table."),
            ManualReturn(
                "state", type: "str", sample: "present",
                doc: "Whether it exists; in check mode, as it is now."),
            ManualReturn("owner", type: "str", sample: "own_referentiel", doc: "Its owner."),
            ManualReturn(
                "tablespace", type: "str", sample: "", doc: "Its tablespace; empty for the default."),
            ManualReturn(
                "storage_params", type: "list", sample: ["fillfactor=90"], doc: "Its storage parameters."),
            ManualReturn(
                "queries", type: "list", sample: ["CREATE TABLE \"referentiel\".\"horaire\" (jour smallint)"],
                doc: "Statements that were executed, or would be in check mode."),
        ])

    private let arguments: Arguments
    private let isCheck: Bool
    private let table: SQLIdentifier
    private let columns: [ColumnDefinition]

    /// An instance for one task.
    public init(arguments: Arguments, context: ModuleContext) throws(ModuleFailure) {
        try arguments.connection.requireTrusted(
            [
                arguments.name, arguments.tablespace, arguments.owner, arguments.like, arguments.including,
                arguments.newName,
            ] + arguments.storageParameters + (arguments.columns ?? []))
        try arguments.check()
        table = try PostgreSQLObjectName.identifier(arguments.name, as: .table)
        columns = (arguments.columns ?? []).compactMap(ColumnDefinition.init)
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

    private var tableName: String { table.parts[table.parts.count - 1] }
    private var schema: String? { table.parts.count > 1 ? table.parts[table.parts.count - 2] : nil }

    /// Reads the table, or the one that an earlier run renamed; compares its columns.
    public func observe(_ session: any SQLSession) throws(ModuleFailure) -> State {
        let names = [tableName, arguments.newName ?? tableName].map(SQLValue.text)
        let place: SQLStatement =
            schema.map { "n.nspname = \(value: .text($0))" } ?? "pg_catalog.pg_table_is_visible(c.oid)"
        let rows = try session.observedRecords(
            """
            SELECT c.relname AS name, pg_catalog.pg_get_userbyid(c.relowner) AS owner,
                   coalesce(t.spcname, '') AS tablespace, c.reloptions,
                   ARRAY(SELECT a.attname::text
                           FROM pg_catalog.pg_attribute AS a
                          WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
                          ORDER BY a.attnum) AS column_names,
                   ARRAY(SELECT pg_catalog.format_type(a.atttypid, a.atttypmod)
                           FROM pg_catalog.pg_attribute AS a
                          WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
                          ORDER BY a.attnum) AS column_types,
                   ARRAY(SELECT coalesce(pg_catalog.to_regtype(w.name)::text, '')
                           FROM pg_catalog.unnest(\(value: .array(columns.map { .text($0.baseType) }))::text[])
                                    WITH ORDINALITY AS w (name, position)
                          ORDER BY w.position) AS wanted_types
              FROM pg_catalog.pg_class AS c
              JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
              LEFT JOIN pg_catalog.pg_tablespace AS t ON t.oid = c.reltablespace
             WHERE c.relkind IN ('r', 'p')
               AND c.relname = ANY (\(value: .array(names))::name[])
               AND \(statement: place)
             ORDER BY c.relname = \(value: .text(tableName)) DESC
            """)
        guard let row = rows.first else {
            let roles = try session.observedRecords("SELECT current_user::text AS name")
            return State(table: nil, creator: roles.first?.text("name") ?? "")
        }
        var state = State(
            table: State.Table(
                isRenamed: row.text("name") != tableName, owner: row.text("owner") ?? "",
                tablespace: row.text("tablespace") ?? "", storageParameters: row.texts("reloptions")))
        if rows.count > 1 {
            throw .impossible(
                "table \"\(arguments.newName ?? "")\" already exists", hint: "is one of the two a leftover?")
        }
        if arguments.state == .present { state.missingColumns = try missingColumns(row) }
        if arguments.truncate {
            state.table?.hasRows =
                try session.observedRecords(
                    "SELECT EXISTS (SELECT 1 FROM \(identifier: table)) AS has_rows"
                ).first?.bool("has_rows") ?? false
        }
        return state
    }

    /// Columns that are not there.
    ///
    /// - Throws: `ModuleFailure.impossible` for columns of another type.
    private func missingColumns(_ row: SQLRecord) throws(ModuleFailure) -> [String] {
        let found = Dictionary(
            zip(row.texts("column_names"), row.texts("column_types")), uniquingKeysWith: { first, _ in first }
        )
        var missing: [String] = []
        var differences: [String] = []
        for (column, wanted) in zip(columns, row.texts("wanted_types")) {
            guard let type = found[column.name] else {
                missing.append(column.text)
                continue
            }
            let base = Self.withoutModifier(type)
            // A type that the server does not know by this name is not compared.
            guard !wanted.isEmpty else { continue }
            let hasOtherModifier =
                !column.modifier.isEmpty && ColumnDefinition.modifier(of: type) != column.modifier
            if base != wanted || hasOtherModifier {
                differences.append("column \(column.name) is \(type), not \(wanted)\(column.modifier)")
            }
        }
        guard differences.isEmpty else {
            throw .impossible(
                "table \(arguments.name) exists with other columns: " + differences.joined(separator: ", "),
                hint: "a migration has to convert them: no module does that without being told how")
        }
        guard missing.isEmpty || arguments.addColumns else {
            throw .impossible(
                "table \(arguments.name) exists without columns: " + missing.joined(separator: ", "),
                hint: "shall they be added (add_columns: true)?")
        }
        return missing
    }

    private static func withoutModifier(_ type: String) -> String {
        guard let open = type.firstIndex(of: "("), let close = type[open...].firstIndex(of: ")") else {
            return type
        }
        return String(type[..<open] + type[type.index(after: close)...])
    }

    /// The state that the task asks for.
    public func wanted(given state: State) throws(ModuleFailure) -> State {
        guard arguments.state == .present else { return State(table: nil) }
        guard var table = state.table else {
            if arguments.newName != nil || arguments.truncate {
                throw .impossible(
                    "table \"\(arguments.name)\" does not exist", hint: "is it in this database and schema?")
            }
            return State(
                table: State.Table(
                    owner: arguments.owner ?? state.creator, tablespace: arguments.tablespace ?? "",
                    storageParameters: arguments.storageParameters))
        }
        if arguments.newName != nil { table.isRenamed = true }
        if arguments.truncate { table.hasRows = false }
        if let owner = arguments.owner, !owner.isEmpty { table.owner = owner }
        if let tablespace = arguments.tablespace, !tablespace.isEmpty {
            table.tablespace = tablespace == "pg_default" && table.tablespace.isEmpty ? "" : tablespace
        }
        let options = StorageOptions.parsed(table.storageParameters)
        for (name, value) in StorageOptions.parsed(parameters) where options[name] != value {
            table.storageParameters.removeAll { $0.hasPrefix("\(name)=") }
            table.storageParameters.append("\(name)=\(value)")
        }
        return State(table: table)
    }

    private var parameters: [String] {
        arguments.storageParameters.map { $0.filter { !$0.isWhitespace } }
    }

    /// The changes that lead from one state to the other.
    public func changes(
        from state: State, to wanted: State, on server: ServerFacts
    ) throws(ModuleFailure) -> [Change] {
        switch (state.table, wanted.table) {
        case (nil, nil): return []
        case (.some, nil):
            let cascade: SQLStatement = arguments.cascade ? " CASCADE" : ""
            return [Change("DROP TABLE \(identifier: table)\(statement: cascade)")]
        case (nil, .some):
            let create = Change(try creation())
            guard let owner = arguments.owner, !owner.isEmpty else { return [create] }
            return [create, alter("OWNER TO \(identifier: owner)")]
        case (let old?, let new?): return alterations(from: old, to: new, state.missingColumns)
        }
    }

    private func creation() throws(ModuleFailure) -> SQLStatement {
        var words: [SQLStatement] = [
            arguments.isUnlogged ? "CREATE UNLOGGED TABLE" : "CREATE TABLE", "\(identifier: table)",
        ]
        if let like = arguments.like {
            let source = try PostgreSQLObjectName.identifier(like, as: .table)
            var body: [SQLStatement] = ["LIKE \(identifier: source)"]
            for word in (arguments.including ?? "").split(separator: ",") {
                body.append(
                    "INCLUDING \(statement: try StorageOptions.name(word.lowercased().filter { $0 != " " }))")
            }
            words.append("(\(statement: body.joined(separator: " ")))")
        } else {
            words.append("(\(userText: (arguments.columns ?? []).joined(separator: ",")))")
        }
        if !arguments.storageParameters.isEmpty {
            words.append("WITH (\(userText: arguments.storageParameters.joined(separator: ",")))")
        }
        if let tablespace = arguments.tablespace, !tablespace.isEmpty {
            words.append("TABLESPACE \(identifier: tablespace)")
        }
        return words.joined(separator: " ")
    }

    private func alter(_ what: SQLStatement) -> Change {
        Change("ALTER TABLE \(identifier: table) \(statement: what)")
    }

    private func alterations(
        from old: State.Table, to new: State.Table, _ missingColumns: [String]
    ) -> [Change] {
        var changes: [Change] = []
        if old.hasRows, !new.hasRows { changes.append(Change("TRUNCATE TABLE \(identifier: table)")) }
        if old.tablespace != new.tablespace {
            changes.append(alter("SET TABLESPACE \(identifier: new.tablespace)"))
        }
        if old.owner != new.owner { changes.append(alter("OWNER TO \(identifier: new.owner)")) }
        let parameters = new.storageParameters.filter { !old.storageParameters.contains($0) }
        if !parameters.isEmpty {
            changes.append(alter("SET (\(userText: parameters.joined(separator: ",")))"))
        }
        changes += missingColumns.map { alter("ADD COLUMN \(userText: $0)") }
        if !old.isRenamed, new.isRenamed, let name = arguments.newName {
            changes.append(alter("RENAME TO \(identifier: name)"))
        }
        return changes
    }

    /// A state as a document for `diff`.
    public func document(_ state: State) -> JSONValue {
        guard let table = state.table else { return ["state": "absent"] }
        var document: [String: JSONValue] = [
            "state": "present", "name": .string(table.isRenamed ? arguments.newName ?? "" : arguments.name),
            "owner": .string(table.owner), "tablespace": .string(table.tablespace),
            "storage_params": .strings(table.storageParameters),
        ]
        if !columns.isEmpty { document["missing_columns"] = .strings(state.missingColumns) }
        if arguments.truncate { document["has_rows"] = .bool(table.hasRows) }
        return .object(document)
    }

    /// Keys of the reply: in check mode the table as it is; a table that was dropped as it was.
    public func facts(
        before: State, after: State, changes: [Change], shown: [String]
    ) -> [String: JSONValue] {
        var facts: [String: JSONValue] = ["table": .string(arguments.name), "queries": .strings(shown)]
        let isPresent: Bool
        if isCheck {
            // The new name leads to no table yet.
            isPresent = before.table != nil && (arguments.newName == nil || before.table?.isRenamed == true)
        } else {
            isPresent = after.table != nil
        }
        let told = isCheck ? before.table : after.table ?? before.table
        facts["state"] = .string(isPresent ? "present" : told == nil && !isCheck ? "" : "absent")
        if let told {
            facts["owner"] = .string(told.owner)
            facts["tablespace"] = .string(told.tablespace)
            facts["storage_params"] = .strings(told.storageParameters)
        }
        return facts
    }

    /// Options without effect, and a database that nobody named.
    public func warnings(before: State) -> [String] {
        var warnings = arguments.connection.warnings(database: arguments.database)
        if arguments.state == .present, arguments.cascade {
            warnings.append("cascade=true is ignored when state=present")
        }
        return warnings
    }
}
