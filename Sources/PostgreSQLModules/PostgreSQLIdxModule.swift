import ModuleKit
import SQLClient

/// `postgresql_idx`: an index, with its definition.
public struct PostgreSQLIdxModule: ConvergentModule {
    /// The options.
    public typealias Arguments = PostgreSQLIdxArguments

    /// The index as it is, and the table that it shall be on.
    public struct State: Equatable {
        var index: Index?
        let table: Relation
        /// The tablespace of the database, which the catalog leaves out where it is used.
        let defaultTablespace: String

        /// What has the name of the table that the task gives.
        enum Relation: Equatable {
            case missing, partitioned, other

            init(kind: String?) {
                switch kind {
                case nil: self = .missing
                case "p": self = .partitioned
                case .some: self = .other
                }
            }
        }

        struct Index: Equatable {
            let id: Int64
            let table: String
            var tablespace: String
            var parameters: PostgreSQLStorageParameters
            var isValid: Bool
            /// Whether a session is building it at this moment.
            let isBuilding: Bool
            let isPartitioned: Bool
            /// The constraint that it belongs to.
            let constraint: String?
            /// Whether dropping it would break a foreign key, the replica identity or the order of CLUSTER.
            let hasDuty: Bool
            let comment: String
            var definition: String
            /// How it differs from the task, in words.
            var differences: [String]
            /// Whether a replacement that was never finished is there.
            var hasLeftover: Bool
        }
    }

    /// The name inside the collection.
    public static let name = "postgresql_idx"

    /// A replacement is named after the object identifier of the index that it replaces.
    static let replacementPrefix = "vigie_new_"

    private let arguments: Arguments
    private let isCheckMode: Bool
    private let host: any HostServices

    /// An instance for one task.
    public init(arguments: Arguments, context: ModuleContext) throws(ModuleFailure) {
        try arguments.connection.requireTrusted([
            arguments.name, arguments.schema, arguments.table, arguments.columns, arguments.tablespace,
            arguments.writtenParameters.joined(separator: ","), arguments.condition,
        ])
        try Self.requireConsistent(arguments)
        self.arguments = arguments
        isCheckMode = context.checkMode
        host = context.host
    }

    /// Index methods of the server.
    ///
    /// Source: PostgreSQL 17 manual, 11.2 "Index Types".
    private static let methods = ["btree", "hash", "gist", "spgist", "gin", "brin"]

    private static func requireConsistent(_ arguments: Arguments) throws(ModuleFailure) {
        let isAbsent = arguments.state == .absent
        let method = arguments.type?.lowercased()
        if arguments.isConcurrent, arguments.cascade {
            throw .impossible(
                "index \(arguments.name): cascade cannot be concurrent", hint: "is concurrent: false meant?")
        }
        if arguments.isUnique, let method, method != "btree" {
            throw .impossible(
                "Only btree currently supports unique indexes",
                hint: "should index \(arguments.name) be a btree, or not unique?")
        }
        if !isAbsent, arguments.cascade {
            throw .impossible(
                "index \(arguments.name): cascade is only for state: absent", hint: nil)
        }
        if !isAbsent, arguments.table.isEmpty || arguments.columns.isEmpty {
            throw .impossible("index \(arguments.name) needs a table and at least one column", hint: nil)
        }
        if isAbsent,
            !arguments.table.isEmpty || !arguments.columns.isEmpty || method != nil
                || arguments.condition != nil || arguments.tablespace != nil
        {
            throw .impossible(
                "index \(arguments.name) shall be dropped: table, columns, cond, idxtype and tablespace say nothing then",
                hint: "is state: present meant?")
        }
        if let method, !methods.contains(method) {
            throw .impossible(
                "index \(arguments.name): there is no index type \(method)",
                hint: "is one of \(methods.joined(separator: ", ")) meant?")
        }
    }

    /// The parameters of the connection.
    public func connection() throws(ModuleFailure) -> [SQLConnectionParameter] {
        arguments.connection.parameters(database: arguments.database, module: Self.name)
    }

    /// Switches to the session role.
    public func prepare(_ session: any SQLSession) throws(ModuleFailure) {
        try arguments.connection.prepare(session)
    }

    /// Reads the index in one statement, and asks for the server's wording of expressions in a second one if needed.
    public func observe(_ session: any SQLSession) throws(ModuleFailure) -> State {
        try PostgreSQLIndexCatalog(arguments: arguments, host: host).state(session)
    }

    /// The state that the task asks for.
    public func wanted(given state: State) throws(ModuleFailure) -> State {
        var wanted = state
        switch (arguments.state, state.index) {
        case (.absent, nil):
            return state
        case (.absent, .some(let index)):
            if let constraint = index.constraint {
                throw .impossible(
                    "cannot drop index \(label) because constraint \(constraint) of table \(index.table) needs it",
                    hint: "should the constraint go instead (ALTER TABLE ... DROP CONSTRAINT)?")
            }
            wanted.index = nil
        case (.present, nil):
            try requireTable(state.table)
            wanted.index = State.Index(
                id: 0, table: arguments.table, tablespace: tablespace(in: state),
                parameters: arguments.parameters, isValid: true, isBuilding: false,
                isPartitioned: state.table == .partitioned, constraint: nil, hasDuty: false, comment: "",
                definition: create(arguments.name, isConcurrent: false).shown(for: .postgreSQL),
                differences: [], hasLeftover: false)
        case (.present, .some(let index)):
            wanted.index = try converged(index, state)
        }
        return wanted
    }

    /// The tablespace of a new index, as the catalog has it.
    private func tablespace(in state: State) -> String {
        arguments.tablespace.flatMap { $0 == state.defaultTablespace ? nil : $0 } ?? ""
    }

    private var label: String { "\(arguments.schema).\(arguments.name)" }

    private func requireTable(_ table: State.Relation) throws(ModuleFailure) {
        switch table {
        case .missing:
            throw .impossible(
                "table \(arguments.schema).\(arguments.table) does not exist",
                hint: "is it in another schema or database, or created by a later task?")
        case .partitioned where arguments.isConcurrent:
            throw .impossible(
                "table \(arguments.schema).\(arguments.table) is partitioned: no index on it can be built concurrently",
                hint: "is concurrent: false possible, or one index per partition?")
        case .partitioned, .other:
            return
        }
    }

    private func converged(_ index: State.Index, _ state: State) throws(ModuleFailure) -> State.Index {
        guard index.table == arguments.table else {
            throw .impossible(
                "index \(label) is on table \(index.table), not on \(arguments.table)",
                hint: "should this one have another name?")
        }
        if index.differences.isEmpty, index.isValid { return index }
        if index.isBuilding {
            throw .impossible(
                "index \(label) is being built at this moment",
                hint: "can the task wait until it is complete?")
        }
        try requireMayConverge(index, state.table)
        var wanted = index
        wanted.isValid = true
        guard !index.differences.isEmpty else { return wanted }
        wanted.differences = []
        wanted.hasLeftover = false
        wanted.definition = create(arguments.name, isConcurrent: false).shown(for: .postgreSQL)
        wanted.tablespace = tablespace(in: state)
        wanted.parameters = arguments.parameters
        return wanted
    }

    private func requireMayConverge(
        _ index: State.Index, _ table: State.Relation
    ) throws(ModuleFailure) {
        let problem =
            index.differences.isEmpty
            ? "index \(label) is INVALID: a build of it failed, or is not complete yet"
            : "index \(label) is not the one of the task: \(index.differences.joined(separator: "; "))"
        guard arguments.converge else {
            throw .impossible(problem, hint: "may it be built anew (converge: true)?")
        }
        if index.differences.isEmpty {
            guard !index.isPartitioned else {
                throw .impossible(
                    problem, hint: "which partitions have no valid index attached to it (pg_inherits)?")
            }
            return
        }
        if let constraint = index.constraint {
            throw .impossible(
                "\(problem); it belongs to constraint \(constraint), which only ALTER TABLE can replace",
                hint: "should the constraint change?")
        }
        guard !index.hasDuty else {
            throw .impossible(
                "\(problem); it is used by a foreign key, as replica identity or by CLUSTER, and dropping it would end that",
                hint: "can an index of another name take over first?")
        }
        try requireTable(table)
    }

    /// The changes that lead from one state to the other.
    public func changes(
        from state: State, to wanted: State, on server: ServerFacts
    ) throws(ModuleFailure) -> [Change] {
        switch (state.index, wanted.index) {
        case (nil, nil): return []
        case (.some, nil): return [drop(arguments.name)]
        case (nil, .some): return [build(arguments.name)]
        case (.some(let old), .some(let new)):
            if !old.differences.isEmpty, new.differences.isEmpty { return replacement(of: old) }
            guard !old.isValid, new.isValid else { return [] }
            let way: SQLStatement = arguments.isConcurrent ? " CONCURRENTLY" : ""
            let name = SQLIdentifier(schema: arguments.schema, arguments.name)
            return [
                Change(
                    "REINDEX INDEX\(statement: way) \(identifier: name)",
                    isTransactional: !arguments.isConcurrent)
            ]
        }
    }

    /// The new index is complete before the old one goes, and takes its name in the same transaction.
    private func replacement(of index: State.Index) -> [Change] {
        let temporary = Self.replacementPrefix + String(index.id)
        let old = SQLIdentifier(schema: arguments.schema, arguments.name)
        let new = SQLIdentifier(schema: arguments.schema, temporary)
        var changes = index.hasLeftover ? [drop(temporary)] : []
        changes.append(build(temporary))
        changes.append(Change("DROP INDEX \(identifier: old)"))
        changes.append(Change("ALTER INDEX \(identifier: new) RENAME TO \(identifier: arguments.name)"))
        if !index.comment.isEmpty {
            changes.append(Change("COMMENT ON INDEX \(identifier: old) IS \(literal: index.comment)"))
        }
        return changes
    }

    private func build(_ name: String) -> Change {
        Change(
            create(name, isConcurrent: arguments.isConcurrent), isTransactional: !arguments.isConcurrent)
    }

    private func drop(_ name: String) -> Change {
        let way: SQLStatement = arguments.isConcurrent ? " CONCURRENTLY" : ""
        let cascade: SQLStatement = arguments.cascade ? " CASCADE" : ""
        let index = SQLIdentifier(schema: arguments.schema, name)
        return Change(
            "DROP INDEX\(statement: way) \(identifier: index)\(statement: cascade)",
            isTransactional: !arguments.isConcurrent)
    }

    private func create(_ name: String, isConcurrent: Bool) -> SQLStatement {
        let table = SQLIdentifier(schema: arguments.schema, arguments.table)
        let unique: SQLStatement = arguments.isUnique ? " UNIQUE" : ""
        let way: SQLStatement = isConcurrent ? " CONCURRENTLY" : ""
        var statement: SQLStatement = """
            CREATE\(statement: unique) INDEX\(statement: way) \(identifier: name) ON \(identifier: table) \
            USING \(userText: arguments.type ?? "BTREE") (\(userText: arguments.columns))
            """
        if !arguments.writtenParameters.isEmpty {
            let parameters = arguments.writtenParameters.joined(separator: ",")
            statement = "\(statement: statement) WITH (\(userText: parameters))"
        }
        if let tablespace = arguments.tablespace {
            statement = "\(statement: statement) TABLESPACE \(identifier: tablespace)"
        }
        if let condition = arguments.condition, !condition.isEmpty {
            statement = "\(statement: statement) WHERE \(userText: condition)"
        }
        return statement
    }

    /// A state as a document for `diff`.
    public func document(_ state: State) -> JSONValue {
        guard let index = state.index else { return ["state": "absent"] }
        return [
            "state": "present", "definition": .string(index.definition), "valid": .bool(index.isValid),
            "tablespace": .string(index.tablespace), "storage_params": .strings(index.parameters.texts),
        ]
    }

    /// Keys of the reply: the index as it is, which in check mode is the one before.
    public func facts(
        before: State, after: State, changes: [Change], shown: [String]
    ) -> [String: JSONValue] {
        let described = isCheckMode ? before.index : after.index ?? before.index
        return [
            "name": .string(arguments.name), "schema": .string(described == nil ? "" : arguments.schema),
            "state": .string((isCheckMode ? before : after).index == nil ? "absent" : "present"),
            "tblname": .string(described?.table ?? ""), "tblspace": .string(described?.tablespace ?? ""),
            "valid": .bool(described?.isValid ?? true),
            "storage_params": .strings(described?.parameters.texts ?? []),
            "query": .string(isCheckMode ? "" : shown.joined(separator: "; ")), "queries": .strings(shown),
        ]
    }

    /// Names the database that libpq picks when the task names none.
    public func warnings(before: State) -> [String] {
        arguments.connection.warnings(database: arguments.database)
    }
}
