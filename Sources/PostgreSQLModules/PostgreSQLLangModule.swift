import ModuleKit
import SQLClient

/// `postgresql_lang`: a procedural language, which is an extension since PostgreSQL 9.1.
public struct PostgreSQLLangModule: ConvergentModule {
    /// The options.
    public struct Arguments: ModuleArguments {
        let name: String
        let database: String
        let owner: String?
        let trust: Bool?
        let forceTrust: Bool
        let cascade: Bool
        let failsOnDrop: Bool
        let state: Presence
        let connection: PostgreSQLConnectionArguments

        enum Presence: String, ArgumentChoice {
            case absent, present
        }

        /// Declares and reads the options.
        public init(form: inout ArgumentForm) {
            name = form.required(
                "lang", aliases: ["name"], doc: "Name of the language, such as `plpython3u`.")
            database = form.required("login_db", aliases: ["db"], doc: "Database that holds the language.")
            state = form.defaulted("state", to: .present, doc: "Whether the language is installed.")
            owner = form.optional("owner", doc: "Role that owns the language. Left as it is when omitted.")
            trust = form.optional(
                "trust",
                doc:
                    "Whether every role may write functions in it. Left as its extension has it when omitted. Dangerous with "
                    + "languages that reach the host, such as `plpython3u`.")
            forceTrust = form.defaulted(
                "force_trust", to: false, doc: "The same as `trust: true` where `trust` is omitted.")
            cascade = form.defaulted("cascade", to: false, doc: "Drop the objects that depend on it.")
            failsOnDrop = form.defaulted(
                "fail_on_drop", to: true,
                doc: "Fail when it cannot be dropped because objects depend on it; otherwise it stays.")
            connection = PostgreSQLConnectionArguments(form: &form)
        }
    }

    /// The language as far as this module manages it, and what planning must know besides.
    public struct State: Equatable {
        var language: Language?
        /// The extension that the language is part of; `nil` where it was made without one.
        let memberOf: String?
        /// Whether it is one of the server's own (`c`, `internal`, `sql`).
        let isBuiltIn: Bool
        /// Whether the server's files have an extension of this name.
        let isAvailable: Bool
        /// Who would own a new one.
        let currentRole: String
        /// Whether the role that shall own it exists.
        let isOwnerKnown: Bool
        /// Some of the objects that need it.
        let dependents: [String]

        struct Language: Equatable {
            var owner: String
            /// `nil` for a new one: its extension says.
            var isTrusted: Bool?
        }
    }

    /// Most dependent objects that a refusal names.
    private static let dependentsMax: Int64 = 5

    /// The name inside the collection.
    public static let name = "postgresql_lang"

    /// What a person reads.
    public static let manual = Manual(
        summary: "Install or drop a procedural language",
        description: [
            "Languages are extensions: `postgresql_ext` does the same, and knows versions and schemas too. This module is for "
                + "playbooks that were written for community.postgresql before 4.0."
        ],
        differences: [
            "CREATE EXTENSION and DROP EXTENSION instead of CREATE LANGUAGE and DROP LANGUAGE. Only a language that was made "
                + "without an extension is dropped by DROP LANGUAGE.",
            "Without `trust`, the trust of a language stays as it is; the former module took it from every trusted language.",
            "A language in use fails (or stays, with `fail_on_drop: false`) in check mode too, and the objects are named.",
            "`force_trust` alone trusts a language; the former module did nothing without `trust`.",
        ],
        seeAlso: ["postgresql_ext", "postgresql_owner"],
        examples: [
            ManualExample("Python for the reporting", ["login_db": "mairie", "lang": "plpython3u"]),
            ManualExample(
                "Drop it where nothing uses it",
                ["login_db": "mairie", "lang": "plpython3u", "state": "absent", "fail_on_drop": false]),
        ],
        returns: [
            ManualReturn("lang", type: "str", sample: "plpython3u", doc: "Name of the language."),
            ManualReturn("db", type: "str", sample: "mairie", doc: "The database."),
            ManualReturn("trust", type: "bool", sample: false, doc: "The option `trust`."),
            ManualReturn(
                "lang_dropped", type: "bool", returned: "with state=absent where there was one", sample: true,
                doc: "Whether the language was dropped."),
            ManualReturn(
                "queries", type: "list", sample: ["CREATE EXTENSION \"plpython3u\""],
                doc: "Statements that were executed, or would be in check mode."),
        ])

    private let arguments: Arguments

    /// An instance for one task.
    public init(arguments: Arguments, context: ModuleContext) throws(ModuleFailure) {
        try arguments.connection.requireTrusted([arguments.name, arguments.owner])
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

    /// Reads the language, its extension, and what needs either, in one statement.
    public func observe(_ session: any SQLSession) throws(ModuleFailure) -> State {
        let rows = try session.observedRecords(
            """
            SELECT l.lanname AS name,
                   pg_catalog.pg_get_userbyid(l.lanowner) AS owner,
                   l.lanpltrusted AS is_trusted,
                   NOT coalesce(l.lanispl, true) AS is_built_in,
                   x.extname AS member_of,
                   current_user::text AS session_role,
                   EXISTS (SELECT 1
                             FROM pg_catalog.pg_available_extensions AS a
                            WHERE a.name = \(value: .text(arguments.name))) AS is_available,
                   EXISTS (SELECT 1
                             FROM pg_catalog.pg_roles AS r
                            WHERE r.rolname = \(value: .text(arguments.owner ?? ""))) AS is_owner_known,
                   ARRAY(SELECT pg_catalog.pg_describe_object(d.classid, d.objid, d.objsubid)
                           FROM pg_catalog.pg_depend AS d
                          WHERE d.deptype = 'n'
                            AND ((d.refclassid = 'pg_catalog.pg_language'::pg_catalog.regclass
                                  AND d.refobjid = l.oid)
                                 OR (d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass
                                     AND d.refobjid = x.oid))
                            AND NOT EXISTS (SELECT 1
                                              FROM pg_catalog.pg_depend AS m
                                             WHERE m.classid = d.classid
                                               AND m.objid = d.objid
                                               AND m.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass
                                               AND m.refobjid = x.oid
                                               AND m.deptype = 'e')
                          ORDER BY d.classid, d.objid
                          LIMIT \(integer: Self.dependentsMax)) AS dependents
              FROM (SELECT 1) AS one
              LEFT JOIN pg_catalog.pg_language AS l ON l.lanname = \(value: .text(arguments.name))
              LEFT JOIN pg_catalog.pg_depend AS e
                     ON e.classid = 'pg_catalog.pg_language'::pg_catalog.regclass
                    AND e.objid = l.oid
                    AND e.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass
                    AND e.deptype = 'e'
              LEFT JOIN pg_catalog.pg_extension AS x ON x.oid = e.refobjid
            """)
        guard let row = rows.first else {
            throw .impossible("the server does not answer about languages", hint: nil)
        }
        let language = row.text("name").map { _ in
            State.Language(owner: row.text("owner") ?? "", isTrusted: row.bool("is_trusted"))
        }
        return State(
            language: language, memberOf: row.text("member_of"), isBuiltIn: row.bool("is_built_in"),
            isAvailable: row.bool("is_available"),
            currentRole: row.text("session_role") ?? "", isOwnerKnown: row.bool("is_owner_known"),
            dependents: row.texts("dependents"))
    }

    /// The state that the task asks for.
    public func wanted(given state: State) throws(ModuleFailure) -> State {
        var wanted = state
        switch arguments.state {
        case .present: wanted.language = try present(state)
        case .absent: if try canBeDropped(state) { wanted.language = nil }
        }
        return wanted
    }

    private func present(_ state: State) throws(ModuleFailure) -> State.Language {
        guard state.language != nil || state.isAvailable else {
            throw .impossible(
                "language \"\(arguments.name)\" is not available: the server's files have no such extension",
                hint: "which package brings it (such as postgresql-plpython3-17 for plpython3u)?")
        }
        var language = state.language ?? State.Language(owner: state.currentRole, isTrusted: nil)
        if let owner = arguments.owner, !owner.isEmpty {
            guard state.isOwnerKnown else {
                throw .impossible(
                    "Role '\(owner)' does not exist", hint: "is its name written as it is stored?")
            }
            language.owner = owner
        }
        if let trust = arguments.trust ?? (arguments.forceTrust ? true : nil) { language.isTrusted = trust }
        return language
    }

    private func canBeDropped(_ state: State) throws(ModuleFailure) -> Bool {
        guard !state.isBuiltIn else {
            throw .impossible(
                "language \"\(arguments.name)\" is part of the server and cannot be dropped",
                hint: "is another language meant?")
        }
        if let extensionName = state.memberOf, extensionName != arguments.name {
            throw .impossible(
                "language \"\(arguments.name)\" is part of the extension \"\(extensionName)\"",
                hint: "shall all of the extension go (postgresql_ext)?")
        }
        guard !state.dependents.isEmpty, !arguments.cascade else { return true }
        guard arguments.failsOnDrop else { return false }
        throw .impossible(
            "unable to drop language, use cascade to delete dependencies or fail_on_drop=false to ignore: "
                + "\(arguments.name) is needed by \(state.dependents.joined(separator: ", "))",
            hint: "may they go too (cascade: true)?")
    }

    /// The changes that lead from one state to the other.
    public func changes(
        from state: State, to wanted: State, on server: ServerFacts
    ) throws(ModuleFailure) -> [Change] {
        guard let new = wanted.language else {
            guard state.language != nil else { return [] }
            let kind: SQLStatement = state.memberOf == nil ? "LANGUAGE" : "EXTENSION"
            let cascade: SQLStatement = arguments.cascade ? " CASCADE" : ""
            return [
                Change("DROP \(statement: kind) \(identifier: arguments.name)\(statement: cascade)")
            ]
        }
        var changes: [Change] = []
        if state.language == nil { changes.append(Change("CREATE EXTENSION \(identifier: arguments.name)")) }
        if (state.language?.owner ?? state.currentRole) != new.owner {
            changes.append(
                Change("ALTER LANGUAGE \(identifier: arguments.name) OWNER TO \(identifier: new.owner)"))
        }
        if let trust = new.isTrusted, state.language?.isTrusted != trust {
            let word: SQLStatement = trust ? "true" : "false"
            changes.append(
                Change(
                    """
                    UPDATE pg_catalog.pg_language SET lanpltrusted = \(statement: word) \
                    WHERE lanname = \(literal: arguments.name)
                    """))
        }
        return changes
    }

    /// A state as a document for `diff`.
    public func document(_ state: State) -> JSONValue {
        guard let language = state.language else { return ["state": "absent"] }
        var members: [String: JSONValue] = ["state": "present", "owner": .string(language.owner)]
        if let isTrusted = language.isTrusted { members["trusted"] = .bool(isTrusted) }
        return .object(members)
    }

    /// Keys of the reply.
    public func facts(
        before: State, after: State, changes: [Change], shown: [String]
    ) -> [String: JSONValue] {
        var facts: [String: JSONValue] = [
            "lang": .string(arguments.name), "db": .string(arguments.database),
            "trust": .bool(arguments.trust ?? false), "queries": .strings(shown),
        ]
        if arguments.state == .absent, before.language != nil {
            facts["lang_dropped"] = .bool(after.language == nil)
        }
        return facts
    }
}
