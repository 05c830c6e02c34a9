import ModuleKit
import SQLClient

/// `postgresql_table`: a table, its columns, owner, tablespace and storage parameters.
public struct PostgreSQLTableModule: ConvergentModule {
    /// The options.
    public typealias Arguments = PostgreSQLTableArguments

    /// The table as far as this module manages it.
    public struct State: Equatable {
        var table: Table?
        /// Whether a table has the new name.
        var isRenamed: Bool
        /// The login role (or `session_role`): the owner of what is created.
        let currentUser: String
        /// The tablespace of the database, which the catalog leaves out where it is used.
        let defaultTablespace: String

        struct Table: Equatable {
            var owner: String
            var tablespace: String
            var parameters: PostgreSQLStorageParameters
            /// Whether it has a TOAST table, which wide columns bring.
            var hasToast: Bool
            var isUnlogged: Bool
            /// Whether there is something to truncate; read only for that.
            var hasContent: Bool
            /// What stands after each column's name.
            var columns: [String: String]
            /// How it differs from the task.
            var differences: [PostgreSQLColumnComparison.Difference]
        }
    }

    /// The name inside the collection.
    public static let name = "postgresql_table"

    private let arguments: Arguments
    private let table: SQLIdentifier
    private let definition: PostgreSQLTableDefinition
    private let isCheckMode: Bool
    private let host: any HostServices

    /// An instance for one task.
    public init(arguments: Arguments, context: ModuleContext) throws(ModuleFailure) {
        try arguments.connection.requireTrusted(
            [
                arguments.name, arguments.tablespace, arguments.owner, arguments.like, arguments.including,
                arguments.newName,
            ] + arguments.writtenParameters + arguments.columns)
        try arguments.requireConsistent()
        table = try PostgreSQLObjectName.identifier(arguments.name, as: .table)
        if let newName = arguments.newName,
            try PostgreSQLObjectName.identifier(newName, as: .table).parts.count > 1
        {
            throw .impossible(
                "table \(arguments.name) keeps its schema when it is renamed to \(newName)",
                hint: "is the dot part of the name? then put the name in double quotes")
        }
        self.arguments = arguments
        definition = PostgreSQLTableDefinition(arguments.columns)
        isCheckMode = context.checkMode
        host = context.host
    }

    /// The parameters of the connection.
    public func connection() throws(ModuleFailure) -> [SQLConnectionParameter] {
        arguments.connection.parameters(database: arguments.database, module: Self.name)
    }

    /// Switches to the session role.
    public func prepare(_ session: any SQLSession) throws(ModuleFailure) {
        try arguments.connection.prepare(session)
    }

    /// Reads the table.
    public func observe(_ session: any SQLSession) throws(ModuleFailure) -> State {
        try PostgreSQLTableCatalog(arguments: arguments, table: table, host: host).state(session)
    }

    /// The state that the task asks for.
    public func wanted(given state: State) throws(ModuleFailure) -> State {
        var wanted = state
        if arguments.state == .absent {
            wanted.table = nil
        } else if arguments.newName != nil {
            guard state.table != nil || state.isRenamed else { throw missing("rename") }
            wanted.table = nil
            wanted.isRenamed = true
        } else if arguments.truncate {
            guard state.table != nil else { throw missing("truncate") }
            wanted.table?.hasContent = false
        } else if let current = state.table {
            wanted.table = try changed(current, state)
        } else {
            wanted.table = State.Table(
                owner: arguments.owner ?? state.currentUser, tablespace: tablespace(in: state) ?? "",
                parameters: arguments.parameters, hasToast: true, isUnlogged: arguments.isUnlogged,
                hasContent: false,
                columns: Dictionary(definition.columns.map { ($0.name, $0.text) }, uniquingKeysWith: { $1 }),
                differences: [])
        }
        return wanted
    }

    private func missing(_ act: String) -> ModuleFailure {
        .impossible(
            "table \(arguments.name) does not exist, there is nothing to \(act)",
            hint: "is it in another schema or database?")
    }

    /// The task's tablespace as the catalog has it.
    private func tablespace(in state: State) -> String? {
        arguments.tablespace.map { $0 == state.defaultTablespace ? "" : $0 }
    }

    private func changed(_ current: State.Table, _ state: State) throws(ModuleFailure) -> State.Table {
        var table = current
        table.owner = arguments.owner ?? current.owner
        table.tablespace = tablespace(in: state) ?? current.tablespace
        let parameters = arguments.parameters
        table.parameters = current.parameters.setting(current.hasToast ? parameters : parameters.withoutToast)
        guard !current.differences.isEmpty else { return table }
        let hopeless = current.differences.filter { $0.remedy == nil }
        guard arguments.converge, hopeless.isEmpty else {
            let told = arguments.converge ? hopeless : current.differences
            throw .impossible(
                "table \(arguments.name) is not the one of the task: "
                    + told.map(\.text).joined(separator: "; "),
                hint: hopeless.isEmpty
                    ? "may the table be changed (converge: true)?"
                    : "which ALTER TABLE brings it there without losing a value, or should the task change?")
        }
        table.differences = []
        table.isUnlogged = arguments.saysUnlogged ? arguments.isUnlogged : current.isUnlogged
        let changed = Set(current.differences.map(\.column))
        for column in definition.columns where changed.contains(column.name) {
            table.columns[column.name] = column.text
        }
        return table
    }

    /// The changes that lead from one state to the other.
    public func changes(
        from state: State, to wanted: State, on server: ServerFacts
    ) throws(ModuleFailure) -> [Change] {
        switch (state.table, wanted.table) {
        case (nil, nil):
            return []
        case (.some, nil):
            guard let newName = arguments.newName else {
                let cascade: SQLStatement = arguments.cascade ? " CASCADE" : ""
                return [Change("DROP TABLE \(identifier: table)\(statement: cascade)")]
            }
            return [alter("RENAME TO \(identifier: Self.unquoted(newName))")]
        case (nil, .some):
            return [Change(try creation())]
                + (arguments.owner.map { [alter("OWNER TO \(identifier: $0)")] } ?? [])
        case (.some(let old), .some(let new)):
            if old.hasContent, !new.hasContent {
                return [Change("TRUNCATE TABLE \(identifier: table)", isMomentary: true)]
            }
            return alterations(from: old, to: new)
        }
    }

    /// The one level of a new name, which may come in quotes.
    static func unquoted(_ name: String) -> String {
        // The name was checked before; one that cannot be read has been refused.
        let identifier = try? PostgreSQLObjectName.identifier(name, as: .table)
        return identifier?.parts.last ?? name
    }

    private func alter(_ action: SQLStatement) -> Change {
        Change("ALTER TABLE \(identifier: table) \(statement: action)")
    }

    private func alterations(from old: State.Table, to new: State.Table) -> [Change] {
        var changes: [Change] = []
        if new.tablespace != old.tablespace, let tablespace = arguments.tablespace {
            changes.append(alter("SET TABLESPACE \(identifier: tablespace)"))
        }
        if new.owner != old.owner { changes.append(alter("OWNER TO \(identifier: new.owner)")) }
        if new.parameters != old.parameters {
            let parameters = arguments.writtenParameters.joined(separator: ",")
            changes.append(alter("SET (\(userText: parameters))"))
        }
        if new.differences.isEmpty { changes += old.differences.compactMap(\.remedy).map { Change($0) } }
        return changes
    }

    private func creation() throws(ModuleFailure) -> SQLStatement {
        let unlogged: SQLStatement = arguments.isUnlogged ? " UNLOGGED" : ""
        var columns: SQLStatement = "\(userText: arguments.columns.joined(separator: ","))"
        if let like = arguments.like {
            columns = "LIKE \(identifier: try PostgreSQLObjectName.identifier(like, as: .table))"
            for word in (arguments.including ?? "").split(separator: ",") {
                columns = "\(statement: columns) INCLUDING \(userText: String(word))"
            }
        }
        var statement: SQLStatement =
            "CREATE\(statement: unlogged) TABLE \(identifier: table) (\(statement: columns))"
        if !arguments.writtenParameters.isEmpty {
            let parameters = arguments.writtenParameters.joined(separator: ",")
            statement = "\(statement: statement) WITH (\(userText: parameters))"
        }
        if let tablespace = arguments.tablespace {
            statement = "\(statement: statement) TABLESPACE \(identifier: tablespace)"
        }
        return statement
    }

    /// A state as a document for `diff`.
    public func document(_ state: State) -> JSONValue {
        guard let table = state.table else {
            return state.isRenamed
                ? ["state": "present", "table": .optional(arguments.newName)] : ["state": "absent"]
        }
        var members: [String: JSONValue] = [
            "state": "present", "table": .string(arguments.name), "owner": .string(table.owner),
            "tablespace": .string(table.tablespace), "storage_params": .strings(table.parameters.texts),
            "unlogged": .bool(table.isUnlogged),
            "columns": .object(table.columns.mapValues(JSONValue.string)),
        ]
        if arguments.truncate { members["empty"] = .bool(!table.hasContent) }
        return .object(members)
    }

    /// Keys of the reply: the table as it is, which in check mode is the one before.
    public func facts(
        before: State, after: State, changes: [Change], shown: [String]
    ) -> [String: JSONValue] {
        let actual = isCheckMode ? before : after
        let described = isCheckMode ? before.table : after.table ?? before.table
        // After `rename` the state is that of the new name.
        let exists = arguments.newName == nil ? actual.table != nil : actual.isRenamed
        return [
            "table": .string(arguments.name), "state": .string(exists ? "present" : "absent"),
            "owner": .string(described?.owner ?? ""), "tablespace": .string(described?.tablespace ?? ""),
            "storage_params": .strings(described?.parameters.texts ?? []), "queries": .strings(shown),
        ]
    }

    /// Further columns, an option that says nothing, and the database when the task names none.
    public func warnings(before: State) -> [String] {
        var warnings = arguments.connection.warnings(database: arguments.database)
        if arguments.cascade, arguments.state == .present {
            warnings.append("cascade says nothing about a table that shall be present")
        }
        let named = Set(definition.columns.map(\.name))
        let further = (before.table?.columns.keys.sorted() ?? []).filter { !named.contains($0) }
        if !named.isEmpty, !further.isEmpty {
            warnings.append(
                "Table \(arguments.name) has columns that the task does not name: \(further.joined(separator: ", "))"
            )
        }
        return warnings
    }
}
