import ModuleKit
import SQLClient

/// `postgresql_sequence`: a sequence, its settings, owner, name and schema.
public struct PostgreSQLSequenceModule: ConvergentModule {
    /// The options.
    public typealias Arguments = PostgreSQLSequenceArguments

    /// A sequence as far as this module manages it.
    public struct State: Equatable {
        var sequence: Sequence?
        /// The login role (or `session_role`): the owner of what is created.
        let currentUser: String
        /// Whether the sequence is found where `rename_to` or `newschema` puts it.
        let isMoved: Bool

        struct Sequence: Equatable {
            var name: String
            var schema: String
            var owner: String
            var settings: PostgreSQLSequenceSettings
        }
    }

    /// The name inside the collection.
    public static let name = "postgresql_sequence"

    /// What a person reads.
    public static let manual = Manual(
        summary: "Create, change or drop a PostgreSQL sequence",
        description: [
            "Brings a sequence into the wanted state: existence, how it counts, owner, name and schema.",
            "The value that comes next is never touched.",
        ],
        differences: [
            "An existing sequence gets the settings that the task gives (`increment`, `minvalue`, `cache` and so on), which "
                + "community.postgresql 4.2 leaves out in silence. A setting that is not given stays as it is.",
            "`minvalue: 0`, `maxvalue: 0` and `start: 0` are taken as zero, not as \"not given\".",
            "With `rename_to` or `newschema`, a sequence that is there already under its new name is unchanged instead of a failure.",
        ],
        notes: [
            "`increment`, `minvalue`, `maxvalue` and `start` are returned as texts and `cycle` as `YES` or `NO`, as "
                + "playbooks know them.",
            "On a change, `owner`, `schema` and `sequence` are returned as they were before it; the new ones are `newname` "
                + "and `newschema`.",
        ],
        seeAlso: ["postgresql_schema", "postgresql_table"],
        examples: [
            ManualExample(
                "Numbers of the requests",
                [
                    "sequence": "demande_numero", "schema": "demandes", "login_db": "mairie", "start": 1000,
                    "cache": 20, "owner": "own_demandes",
                ]),
            ManualExample(
                "Countdown that begins anew at its end",
                [
                    "name": "tour", "login_db": "mairie", "increment": -1, "min": 1, "max": 99, "cycle": true,
                ]),
            ManualExample(
                "Into another schema", ["name": "tour", "login_db": "mairie", "newschema": "archives"]),
            ManualExample(
                "Drop it with the column defaults that use it",
                ["name": "tour", "login_db": "mairie", "state": "absent", "cascade": true]),
        ],
        returns: [
            ManualReturn("sequence", type: "str", sample: "demande_numero", doc: "Name of the sequence."),
            ManualReturn("state", type: "str", sample: "present", doc: "As asked for."),
            ManualReturn("schema", type: "str", sample: "public", doc: "Its schema."),
            ManualReturn("owner", type: "str", sample: "own_demandes", doc: "Its owner."),
            ManualReturn("data_type", type: "str", sample: "bigint", doc: "Type of its values."),
            ManualReturn("increment", type: "str", sample: "1", doc: "What is added for the next value."),
            ManualReturn("minvalue", type: "str", sample: "1", doc: "Least value."),
            ManualReturn("maxvalue", type: "str", sample: "9223372036854775807", doc: "Greatest value."),
            ManualReturn("start", type: "str", sample: "1000", doc: "First value."),
            ManualReturn("cycle", type: "str", sample: "NO", doc: "Whether it begins anew at its end."),
            ManualReturn(
                "newname", type: "str", returned: "when it is renamed", sample: "numero", doc: "The new name."
            ),
            ManualReturn(
                "newschema", type: "str", returned: "when it is moved", sample: "archives",
                doc: "The new schema."),
            ManualReturn(
                "queries", type: "list", sample: ["CREATE SEQUENCE \"public\".\"tour\""],
                doc: "Statements that were executed, or would be in check mode."),
        ])

    private let arguments: Arguments

    /// An instance for one task.
    public init(arguments: Arguments, context: ModuleContext) throws(ModuleFailure) {
        try arguments.connection.requireTrusted([
            arguments.name, arguments.schema, arguments.newName, arguments.owner, arguments.newSchema,
        ])
        self.arguments = arguments
    }

    /// The parameters of the connection.
    public func connection() throws(ModuleFailure) -> [SQLConnectionParameter] {
        arguments.connection.parameters(database: arguments.database, module: Self.name)
    }

    /// Switches to the session role.
    public func prepare(_ session: any SQLSession) throws(ModuleFailure) {
        try arguments.connection.prepare(session)
    }

    /// Reads the sequence, and what is at the place where it shall go, in one statement.
    public func observe(_ session: any SQLSession) throws(ModuleFailure) -> State {
        let (newName, newSchema) = (
            arguments.newName ?? arguments.name, arguments.newSchema ?? arguments.schema
        )
        let rows = try session.observedRecords(
            """
            SELECT current_user AS login,
                   c.relkind::text AS kind,
                   n.nspname AS schema,
                   c.relname AS name,
                   pg_catalog.pg_get_userbyid(c.relowner) AS owner,
                   pg_catalog.format_type(s.seqtypid, NULL) AS data_type,
                   s.seqincrement, s.seqmin, s.seqmax, s.seqstart, s.seqcache, s.seqcycle
              FROM (SELECT 1) AS one
              LEFT JOIN (pg_catalog.pg_class AS c
                         JOIN pg_catalog.pg_namespace AS n
                           ON n.oid = c.relnamespace)
                ON n.nspname IN (\(value: .text(arguments.schema)), \(value: .text(newSchema)))
               AND c.relname IN (\(value: .text(arguments.name)), \(value: .text(newName)))
              LEFT JOIN pg_catalog.pg_sequence AS s
                ON s.seqrelid = c.oid
            """)
        let found = rows.first {
            $0.text("schema") == arguments.schema && $0.text("name") == arguments.name
        }
        if let kind = found?.text("kind"), kind != "S" {
            guard arguments.state == .present else {
                return State(sequence: nil, currentUser: "", isMoved: false)
            }
            throw .impossible(
                "\(arguments.schema).\(arguments.name) is not a sequence",
                hint: "which object of schema \(arguments.schema) has this name?")
        }
        return State(
            sequence: found.map(Self.sequence), currentUser: rows.first?.text("login") ?? "",
            isMoved: (newName != arguments.name || newSchema != arguments.schema)
                && rows.contains {
                    $0.text("schema") == newSchema && $0.text("name") == newName && $0.text("kind") == "S"
                })
    }

    private static func sequence(_ row: SQLRecord) -> State.Sequence {
        State.Sequence(
            name: row.text("name") ?? "", schema: row.text("schema") ?? "", owner: row.text("owner") ?? "",
            settings: PostgreSQLSequenceSettings(
                dataType: row.text("data_type") ?? "", increment: row.int("seqincrement") ?? 0,
                minimum: row.int("seqmin") ?? 0, maximum: row.int("seqmax") ?? 0,
                start: row.int("seqstart") ?? 0, cache: row.int("seqcache") ?? 0,
                isCycle: row.bool("seqcycle")))
    }

    /// The state that the task asks for.
    public func wanted(given state: State) throws(ModuleFailure) -> State {
        var wanted = state
        switch (arguments.state, state.sequence) {
        case (.absent, _):
            wanted.sequence = nil
        case (.present, nil):
            if state.isMoved { return state }
            guard arguments.newName == nil, arguments.newSchema == nil else {
                throw .impossible(
                    "sequence \(arguments.schema).\(arguments.name) does not exist, so that it cannot be renamed or moved",
                    hint: "which schema is it in?")
            }
            wanted.sequence = State.Sequence(
                name: arguments.name, schema: arguments.schema, owner: arguments.owner ?? state.currentUser,
                settings: PostgreSQLSequenceSettings(new: arguments.wish))
        case (.present, .some(let current)):
            wanted.sequence = State.Sequence(
                name: arguments.newName ?? current.name, schema: arguments.newSchema ?? current.schema,
                owner: arguments.owner ?? current.owner, settings: current.settings.altered(arguments.wish))
        }
        return wanted
    }

    /// The changes that lead from one state to the other.
    public func changes(
        from state: State, to wanted: State, on server: ServerFacts
    ) throws(ModuleFailure) -> [Change] {
        let name = SQLIdentifier(schema: arguments.schema, arguments.name)
        switch (state.sequence, wanted.sequence) {
        case (nil, nil):
            return []
        case (.some, nil):
            let cascade: SQLStatement = arguments.cascade ? " CASCADE" : ""
            return [Change("DROP SEQUENCE \(identifier: name)\(statement: cascade)")]
        case (nil, .some):
            var wish = arguments.wish
            if wish.isCycle == false { wish.isCycle = nil }
            let clauses = PostgreSQLSequenceSettings.clauses(wish)
            let owner = arguments.owner.map {
                Change("ALTER SEQUENCE \(identifier: name) OWNER TO \(identifier: $0)")
            }
            return [Change("CREATE SEQUENCE \(identifier: name)\(statement: clauses)")]
                + (owner.map { [$0] } ?? [])
        case (.some(let old), .some(let new)):
            return alterations(of: name, from: old, to: new)
        }
    }

    private func alterations(
        of name: SQLIdentifier, from old: State.Sequence, to new: State.Sequence
    ) -> [Change] {
        var actions: [SQLStatement] = []
        if let wish = old.settings.difference(to: new.settings, wish: arguments.wish) {
            actions.append(PostgreSQLSequenceSettings.clauses(wish))
        }
        if new.name != old.name { actions.append(" RENAME TO \(identifier: new.name)") }
        if new.owner != old.owner { actions.append(" OWNER TO \(identifier: new.owner)") }
        if new.schema != old.schema { actions.append(" SET SCHEMA \(identifier: new.schema)") }
        return actions.map { Change("ALTER SEQUENCE \(identifier: name)\(statement: $0)") }
    }

    /// A state as a document for `diff`.
    public func document(_ state: State) -> JSONValue {
        guard let sequence = state.sequence else { return ["state": "absent"] }
        let settings = sequence.settings
        return [
            "state": "present", "sequence": .string(sequence.name), "schema": .string(sequence.schema),
            "owner": .string(sequence.owner), "data_type": .string(settings.dataType),
            "increment": .int(settings.increment), "minvalue": .int(settings.minimum),
            "maxvalue": .int(settings.maximum), "start": .int(settings.start), "cache": .int(settings.cache),
            "cycle": .bool(settings.isCycle),
        ]
    }

    /// Keys of the reply: name, schema and owner as they were, what it counts like as it will be.
    public func facts(
        before: State, after: State, changes: [Change], shown: [String]
    ) -> [String: JSONValue] {
        let described = before.sequence ?? after.sequence
        let settings = (after.sequence ?? before.sequence)?.settings
        var facts: [String: JSONValue] = [
            "state": .string(arguments.state.rawValue), "sequence": .string(arguments.name),
            "schema": .string(arguments.schema), "owner": .string(described?.owner ?? ""),
            "data_type": .string(settings?.dataType ?? ""),
            "cycle": .string(settings.map { $0.isCycle ? "YES" : "NO" } ?? ""),
            "queries": .strings(shown),
        ]
        for (key, value) in [
            ("increment", settings?.increment), ("minvalue", settings?.minimum),
            ("maxvalue", settings?.maximum), ("start", settings?.start),
        ] {
            facts[key] = .string(value.map { String($0) } ?? "")
        }
        guard let old = before.sequence, let new = after.sequence else { return facts }
        if new.name != old.name { facts["newname"] = .string(new.name) }
        if new.schema != old.schema { facts["newschema"] = .string(new.schema) }
        return facts
    }

    /// Names the database that libpq picks when the task names none.
    public func warnings(before: State) -> [String] {
        arguments.connection.warnings(database: arguments.database)
    }
}
