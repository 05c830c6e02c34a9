import ModuleKit
import SQLClient

/// `postgresql_publication`: a publication of logical replication.
public struct PostgreSQLPublicationModule: ConvergentModule {
    /// The options.
    public typealias Arguments = PublicationArguments
    /// What matters of the server.
    public typealias State = PublicationState

    /// The name inside the collection.
    public static let name = "postgresql_publication"

    /// What a person reads.
    public static let manual = Manual(
        summary: "Create, change or drop a PostgreSQL publication",
        description: [
            "Brings a publication into the wanted state: which tables, columns and rows it publishes, its parameters, owner and "
                + "comment. All changes of a task are one transaction: subscribers never see half of them."
        ],
        differences: [
            "Tables or schemas that do not exist, and lists of tables for a publication of all tables, fail in check mode too.",
            "Conditions are compared by the server itself, without executing anything: how they are written does not count.",
            "`rowfilters` that is omitted leaves the conditions as they are; `rowfilters: {}` removes them.",
            "A list that happens to name all columns is not the same as publishing all columns: those to come are not in it.",
            "`tables: []`, `columns: {}` and `tables_in_schema: []` stand for a publication of nothing, not for one of all tables.",
            "Parameters, operations and owners that the server does not know fail in check mode too.",
        ],
        seeAlso: ["postgresql_subscription", "postgresql_slot"],
        examples: [
            ManualExample(
                "Publish the requests for the reporting, without personal data",
                [
                    "login_db": "mairie", "name": "pilotage",
                    "columns": [
                        "demandes.demandes": ["id", "service_id", "statut", "deposee_le"],
                        "referentiel.services": [],
                    ], "rowfilters": ["demandes.demandes": "statut <> 'brouillon'"], "owner": "own_demandes",
                ]),
            ManualExample(
                "Publish whole schemas",
                ["login_db": "mairie", "name": "secours", "tables_in_schema": ["demandes", "rdv"]]),
            ManualExample(
                "Insertions only",
                [
                    "login_db": "mairie", "name": "journal", "tables": ["audit.evenements"],
                    "parameters": ["publish": "insert"],
                ]),
            ManualExample(
                "No publication any more", ["login_db": "mairie", "name": "pilotage", "state": "absent"]),
        ],
        returns: [
            ManualReturn("exists", type: "bool", sample: true, doc: "Whether it exists after the task."),
            ManualReturn("owner", type: "str", sample: "own_demandes", doc: "Its owner."),
            ManualReturn("comment", type: "str", sample: "Pilotage", doc: "Its comment."),
            ManualReturn(
                "alltables", type: "bool", sample: false,
                doc: "Whether it publishes all tables, also those to come."),
            ManualReturn(
                "tables", type: "list", sample: ["\"demandes\".\"demandes\""],
                doc: "Its tables, without those that it publishes by their schemas."),
            ManualReturn(
                "columns", type: "dict", sample: ["\"demandes\".\"demandes\"": ["id", "statut"]],
                doc: "Its columns by table; an empty list stands for all."),
            ManualReturn(
                "rowfilters", type: "dict",
                sample: ["\"demandes\".\"demandes\"": "(statut <> 'brouillon'::text)"],
                doc: "Its conditions by table."),
            ManualReturn(
                "schemas", type: "list", sample: ["rdv"], doc: "Schemas of which it publishes all tables."),
            ManualReturn(
                "parameters", type: "dict",
                sample: ["publish": ["insert": true, "update": false, "delete": false]],
                doc: "Its parameters."),
            ManualReturn(
                "queries", type: "list", sample: ["DROP PUBLICATION \"pilotage\""],
                doc: "Statements that were executed, or would be in check mode."),
        ])

    private let arguments: Arguments
    private let tables: [PublishedTable]?
    private let isCheck: Bool

    /// An instance for one task.
    public init(arguments: Arguments, context: ModuleContext) throws(ModuleFailure) {
        try arguments.connection.requireTrusted(arguments.texts)
        self.arguments = arguments
        tables = arguments.state == .present ? try arguments.publishedTables() : nil
        isCheck = context.checkMode
    }

    /// The parameters of the connection.
    public func connection() throws(ModuleFailure) -> [SQLConnectionParameter] {
        arguments.connection.parameters(database: arguments.database, module: Self.name)
    }

    /// Switches to the session role.
    public func prepare(_ session: any SQLSession) throws(ModuleFailure) {
        try arguments.connection.prepare(session)
        let features = PublicationFeatures(version: session.serverVersion)
        for (name, value) in arguments.parameters?.members ?? [:] { try features.require(name, value) }
        guard !features.hasParts else { return }
        let parts = [
            (arguments.schemas != nil, "Publication of tables in schema"),
            (arguments.columns?.members.isEmpty == false, "Publication of columns"),
            (arguments.rowFilters != nil, "Row filtering"),
        ]
        if let part = parts.first(where: \.0) {
            throw .impossible("\(part.1) is supported by PostgreSQL 15 or greater", hint: nil)
        }
    }

    /// Reads the publication.
    public func observe(_ session: any SQLSession) throws(ModuleFailure) -> State {
        let lookup = PublicationLookup(
            name: arguments.name, tables: tables ?? [], schemas: arguments.schemas ?? [],
            owner: arguments.owner)
        return try PublicationReader(session: session, lookup: lookup).state()
    }

    /// The state that the task asks for.
    public func wanted(given state: State) throws(ModuleFailure) -> State {
        for case .unknown(let reason) in state.conditions.values where arguments.state == .present {
            throw .impossible(reason, hint: "may the session's role read the table (SELECT)?")
        }
        return try wantedAfterChanges(given: state)
    }

    /// A condition that the session cannot compare counts as written.
    public func wantedAfterChanges(given state: State) throws(ModuleFailure) -> State {
        var wanted = state
        guard arguments.state == .present else {
            wanted.publication = nil
            return wanted
        }
        try requireReachable(state)
        var publication =
            state.publication
            ?? State.Publication(
                owner: state.sessionRole, comment: "",
                publishesAllTables: tables == nil && arguments.schemas == nil,
                parameters: ["publish": "delete,insert,truncate,update"], tables: [], schemas: [])
        if let tables {
            let named = tables.map { merged($0, state) }
            publication.tables = Self.kept(publication.tables, named, by: \.identifier)
        }
        if let schemas = arguments.schemas {
            publication.schemas = Self.kept(publication.schemas, schemas, by: \.self)
        }
        if let owner = arguments.owner, !owner.isEmpty { publication.owner = owner }
        if let comment = arguments.comment { publication.comment = comment }
        for (name, value) in arguments.parameters?.members ?? [:] {
            publication.parameters[name] = Self.normalized(value, of: name)
        }
        wanted.publication = publication
        return wanted
    }

    /// Refuses what the server would refuse, so that check mode tells it too.
    private func requireReachable(_ state: State) throws(ModuleFailure) {
        guard state.missing.isEmpty else {
            throw .impossible(
                "cannot publish what does not exist: \(state.missing.joined(separator: ", "))",
                hint: "is it a table, and in which schema? names without one are in public")
        }
        if let owner = arguments.owner, !owner.isEmpty, !state.ownerExists {
            throw .impossible("role \"\(owner)\" does not exist", hint: "shall it be created first?")
        }
        if state.publication?.publishesAllTables == true, tables != nil || arguments.schemas != nil {
            throw .impossible(
                "publication \"\(arguments.name)\" is defined as FOR ALL TABLES; it cannot take a list",
                hint: "shall it be dropped and created again?")
        }
    }

    /// A table of the task, with what it leaves as it is.
    private func merged(_ table: PublishedTable, _ state: State) -> PublishedTable {
        guard let current = state.publication?.tables.first(where: { $0.identifier == table.identifier })
        else { return table }
        var merged = table
        if arguments.columns == nil || merged.hasColumns(of: current) { merged.columns = current.columns }
        let isAsWritten =
            switch state.conditions[table.identifier] {
            case .alike?, .unknown?: true
            case .different?, nil: false
            }
        if arguments.rowFilters == nil || isAsWritten { merged.filter = current.filter }
        return merged
    }

    /// The wanted elements: those that are there in their order, then the new ones.
    private static func kept<Element, Key: Equatable>(
        _ current: [Element], _ wanted: [Element], by key: (Element) -> Key
    ) -> [Element] {
        current.compactMap { element in wanted.first { key($0) == key(element) } }
            + wanted.filter { element in !current.contains { key($0) == key(element) } }
    }

    /// The operations sorted, truth values in the server's words.
    private static func normalized(_ value: JSONValue, of name: String) -> String {
        if name == "publish" { return PublicationFeatures.operations(in: value).joined(separator: ",") }
        let text = value.asParameterText.lowercased()
        return switch text {
        case "on", "yes", "1": "true"
        case "off", "no", "0": "false"
        default: text
        }
    }

    /// The changes that lead from one state to the other.
    public func changes(
        from state: State, to wanted: State, on server: ServerFacts
    ) throws(ModuleFailure) -> [Change] {
        switch (state.publication, wanted.publication) {
        case (nil, nil): return []
        case (.some, nil):
            let cascade: SQLStatement = arguments.cascade ? " CASCADE" : ""
            return [Change("DROP PUBLICATION \(identifier: arguments.name)\(statement: cascade)")]
        case (nil, let new?):
            return try [creation(of: new)] + labels(from: (state.sessionRole, ""), to: new)
        case (let old?, let new?):
            return try parts(from: old, to: new) + parameters(from: old, to: new)
                + labels(from: (old.owner, old.comment), to: new)
        }
    }

    private func creation(of new: State.Publication) throws(ModuleFailure) -> Change {
        var create: SQLStatement = "CREATE PUBLICATION \(identifier: arguments.name)"
        if new.publishesAllTables { create = create + " FOR ALL TABLES" }
        if !new.tables.isEmpty {
            create = create + " FOR TABLE \(statement: new.tables.map(\.clause).joined(separator: ", "))"
        } else if !new.schemas.isEmpty {
            let schemas = new.schemas.map { "\(identifier: $0)" as SQLStatement }.joined(separator: ", ")
            create = create + " FOR TABLES IN SCHEMA \(statement: schemas)"
        }
        var parameters: [SQLStatement] = []
        for name in (arguments.parameters?.members ?? [:]).keys.sorted() {
            parameters.append(try assignment(name, in: new))
        }
        if !parameters.isEmpty {
            create = create + " WITH (\(statement: parameters.joined(separator: ", ")))"
        }
        return Change(create)
    }

    /// As the task writes the value.
    private func assignment(_ name: String, in new: State.Publication) throws(ModuleFailure) -> SQLStatement {
        let value = arguments.parameters?.members[name]?.asParameterText ?? new.parameters[name] ?? ""
        return "\(statement: try StorageOptions.name(name)) = \(literal: value)"
    }

    private var alter: SQLStatement { "ALTER PUBLICATION \(identifier: arguments.name) " }

    private func parts(from old: State.Publication, to new: State.Publication) -> [Change] {
        var changes: [Change] = []
        let differing = new.tables.filter { table in
            old.tables.contains { $0.identifier == table.identifier && $0 != table }
        }
        let added = new.tables.filter { table in !old.tables.contains { $0.identifier == table.identifier } }
        let dropped = old.tables.filter { table in !new.tables.contains { $0.identifier == table.identifier }
        }
        if !differing.isEmpty, arguments.columns != nil {
            let named = (tables ?? []).compactMap { table in
                new.tables.first { $0.identifier == table.identifier }?.clause
            }
            changes.append(Change(alter + "SET TABLE \(statement: named.joined(separator: ", "))"))
        } else {
            for table in differing {
                changes.append(Change(alter + "DROP TABLE \(identifier: table.identifier)"))
                changes.append(Change(alter + "ADD TABLE \(statement: table.clause)"))
            }
            changes += added.map { Change(alter + "ADD TABLE \(statement: $0.clause)") }
            changes += dropped.map { Change(alter + "DROP TABLE \(identifier: $0.identifier)") }
        }
        for schema in new.schemas where !old.schemas.contains(schema) {
            changes.append(Change(alter + "ADD TABLES IN SCHEMA \(identifier: schema)"))
        }
        for schema in old.schemas where !new.schemas.contains(schema) {
            changes.append(Change(alter + "DROP TABLES IN SCHEMA \(identifier: schema)"))
        }
        return changes
    }

    private func parameters(
        from old: State.Publication, to new: State.Publication
    ) throws(ModuleFailure) -> [Change] {
        var changes: [Change] = []
        for name in new.parameters.keys.sorted() where old.parameters[name] != new.parameters[name] {
            changes.append(Change(alter + "SET (\(statement: try assignment(name, in: new)))"))
        }
        return changes
    }

    private func labels(from old: (owner: String, comment: String), to new: State.Publication) -> [Change] {
        var changes: [Change] = []
        if old.owner != new.owner { changes.append(Change(alter + "OWNER TO \(identifier: new.owner)")) }
        if old.comment != new.comment {
            changes.append(
                Change("COMMENT ON PUBLICATION \(identifier: arguments.name) IS \(literal: new.comment)"))
        }
        return changes
    }

    /// A state as a document for `diff`.
    public func document(_ state: State) -> JSONValue {
        guard let publication = state.publication else { return ["state": "absent"] }
        return .object(Self.described(publication).merging(["state": "present"]) { $1 })
    }

    /// Keys of the reply: in check mode the publication as it is.
    public func facts(
        before: State, after: State, changes: [Change], shown: [String]
    ) -> [String: JSONValue] {
        let told = (isCheck ? before : after).publication
        let facts: [String: JSONValue] = ["exists": .bool(told != nil), "queries": .strings(shown)]
        let empty = State.Publication(
            owner: "", comment: "", publishesAllTables: false, parameters: [:], tables: [], schemas: [])
        return facts.merging(Self.described(told ?? empty)) { $1 }
    }

    private static func described(_ publication: State.Publication) -> [String: JSONValue] {
        var parameters = publication.parameters.mapValues(JSONValue.string)
        if let operations = publication.parameters["publish"]?.split(separator: ",") {
            var publish: [String: JSONValue] = [:]
            for operation in ["insert", "update", "delete", "truncate"] {
                publish[operation] = .bool(operations.contains { $0 == operation })
            }
            parameters["publish"] = .object(publish)
        }
        var columns: [String: JSONValue] = [:]
        var filters: [String: JSONValue] = [:]
        for table in publication.tables {
            columns[table.quotedName] = .strings(table.columns ?? [])
            if let filter = table.filter { filters[table.quotedName] = .string(filter.text) }
        }
        return [
            "owner": .string(publication.owner), "comment": .string(publication.comment),
            "alltables": .bool(publication.publishesAllTables), "parameters": .object(parameters),
            "tables": .strings(publication.tables.map(\.quotedName)),
            "schemas": .strings(publication.schemas),
            "columns": .object(columns), "rowfilters": .object(filters),
        ]
    }

    /// Options without effect, and a database that nobody named.
    public func warnings(before: State) -> [String] {
        var warnings = arguments.connection.warnings(database: arguments.database)
        if arguments.state == .absent {
            let given = [
                ("tables", arguments.tables != nil), ("parameters", arguments.parameters != nil),
                ("owner", arguments.owner != nil),
            ]
            warnings += given.filter(\.1).map { "parameter \"\($0.0)\" is ignored when \"state=absent\"" }
        } else if arguments.cascade {
            warnings.append("parameter \"cascade\" is ignored when \"state=present\"")
        }
        return warnings
    }
}
