import ModuleKit
import SQLClient

/// `postgresql_tablespace`: a tablespace, its owner, options and comment.
public struct PostgreSQLTablespaceModule: ConvergentModule {
    /// The options.
    public struct Arguments: ModuleArguments {
        let name: String
        let location: FilePath?
        let owner: String?
        let options: ArgumentDictionary?
        let newName: String?
        let comment: String?
        let state: Presence
        let database: String?
        let connection: PostgreSQLConnectionArguments

        enum Presence: String, ArgumentChoice {
            case absent, present
        }

        /// Declares and reads the options.
        public init(form: inout ArgumentForm) {
            name = form.required("tablespace", aliases: ["name"], doc: "Name of the tablespace.")
            location = form.optional(
                "location", aliases: ["path"],
                doc:
                    "Folder of a new tablespace, on the server; it must exist, be empty and belong to the server's account."
            )
            state = form.defaulted("state", to: .present, doc: "Whether the tablespace exists.")
            owner = form.optional("owner", doc: "Role that owns it. Left as it is when omitted.")
            options = form.optional(
                "set",
                doc:
                    "Options, such as `seq_page_cost`; the value `reset` goes back to the server's default. Those that are not "
                    + "named stay as they are.")
            newName = form.optional("rename_to", doc: "New name of an existing tablespace.")
            comment = form.optional(
                "comment", doc: "Comment on it. An empty text removes it; left as it is when omitted.")
            database = form.optional(
                "login_db", aliases: ["db"],
                doc: "Database to connect to; tablespaces belong to the whole server.")
            connection = PostgreSQLConnectionArguments(form: &form)
        }
    }

    /// A tablespace as far as this module manages it, and what planning must know besides.
    public struct State: Equatable {
        var tablespace: Tablespace?
        /// What is known to lie in it: databases, and relations of the connected one.
        let contents: [String]
        /// Who would own a new one.
        let currentRole: String
        /// Whether the role that shall own it exists.
        let isOwnerKnown: Bool
        /// Whether another tablespace has the new name already.
        let isNewNameTaken: Bool

        struct Tablespace: Equatable {
            var name: String
            var location: String
            var owner: String
            var options: [String: String]
            var comment: String
        }
    }

    /// Most databases, and most relations, that a refusal names.
    private static let contentsMax: Int64 = 5

    /// The options that a tablespace may have; the same ones in PostgreSQL 13 to 18.
    ///
    /// Source: PostgreSQL 17 manual, CREATE TABLESPACE.
    private static let knownOptions: Set = [
        "effective_io_concurrency", "maintenance_io_concurrency", "random_page_cost", "seq_page_cost",
    ]

    /// The name inside the collection.
    public static let name = "postgresql_tablespace"

    /// What a person reads.
    public static let manual = Manual(
        summary: "Create, change or drop a PostgreSQL tablespace",
        description: [
            "Brings a tablespace into the wanted state: existence, owner, options, name and comment. CREATE and DROP "
                + "TABLESPACE cannot be part of a transaction: what follows them is done one by one."
        ],
        differences: [
            "Check mode works for creating and dropping too, and only reads.",
            "A tablespace that holds databases, or objects of the connected one, is not dropped, in check mode neither.",
            "What can be known to fail (an owner that does not exist, an unknown option, a name that is taken) fails before "
                + "CREATE TABLESPACE, which could not be rolled back.",
            "A second run of a task with `rename_to` is unchanged, and the other options hold for the renamed tablespace.",
            "Numbers of `set` are compared as numbers, and a slash at the end of `location` does not count.",
        ],
        seeAlso: ["postgresql_table", "postgresql_db"],
        examples: [
            ManualExample(
                "Fast disks for the appointments",
                [
                    "name": "ssd", "location": "/srv/postgresql/ssd", "owner": "own_rdv",
                    "set": ["random_page_cost": "1.1"], "comment": "Disques rapides",
                ]),
            ManualExample("The server's cost again", ["name": "ssd", "set": ["random_page_cost": "reset"]]),
            ManualExample("Drop an empty tablespace", ["name": "ssd", "state": "absent"]),
        ],
        returns: [
            ManualReturn("tablespace", type: "str", sample: "ssd", doc: "Name of the tablespace."),
            ManualReturn("owner", type: "str", sample: "own_rdv", doc: "Its owner."),
            ManualReturn(
                "options", type: "dict", sample: ["random_page_cost": "1.1"], doc: "Its options."),
            ManualReturn("location", type: "str", sample: "/srv/postgresql/ssd", doc: "Its folder."),
            ManualReturn("comment", type: "str", sample: "Disques rapides", doc: "Its comment."),
            ManualReturn(
                "newname", type: "str", returned: "when renamed", sample: "nvme", doc: "Its new name."),
            ManualReturn("state", type: "str", sample: "present", doc: "Whether it exists."),
            ManualReturn(
                "queries", type: "list",
                sample: ["CREATE TABLESPACE \"ssd\" LOCATION '/srv/postgresql/ssd'"],
                doc: "Statements that were executed, or would be in check mode."),
        ])

    private let arguments: Arguments

    /// An instance for one task.
    public init(arguments: Arguments, context: ModuleContext) throws(ModuleFailure) {
        self.arguments = arguments
        let options = (arguments.options?.members ?? [:]).map { "\($0.key) = \($0.value.asParameterText)" }
        try arguments.connection.requireTrusted(
            [
                arguments.name, arguments.location?.text, arguments.owner, arguments.newName,
                arguments.comment,
            ] + options)
        let hasMore =
            arguments.location != nil || arguments.owner != nil || arguments.newName != nil
            || !(arguments.options?.members ?? [:]).isEmpty
        if arguments.state == .absent, hasMore {
            throw .impossible(
                "state=absent is mutually exclusive location, owner, rename_to, and set", hint: nil)
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

    /// Reads the tablespace under its name, or under the one that an earlier run gave it.
    public func observe(_ session: any SQLSession) throws(ModuleFailure) -> State {
        let names = [arguments.name, newName ?? arguments.name].map(SQLValue.text)
        let rows = try session.observedRecords(
            """
            SELECT t.spcname AS name,
                   pg_catalog.pg_get_userbyid(t.spcowner) AS owner,
                   pg_catalog.pg_tablespace_location(t.oid) AS location,
                   t.spcoptions AS options,
                   coalesce(pg_catalog.shobj_description(t.oid, 'pg_tablespace'), '') AS comment,
                   ARRAY(SELECT 'database ' || pg_catalog.quote_ident(d.datname)
                           FROM pg_catalog.pg_database AS d
                          WHERE d.dattablespace = t.oid
                          ORDER BY d.datname
                          LIMIT \(integer: Self.contentsMax))
                     || ARRAY(SELECT pg_catalog.pg_describe_object('pg_catalog.pg_class'::pg_catalog.regclass, c.oid, 0)
                                FROM pg_catalog.pg_class AS c
                               WHERE c.reltablespace = t.oid
                               ORDER BY c.oid
                               LIMIT \(integer: Self.contentsMax)) AS contents,
                   current_user::text AS session_role,
                   EXISTS (SELECT 1
                             FROM pg_catalog.pg_roles AS r
                            WHERE r.rolname = \(value: .text(arguments.owner ?? ""))) AS is_owner_known
              FROM (SELECT 1) AS one
              LEFT JOIN pg_catalog.pg_tablespace AS t ON t.spcname = ANY (\(value: .array(names))::name[])
             ORDER BY t.spcname = \(value: .text(arguments.name)) DESC
            """)
        guard let row = rows.first else {
            throw .impossible("the server does not answer about tablespaces", hint: nil)
        }
        let tablespace = row.text("name").map { name in
            State.Tablespace(
                name: name, location: row.text("location") ?? "", owner: row.text("owner") ?? "",
                options: StorageOptions.parsed(row.texts("options")), comment: row.text("comment") ?? "")
        }
        return State(
            tablespace: tablespace, contents: row.texts("contents"),
            currentRole: row.text("session_role") ?? "", isOwnerKnown: row.bool("is_owner_known"),
            isNewNameTaken: rows.count > 1)
    }

    /// The state that the task asks for.
    public func wanted(given state: State) throws(ModuleFailure) -> State {
        var wanted = state
        switch (arguments.state, state.tablespace) {
        case (.absent, nil): break
        case (.absent, .some):
            guard state.contents.isEmpty else {
                throw .impossible(
                    "tablespace \"\(arguments.name)\" is not empty: \(state.contents.joined(separator: ", "))",
                    hint: "where shall they move? other databases may have objects in it too")
            }
            wanted.tablespace = nil
        case (.present, nil): wanted.tablespace = try newTablespace(state)
        case (.present, let current?): wanted.tablespace = try changed(current, state)
        }
        return wanted
    }

    private func newTablespace(_ state: State) throws(ModuleFailure) -> State.Tablespace {
        if newName != nil {
            throw .impossible(
                "Tablespace \(arguments.name) does not exist, nothing to rename",
                hint: "is the name written as it is stored (pg_tablespace)?")
        }
        guard let location, !location.isEmpty else {
            throw .impossible(
                "'location' parameter must be passed with state=present if the tablespace doesn't exist",
                hint: "which empty folder of the server's account shall it have?")
        }
        let bare = State.Tablespace(
            name: arguments.name, location: location, owner: state.currentRole, options: [:], comment: "")
        try requireAllowed(name: bare.name)
        return try changed(bare, state)
    }

    /// The new name, if there is one to give.
    private var newName: String? { arguments.newName.flatMap { $0.isEmpty ? nil : $0 } }

    /// The location as the server stores it: without slashes that mean nothing.
    private var location: String? {
        guard let text = arguments.location?.text else { return nil }
        let levels = text.split(separator: "/", omittingEmptySubsequences: true)
        return (text.startsWithScalars("/") ? "/" : "") + levels.joined(separator: "/")
    }

    private func requireAllowed(name: String) throws(ModuleFailure) {
        guard name.startsWithScalars("pg_") else { return }
        throw .impossible(
            "unacceptable tablespace name \"\(name)\": the prefix \"pg_\" is the server's own",
            hint: "which other name may it have?")
    }

    private func changed(
        _ current: State.Tablespace, _ state: State
    ) throws(ModuleFailure) -> State.Tablespace {
        if let location, location != current.location {
            throw .impossible(
                "Tablespace '\(current.name)' exists with different location '\(current.location)'",
                hint: "is another tablespace meant? a location cannot be changed")
        }
        var wanted = current
        if let owner = arguments.owner, !owner.isEmpty {
            guard state.isOwnerKnown else {
                throw .impossible(
                    "Role '\(owner)' does not exist", hint: "is its name written as it is stored?")
            }
            wanted.owner = owner
        }
        if let comment = arguments.comment { wanted.comment = comment }
        if let name = newName, name != current.name {
            guard !state.isNewNameTaken else {
                throw .impossible(
                    "tablespace \"\(name)\" already exists, \(current.name) cannot be renamed to it",
                    hint: "which of the two shall go?")
            }
            try requireAllowed(name: name)
            wanted.name = name
        }
        for (name, value) in arguments.options?.members ?? [:] {
            try setOption(name, value.asParameterText, in: &wanted.options)
        }
        return wanted
    }

    private func setOption(
        _ given: String, _ value: String, in options: inout [String: String]
    ) throws(ModuleFailure) {
        let name = given.lowercased()
        guard Self.knownOptions.contains(name) else {
            throw .impossible(
                "\"\(given)\" is not an option of tablespaces",
                hint: "is one of these meant: \(Self.knownOptions.sorted().joined(separator: ", "))?")
        }
        guard value != "reset" else {
            options[name] = nil
            return
        }
        if let old = options[name].flatMap(Double.init), old == Double(value) { return }
        options[name] = value
    }

    /// The changes that lead from one state to the other.
    public func changes(
        from state: State, to wanted: State, on server: ServerFacts
    ) throws(ModuleFailure) -> [Change] {
        switch (state.tablespace, wanted.tablespace) {
        case (nil, nil): return []
        case (let old?, nil):
            return [Change("DROP TABLESPACE \(identifier: old.name)", isTransactional: false)]
        case (nil, let new?):
            let create = Change(
                "CREATE TABLESPACE \(identifier: new.name) LOCATION \(literal: new.location)",
                isTransactional: false)
            let bare = State.Tablespace(
                name: new.name, location: new.location, owner: state.currentRole, options: [:], comment: "")
            return [create] + (try alterations(from: bare, to: new))
        case (let old?, let new?): return try alterations(from: old, to: new)
        }
    }

    private func alterations(
        from old: State.Tablespace, to new: State.Tablespace
    ) throws(ModuleFailure) -> [Change] {
        var changes: [Change] = []
        if old.name != new.name {
            changes.append(
                Change("ALTER TABLESPACE \(identifier: old.name) RENAME TO \(identifier: new.name)"))
        }
        let alter: SQLStatement = "ALTER TABLESPACE \(identifier: new.name) "
        if old.owner != new.owner { changes.append(Change(alter + "OWNER TO \(identifier: new.owner)")) }
        for option in Set(old.options.keys).union(new.options.keys).sorted()
        where old.options[option] != new.options[option] {
            let name = try StorageOptions.name(option)
            guard let value = new.options[option] else {
                changes.append(Change(alter + "RESET (\(statement: name))"))
                continue
            }
            changes.append(Change(alter + "SET (\(statement: name) = \(literal: value))"))
        }
        if old.comment != new.comment {
            changes.append(
                Change("COMMENT ON TABLESPACE \(identifier: new.name) IS \(literal: new.comment)"))
        }
        return changes
    }

    /// A state as a document for `diff`.
    public func document(_ state: State) -> JSONValue {
        guard let tablespace = state.tablespace else { return ["state": "absent"] }
        return [
            "state": "present", "name": .string(tablespace.name), "location": .string(tablespace.location),
            "owner": .string(tablespace.owner), "comment": .string(tablespace.comment),
            "options": .object(tablespace.options.mapValues(JSONValue.string)),
        ]
    }

    /// Keys of the reply.
    public func facts(
        before: State, after: State, changes: [Change], shown: [String]
    ) -> [String: JSONValue] {
        let told = after.tablespace ?? before.tablespace
        var facts: [String: JSONValue] = [
            "tablespace": .string(arguments.name), "state": .string(arguments.state.rawValue),
            "owner": .string(told?.owner ?? ""), "location": .string(told?.location ?? ""),
            "comment": .string(told?.comment ?? ""), "queries": .strings(shown),
            "options": .object((told?.options ?? [:]).mapValues(JSONValue.string)),
        ]
        if let name = newName, before.tablespace?.name != name { facts["newname"] = .string(name) }
        return facts
    }
}
