import ModuleKit
import SQLClient

/// `postgresql_db`: a database, its owner, limits, tablespace and comment; drop, rename, dump and restore.
public struct PostgreSQLDbModule: ConvergentModule {
    /// The options.
    public typealias Arguments = PostgreSQLDbArguments

    /// The name inside the collection.
    public static let name = "postgresql_db"

    /// A database as far as this module manages it.
    public struct Description: Equatable, Sendable {
        var owner: String
        var encoding: String
        var collate: String
        var ctype: String
        var icuLocale: String
        var localeProvider: String
        var connectionLimit: Int64
        var tablespace: String
        var comment: String
        var settings: [String: String]
    }

    /// The database and, for a rename, the one with the new name.
    public struct State: Equatable {
        var database: Description?
        var target: Description?
        /// Wanted encoding, owner and tablespace as the server knows them.
        var known: Known
    }

    /// What the server says of names that the task uses.
    struct Known: Equatable {
        var encoding: String?
        var ownerExists: Bool
        var tablespaceExists: Bool
    }

    private let arguments: Arguments
    private let connectionLimit: Int64?
    private let settings: SessionSettings
    private let hidesRename: Bool

    private var statements: DatabaseStatements {
        DatabaseStatements(arguments: arguments, connectionLimit: connectionLimit, settings: settings)
    }

    /// Performs the task: a dump and a restore are work for programs, everything else is a state to converge to.
    public static func run(_ arguments: Arguments, in context: ModuleContext) throws(ModuleFailure) -> Reply {
        switch arguments.state {
        case .absent, .present, .rename:
            return try converge(arguments, in: context)
        case .dump:
            return try DatabaseDump(DumpTask(arguments, in: context)).reply()
        case .restore:
            return try DatabaseRestore(DumpTask(arguments, in: context)).reply()
        }
    }

    /// An instance for one task.
    public init(arguments: Arguments, context: ModuleContext) throws(ModuleFailure) {
        self.arguments = arguments
        // The peer's own tests pin an empty list here, and only here.
        hidesRename = context.checkMode && arguments.state == .rename
        connectionLimit = Int64(arguments.connectionLimit)
        settings = try SessionSettings(
            arguments.configuration, resetsOthers: arguments.resetUnspecifiedConfiguration)
        if !arguments.connectionLimit.isEmpty, connectionLimit == nil {
            throw .impossible(
                "conn_limit of database \(arguments.name) is not a whole number: \(arguments.connectionLimit)",
                hint: nil)
        }
        try Self.requireRename(arguments)
        try arguments.requireTrusted()
    }

    private static func requireRename(_ arguments: Arguments) throws(ModuleFailure) {
        guard arguments.state == .rename else { return }
        if arguments.target.text.isEmpty {
            throw .impossible(
                #"The "target" option must be defined when the "rename" option is used."#, hint: nil)
        }
        if arguments.name == arguments.target.text {
            throw .impossible(#"The "name/db" option and the "target" option cannot be the same."#, hint: nil)
        }
        if arguments.maintenanceDatabase == arguments.name {
            throw .impossible(
                #"The "maintenance_db" option and the "name/db" option cannot be the same."#, hint: nil)
        }
    }

    /// The parameters of the connection.
    public func connection() throws(ModuleFailure) -> [SQLConnectionParameter] {
        arguments.connection.parameters(database: arguments.maintenanceDatabase, module: Self.name)
    }

    /// Switches to the session role.
    public func prepare(_ session: any SQLSession) throws(ModuleFailure) {
        try arguments.connection.prepare(session)
    }

    /// A state as a document for `diff`.
    public func document(_ state: State) -> JSONValue {
        var members = PostgreSQLDatabaseCatalog.document(state.database)
        if arguments.state == .rename {
            members = [
                arguments.name: .object(members),
                arguments.target.text: .object(PostgreSQLDatabaseCatalog.document(state.target)),
            ]
        }
        return .object(members)
    }

    /// Keys of the reply.
    public func facts(
        before: State, after: State, changes: [Change], shown: [String]
    ) -> [String: JSONValue] {
        ["db": .string(arguments.name), "executed_commands": .strings(hidesRename ? [] : shown)]
    }

    /// Reads the database and what the server knows of the names in the task.
    public func observe(_ session: any SQLSession) throws(ModuleFailure) -> State {
        let names = [arguments.name, arguments.state == .rename ? arguments.target.text : arguments.name]
        let databases = try PostgreSQLDatabaseCatalog.databases(names, session)
        return State(
            database: databases[arguments.name],
            target: arguments.state == .rename ? databases[arguments.target.text] : nil,
            known: arguments.state == .present ? try known(session) : Self.nothingAsked)
    }

    private static let nothingAsked = Known(encoding: nil, ownerExists: true, tablespaceExists: true)

    private func known(_ session: any SQLSession) throws(ModuleFailure) -> Known {
        if arguments.owner.isEmpty, arguments.tablespace.isEmpty, arguments.encoding.isEmpty {
            return Self.nothingAsked
        }
        let rows = try session.observedRecords(
            """
            SELECT pg_catalog.pg_encoding_to_char(
                       pg_catalog.pg_char_to_encoding(\(value: .text(arguments.encoding)))) AS encoding,
                   EXISTS (SELECT 1
                             FROM pg_catalog.pg_roles AS r
                            WHERE r.rolname = \(value: .text(arguments.owner))) AS owner_exists,
                   EXISTS (SELECT 1
                             FROM pg_catalog.pg_tablespace AS t
                            WHERE t.spcname = \(value: .text(arguments.tablespace))) AS tablespace_exists
            """)
        guard let row = rows.first else { return Self.nothingAsked }
        return Known(
            encoding: row.text("encoding"),
            ownerExists: arguments.owner.isEmpty || row.bool("owner_exists"),
            tablespaceExists: arguments.tablespace.isEmpty || row.bool("tablespace_exists"))
    }

    /// The state that the task asks for.
    public func wanted(given state: State) throws(ModuleFailure) -> State {
        var wanted = state
        switch arguments.state {
        case .absent:
            wanted.database = nil
        case .rename:
            try requireRenamable(state)
            if state.database != nil {
                wanted.target = state.database
                wanted.database = nil
            }
        case .present:
            try requireKnown(state.known)
            wanted.database = try state.database.map(described) ?? newDatabase(state.known)
        case .dump, .restore:
            preconditionFailure("dump and restore have no state to converge to")
        }
        return wanted
    }

    private func requireRenamable(_ state: State) throws(ModuleFailure) {
        switch (state.database, state.target) {
        case (nil, nil):
            throw .impossible("The source and the target databases do not exist.", hint: nil)
        case (.some, .some):
            throw .impossible(
                "Both the source and the target databases exist.", hint: "which of the two is the right one?")
        case (.some, nil), (nil, .some):
            break
        }
    }

    private func requireKnown(_ known: Known) throws(ModuleFailure) {
        if !known.ownerExists {
            throw .impossible(
                "role \"\(arguments.owner)\" does not exist", hint: "is the role created by an earlier task?")
        }
        if !known.tablespaceExists {
            throw .impossible(
                "tablespace \"\(arguments.tablespace)\" does not exist",
                hint: "is the tablespace created by an earlier task?")
        }
        if !arguments.encoding.isEmpty, known.encoding?.isEmpty != false {
            throw .impossible("\(arguments.encoding) is not an encoding that the server knows", hint: nil)
        }
    }

    private func newDatabase(_ known: Known) -> Description {
        Description(
            owner: arguments.owner, encoding: known.encoding ?? "", collate: arguments.collate,
            ctype: arguments.ctype, icuLocale: arguments.icuLocale, localeProvider: arguments.localeProvider,
            connectionLimit: connectionLimit ?? -1, tablespace: arguments.tablespace,
            comment: arguments.comment ?? "", settings: settings.wanted(given: [:]))
    }

    private func described(_ current: Description) throws(ModuleFailure) -> Description {
        try requireSame("database encoding", arguments.encoding, current.encoding) {
            $0 == Self.normalised($1)
        }
        try requireSame(
            "LC_COLLATE", arguments.collate, current.collate, PostgreSQLDatabaseCatalog.sameLocale)
        try requireSame("LC_CTYPE", arguments.ctype, current.ctype, PostgreSQLDatabaseCatalog.sameLocale)
        try requireSame("ICU_LOCALE", arguments.icuLocale, current.icuLocale, ==)
        try requireSame("LOCALE_PROVIDER", arguments.localeProvider, current.localeProvider, ==)
        var wanted = current
        if !arguments.owner.isEmpty { wanted.owner = arguments.owner }
        if !arguments.tablespace.isEmpty { wanted.tablespace = arguments.tablespace }
        wanted.connectionLimit = connectionLimit ?? current.connectionLimit
        wanted.comment = arguments.comment ?? current.comment
        wanted.settings = settings.wanted(given: current.settings)
        return wanted
    }

    /// `utf-8` and `UTF8` are the same encoding to the server.
    private static func normalised(_ encoding: String) -> String {
        encoding.uppercased().filter { $0.isLetter || $0.isNumber }
    }

    private func requireSame(
        _ what: String, _ asked: String, _ current: String, _ same: (String, String) -> Bool
    ) throws(ModuleFailure) {
        let asked = what == "database encoding" ? Self.normalised(asked) : asked
        guard !asked.isEmpty, !same(asked, current) else { return }
        throw .impossible(
            "Changing \(what) is not supported. Current \(what == "database encoding" ? "encoding" : what): \(current)",
            hint: "can a new database be filled from a dump of this one?")
    }

    /// The changes that lead from one state to the other.
    public func changes(
        from state: State, to wanted: State, on server: ServerFacts
    ) throws(ModuleFailure) -> [Change] {
        if arguments.state == .rename {
            guard state.database != nil, wanted.database == nil else { return [] }
            return [
                Change(
                    "ALTER DATABASE \(identifier: arguments.name) RENAME TO \(identifier: arguments.target.text)"
                )
            ]
        }
        return switch (state.database, wanted.database) {
        case (nil, nil): []
        case (.some, nil): [statements.drop]
        case (nil, .some(let new)): statements.creation(of: new)
        case (.some(let old), .some(let new)): statements.alterations(from: old, to: new)
        }
    }
}
