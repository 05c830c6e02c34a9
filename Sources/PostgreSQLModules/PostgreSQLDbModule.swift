import ModuleKit
import SQLClient

/// `postgresql_db`: a database, its owner, limits, tablespace and comment; drop and rename.
public struct PostgreSQLDbModule: ConvergentModule {
    /// The options.
    public struct Arguments: ModuleArguments {
        let name: String
        let connection: PostgreSQLConnectionArguments
        let owner: String
        let template: String
        let encoding: String
        let collate: String
        let ctype: String
        let icuLocale: String
        let localeProvider: String
        let connectionLimit: String
        let tablespace: String
        let comment: String?
        let force: Bool
        let target: String
        let maintenanceDatabase: String
        let state: Wish

        enum Wish: String, ArgumentChoice {
            case absent, present, rename
        }

        /// Declares and reads the options.
        public init(form: inout ArgumentForm) {
            name = form.required("name", aliases: ["db"], doc: "Name of the database.")
            state = form.defaulted(
                "state", to: .present,
                doc: "Whether the database exists; `rename` gives it the name `target`. "
                    + "Dumps are made by `postgresql_backup`.")
            owner = form.defaulted(
                "owner", to: "", doc: "Role that owns the database. Left as it is when empty.")
            template = form.defaulted("template", to: "", doc: "Template for a new database.")
            encoding = form.defaulted(
                "encoding", to: "",
                doc: "Encoding of a new database; that of an existing one must be the same.")
            collate = form.defaulted(
                "lc_collate", to: "", doc: "Collation order; that of an existing database must be the same.")
            ctype = form.defaulted(
                "lc_ctype", to: "",
                doc: "Character classification; that of an existing database must be the same.")
            icuLocale = form.defaulted(
                "icu_locale", to: "",
                doc: "ICU locale (PostgreSQL 15 and later); an existing one must be the same.")
            localeProvider = form.defaulted(
                "locale_provider", to: "",
                doc:
                    "Locale provider, `libc`, `icu` or `builtin` (PostgreSQL 15 and later); an existing one must be the "
                    + "same.")
            connectionLimit = form.defaulted(
                "conn_limit", to: "",
                doc: "Most concurrent connections, -1 for no limit. Left as it is when empty.")
            tablespace = form.defaulted(
                "tablespace", to: "", doc: "Tablespace of the database. Left as it is when empty.")
            comment = form.optional(
                "comment",
                doc: "Comment on the database. An empty text removes it; left as it is when omitted.")
            force = form.defaulted(
                "force", to: false, doc: "With `state: absent`, end the sessions in the database first.")
            target = form.defaulted("target", to: "", doc: "New name, with `state: rename`.")
            maintenanceDatabase = form.defaulted(
                "maintenance_db", to: "postgres", aliases: ["login_db"],
                doc: "Database to connect to while working on the other one.")
            connection = PostgreSQLConnectionArguments(form: &form)
        }
    }

    /// The name inside the collection.
    public static let name = "postgresql_db"

    /// What a person reads.
    public static let manual = Manual(
        summary: "Create, change, rename or drop a PostgreSQL database",
        description: [
            "Brings a database into the wanted state. What cannot be changed later (encoding, locale) is compared and "
                + "a difference is a failure, never a silent success."
        ],
        differences: [
            "`state: dump` and `state: restore` are not part of this module: `postgresql_backup` writes dumps atomically, "
                + "with manifest and verification.",
            "`executed_commands` and `diff` are the same in check mode as in a real run.",
            "In check mode an owner or tablespace that does not exist fails as the real run would.",
            "Locale names are compared as the operating system does: `fr_FR.UTF-8` and `fr_FR.utf8` are the same.",
        ],
        seeAlso: ["postgresql_schema", "postgresql_user", "postgresql_backup"],
        examples: [
            ManualExample(
                "Database of the town hall",
                [
                    "name": "mairie", "owner": "own_mairie", "encoding": "UTF8", "template": "template0",
                    "comment": "Base de la mairie",
                ]),
            ManualExample(
                "Rename a database", ["name": "mairie_neuve", "state": "rename", "target": "mairie"]),
            ManualExample(
                "Drop a database that is in use", ["name": "essai", "state": "absent", "force": true]),
        ],
        returns: [
            ManualReturn("db", type: "str", sample: "mairie", doc: "Name of the database."),
            ManualReturn(
                "executed_commands", type: "list",
                sample: ["CREATE DATABASE \"mairie\" OWNER \"own_mairie\""],
                doc: "Statements that were executed, or would be in check mode."),
        ])

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

    /// An instance for one task.
    public init(arguments: Arguments, context: ModuleContext) throws(ModuleFailure) {
        self.arguments = arguments
        connectionLimit = Int64(arguments.connectionLimit)
        if !arguments.connectionLimit.isEmpty, connectionLimit == nil {
            throw .impossible(
                "conn_limit of database \(arguments.name) is not a whole number: \(arguments.connectionLimit)",
                hint: nil)
        }
        try Self.requireRename(arguments)
        try arguments.connection.requireTrusted([
            arguments.owner, arguments.connectionLimit, arguments.encoding, arguments.name,
            arguments.template,
            arguments.tablespace, arguments.comment,
        ])
    }

    private static func requireRename(_ arguments: Arguments) throws(ModuleFailure) {
        guard arguments.state == .rename else { return }
        if arguments.target.isEmpty {
            throw .impossible(
                #"The "target" option must be defined when the "rename" option is used."#, hint: nil)
        }
        if arguments.name == arguments.target {
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
                arguments.target: .object(PostgreSQLDatabaseCatalog.document(state.target)),
            ]
        }
        return .object(members)
    }

    /// Keys of the reply.
    public func facts(
        before: State, after: State, changes: [Change], shown: [String]
    ) -> [String: JSONValue] {
        ["db": .string(arguments.name), "executed_commands": .strings(shown)]
    }

    /// Reads the database and what the server knows of the names in the task.
    public func observe(_ session: any SQLSession) throws(ModuleFailure) -> State {
        let names = [arguments.name, arguments.state == .rename ? arguments.target : arguments.name]
        let databases = try PostgreSQLDatabaseCatalog.databases(names, session)
        return State(
            database: databases[arguments.name],
            target: arguments.state == .rename ? databases[arguments.target] : nil,
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
            comment: arguments.comment ?? "")
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
                    "ALTER DATABASE \(identifier: arguments.name) RENAME TO \(identifier: arguments.target)")
            ]
        }
        return switch (state.database, wanted.database) {
        case (nil, nil): []
        case (.some, nil): [drop]
        case (nil, .some(let new)): creation(of: new)
        case (.some(let old), .some(let new)): alterations(from: old, to: new)
        }
    }

    private var drop: Change {
        let force: SQLStatement = arguments.force ? " WITH (FORCE)" : ""
        return Change(
            "DROP DATABASE \(identifier: arguments.name)\(statement: force)", isTransactional: false)
    }

    private func creation(of new: Description) -> [Change] {
        var parts: [SQLStatement] = ["CREATE DATABASE \(identifier: arguments.name)"]
        if !new.owner.isEmpty { parts.append("OWNER \(identifier: new.owner)") }
        if !arguments.template.isEmpty { parts.append("TEMPLATE \(identifier: arguments.template)") }
        if !arguments.encoding.isEmpty { parts.append("ENCODING \(literal: arguments.encoding)") }
        if !new.collate.isEmpty { parts.append("LC_COLLATE \(literal: new.collate)") }
        if !new.ctype.isEmpty { parts.append("LC_CTYPE \(literal: new.ctype)") }
        if !new.icuLocale.isEmpty { parts.append("ICU_LOCALE \(literal: new.icuLocale)") }
        if !new.localeProvider.isEmpty { parts.append("LOCALE_PROVIDER \(literal: new.localeProvider)") }
        if !new.tablespace.isEmpty { parts.append("TABLESPACE \(identifier: new.tablespace)") }
        if let connectionLimit { parts.append("CONNECTION LIMIT \(integer: connectionLimit)") }
        let create = Change(parts.joined(separator: " "), isTransactional: false)
        return new.comment.isEmpty ? [create] : [create, setComment(new.comment)]
    }

    private func alterations(from old: Description, to new: Description) -> [Change] {
        let database: SQLStatement = "ALTER DATABASE \(identifier: arguments.name)"
        var changes: [Change] = []
        if new.owner != old.owner {
            changes.append(Change("\(statement: database) OWNER TO \(identifier: new.owner)"))
        }
        if new.connectionLimit != old.connectionLimit {
            changes.append(Change("\(statement: database) CONNECTION LIMIT \(integer: new.connectionLimit)"))
        }
        if new.comment != old.comment { changes.append(setComment(new.comment)) }
        if new.tablespace != old.tablespace {
            changes.append(
                Change(
                    "\(statement: database) SET TABLESPACE \(identifier: new.tablespace)",
                    isTransactional: false))
        }
        return changes
    }

    private func setComment(_ comment: String) -> Change {
        Change("COMMENT ON DATABASE \(identifier: arguments.name) IS \(literal: comment)")
    }
}
