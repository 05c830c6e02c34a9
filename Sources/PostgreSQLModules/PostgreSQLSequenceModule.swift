import ModuleKit
import SQLClient

/// `postgresql_sequence`: a sequence, its settings, owner, name and schema.
public struct PostgreSQLSequenceModule: ConvergentModule {
    /// A sequence as far as this module manages it.
    public struct State: Equatable {
        var sequence: Sequence?
        /// Whether something else has the name that the sequence shall get, or the schema that it shall move to.
        let isTargetTaken: Bool

        struct Sequence: Equatable {
            var schema: String
            var name: String
            var owner: String
            var dataType: String
            var increment: String
            var minimum: String
            var maximum: String
            var start: String
            var cache: String
            var isCycling: Bool
        }
    }

    /// The options.
    public typealias Arguments = PostgreSQLSequenceArguments

    /// The name inside the collection.
    public static let name = "postgresql_sequence"

    /// What a person reads.
    public static let manual = Manual(
        summary: "Create, change or drop a PostgreSQL sequence",
        description: [
            "Brings a sequence into the wanted state: existence, data type, increment, limits, start, cache, cycling, owner, "
                + "name and schema."
        ],
        differences: [
            "Settings of an existing sequence are compared and changed, too; those that a task does not name stay as they are.",
            "`queries` and `diff` are the same in check mode as in a real run, and check mode only reads.",
            "A bound of 0 is a bound.",
        ],
        notes: ["The current value of a sequence is never touched."],
        seeAlso: ["postgresql_table", "postgresql_owner"],
        examples: [
            ManualExample(
                "Numbers of requests",
                [
                    "name": "numero_demande", "schema": "demande", "login_db": "mairie",
                    "data_type": "bigint",
                    "minvalue": 1, "cache": 20, "owner": "own_demande",
                ]),
            ManualExample(
                "Move a sequence", ["name": "numero", "newschema": "archive", "login_db": "mairie"]),
            ManualExample(
                "Drop a sequence and the defaults that use it",
                ["name": "numero", "state": "absent", "cascade": true, "login_db": "mairie"]),
        ],
        returns: [
            ManualReturn("sequence", type: "str", sample: "numero_demande", doc: "Name of the sequence."),
            ManualReturn("state", type: "str", sample: "present", doc: "Whether the sequence exists."),
            ManualReturn("schema", type: "str", sample: "demande", doc: "Its schema."),
            ManualReturn("data_type", type: "str", sample: "bigint", doc: "Its data type."),
            ManualReturn("increment", type: "str", sample: "1", doc: "Its increment."),
            ManualReturn("minvalue", type: "str", sample: "1", doc: "Its smallest value."),
            ManualReturn(
                "maxvalue", type: "str", sample: "9223372036854775807", doc: "Its largest value."),
            ManualReturn("start", type: "str", sample: "1", doc: "Its start value."),
            ManualReturn("cycle", type: "str", sample: "NO", doc: "`YES` when it begins anew at its end."),
            ManualReturn("owner", type: "str", sample: "own_demande", doc: "Its owner."),
            ManualReturn(
                "newname", type: "str", returned: "when renamed", sample: "numero", doc: "Its new name."),
            ManualReturn(
                "newschema", type: "str", returned: "when moved", sample: "archive", doc: "Its new schema."),
            ManualReturn(
                "queries", type: "list", sample: ["CREATE SEQUENCE \"demande\".\"numero_demande\""],
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

    private var target: SQLIdentifier {
        SQLIdentifier(
            schema: arguments.newSchema ?? arguments.schema, arguments.newName ?? arguments.name)
    }

    private var isMove: Bool { arguments.newName != nil || arguments.newSchema != nil }

    /// Reads the sequence under its name, or where an earlier run has put it already.
    public func observe(_ session: any SQLSession) throws(ModuleFailure) -> State {
        let rows = try session.observedRecords(
            """
            SELECT n.nspname AS schema, c.relname AS name, c.relkind = 'S' AS is_sequence,
                   pg_catalog.pg_get_userbyid(c.relowner) AS owner,
                   pg_catalog.format_type(s.seqtypid, NULL) AS data_type,
                   s.seqincrement::text AS increment, s.seqmin::text AS minimum, s.seqmax::text AS maximum,
                   s.seqstart::text AS start, s.seqcache::text AS cache, s.seqcycle AS is_cycling
              FROM pg_catalog.pg_class AS c
              JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
              LEFT JOIN pg_catalog.pg_sequence AS s ON s.seqrelid = c.oid
             WHERE (n.nspname, c.relname) IN (
                       (\(value: .text(arguments.schema))::name, \(value: .text(arguments.name))::name),
                       (\(value: .text(target.parts[0]))::name, \(value: .text(target.parts[1]))::name))
             ORDER BY n.nspname, c.relname
            """)
        func row(_ schema: String, _ name: String) -> SQLRecord? {
            rows.first { $0.text("schema") == schema && $0.text("name") == name }
        }
        let here = row(arguments.schema, arguments.name)
        let there = row(target.parts[0], target.parts[1])
        if let taken = here ?? there, !taken.bool("is_sequence") {
            throw .impossible(
                "\(taken.text("schema") ?? "").\(taken.text("name") ?? "") is not a sequence",
                hint: "which relation has the name (pg_class)?")
        }
        return State(
            sequence: (here ?? (isMove ? there : nil)).map(Self.sequence),
            isTargetTaken: isMove && here != nil && there != nil
                && (there?.text("schema") != here?.text("schema")
                    || there?.text("name") != here?.text("name"))
        )
    }

    private static func sequence(_ row: SQLRecord) -> State.Sequence {
        func text(_ column: String) -> String { row.text(column) ?? "" }
        return State.Sequence(
            schema: text("schema"), name: text("name"), owner: text("owner"), dataType: text("data_type"),
            increment: text("increment"), minimum: text("minimum"), maximum: text("maximum"),
            start: text("start"), cache: text("cache"), isCycling: row.bool("is_cycling"))
    }

    /// The state that the task asks for.
    public func wanted(given state: State) throws(ModuleFailure) -> State {
        var wanted = state
        switch (arguments.state, state.sequence) {
        case (.absent, _): wanted.sequence = nil
        case (.present, nil):
            if arguments.newName != nil {
                throw .impossible(
                    "Sequence '\(arguments.name)' does not exist, nothing to rename", hint: nil)
            }
            if arguments.newSchema != nil {
                throw .impossible(
                    "Sequence '\(arguments.name)' does not exist, change of schema not possible", hint: nil)
            }
            wanted.sequence = newSequence
        case (.present, let current?):
            if state.isTargetTaken {
                throw .impossible(
                    "relation \(target.parts.joined(separator: ".")) already exists",
                    hint: "what is it (pg_class)?")
            }
            wanted.sequence = changed(current)
        }
        return wanted
    }

    /// What a new sequence is said to be; the server decides what a task leaves open.
    private var newSequence: State.Sequence {
        State.Sequence(
            schema: arguments.schema, name: arguments.name, owner: arguments.owner ?? "",
            dataType: arguments.dataType?.rawValue ?? "bigint",
            increment: String(arguments.increment ?? 1), minimum: arguments.minimum.map(String.init) ?? "",
            maximum: arguments.maximum.map(String.init) ?? "", start: arguments.start.map(String.init) ?? "",
            cache: arguments.cache.map(String.init) ?? "", isCycling: arguments.isCycling ?? false)
    }

    private func changed(_ current: State.Sequence) -> State.Sequence {
        var wanted = current
        if let type = arguments.dataType { wanted.dataType = type.rawValue }
        if let increment = arguments.increment { wanted.increment = String(increment) }
        if let minimum = arguments.minimum { wanted.minimum = String(minimum) }
        if let maximum = arguments.maximum { wanted.maximum = String(maximum) }
        if let start = arguments.start { wanted.start = String(start) }
        if let cache = arguments.cache { wanted.cache = String(cache) }
        if let isCycling = arguments.isCycling { wanted.isCycling = isCycling }
        if let owner = arguments.owner, !owner.isEmpty { wanted.owner = owner }
        wanted.schema = target.parts[0]
        wanted.name = target.parts[1]
        return wanted
    }

    /// The changes that lead from one state to the other.
    public func changes(
        from state: State, to wanted: State, on server: ServerFacts
    ) throws(ModuleFailure) -> [Change] {
        switch (state.sequence, wanted.sequence) {
        case (nil, nil): return []
        case (let old?, nil):
            let cascade: SQLStatement = arguments.cascade == true ? " CASCADE" : ""
            return [Change("DROP SEQUENCE \(identifier: identifier(old))\(statement: cascade)")]
        case (nil, let new?):
            let words = ["CREATE SEQUENCE \(identifier: identifier(new))"] + settings(differingFrom: nil)
            let create = Change(words.joined(separator: " "))
            return new.owner.isEmpty ? [create] : [create, owner(new.owner, of: identifier(new))]
        case (let old?, let new?): return alterations(from: old, to: new)
        }
    }

    private func identifier(_ sequence: State.Sequence) -> SQLIdentifier {
        SQLIdentifier(schema: sequence.schema, sequence.name)
    }

    private func owner(_ owner: String, of sequence: SQLIdentifier) -> Change {
        Change("ALTER SEQUENCE \(identifier: sequence) OWNER TO \(identifier: owner)")
    }

    /// What the task says of the sequence's settings, where it differs from what is there; all of it for a new one.
    private func settings(differingFrom old: State.Sequence?) -> [SQLStatement] {
        var settings: [SQLStatement] = []
        func add(_ words: SQLStatement, _ number: Int?, _ known: String?) {
            guard let number, String(number) != known else { return }
            settings.append(words + "\(integer: Int64(number))")
        }
        if let type = arguments.dataType, type.rawValue != old?.dataType {
            settings.append("AS " + type.keyword)
        }
        add("INCREMENT BY ", arguments.increment, old?.increment)
        add("MINVALUE ", arguments.minimum, old?.minimum)
        add("MAXVALUE ", arguments.maximum, old?.maximum)
        add("START WITH ", arguments.start, old?.start)
        add("CACHE ", arguments.cache, old?.cache)
        if let isCycling = arguments.isCycling, isCycling != (old?.isCycling ?? false) {
            settings.append(isCycling ? "CYCLE" : "NO CYCLE")
        }
        return settings
    }

    private func alterations(from old: State.Sequence, to new: State.Sequence) -> [Change] {
        var changes: [Change] = []
        let settings = settings(differingFrom: old)
        if !settings.isEmpty {
            changes.append(
                Change(
                    "ALTER SEQUENCE \(identifier: identifier(old)) \(statement: settings.joined(separator: " "))"
                ))
        }
        if old.name != new.name {
            changes.append(
                Change("ALTER SEQUENCE \(identifier: identifier(old)) RENAME TO \(identifier: new.name)"))
        }
        let renamed = SQLIdentifier(schema: old.schema, new.name)
        if old.owner != new.owner { changes.append(owner(new.owner, of: renamed)) }
        if old.schema != new.schema {
            changes.append(
                Change("ALTER SEQUENCE \(identifier: renamed) SET SCHEMA \(identifier: new.schema)"))
        }
        return changes
    }

    /// A state as a document for `diff`.
    public func document(_ state: State) -> JSONValue {
        guard let sequence = state.sequence else { return ["state": "absent"] }
        return .object(
            settings(sequence).merging(["state": "present", "name": .string(sequence.name)]) { own, _ in own }
        )
    }

    private func settings(_ sequence: State.Sequence) -> [String: JSONValue] {
        [
            "schema": .string(sequence.schema), "owner": .string(sequence.owner),
            "data_type": .string(sequence.dataType), "increment": .string(sequence.increment),
            "minvalue": .string(sequence.minimum), "maxvalue": .string(sequence.maximum),
            "start": .string(sequence.start), "cycle": .string(sequence.isCycling ? "YES" : "NO"),
        ]
    }

    /// Keys of the reply: a sequence that is moved or dropped is told as it was.
    public func facts(
        before: State, after: State, changes: [Change], shown: [String]
    ) -> [String: JSONValue] {
        let told = (after.sequence ?? before.sequence).map(settings) ?? [:]
        var facts: [String: JSONValue] = told
        facts["sequence"] = .string(arguments.name)
        facts["state"] = .string(arguments.state.rawValue)
        facts["schema"] = .string(before.sequence?.schema ?? arguments.schema)
        if let before = before.sequence { facts["owner"] = .string(before.owner) }
        facts["queries"] = .strings(shown)
        if let name = arguments.newName, before.sequence?.name != name { facts["newname"] = .string(name) }
        if let schema = arguments.newSchema, before.sequence?.schema != schema {
            facts["newschema"] = .string(schema)
        }
        return facts
    }

    /// A database that nobody named.
    public func warnings(before: State) -> [String] {
        arguments.connection.warnings(database: arguments.database)
    }
}
