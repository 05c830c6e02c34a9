import ModuleKit
import SQLClient

/// `postgresql_lang`: a procedural language, which is an extension since PostgreSQL 9.1.
public struct PostgreSQLLangModule: ConvergentModule {
    /// The options.
    public struct Arguments: ModuleArguments {
        let name: String
        let database: String
        let owner: String?
        let isTrusted: Bool
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
            isTrusted = form.defaulted(
                "force_trust", to: false,
                doc: "Let every role write functions in it. Dangerous with languages that reach the host.")
            cascade = form.defaulted("cascade", to: false, doc: "Drop the objects that depend on it.")
            failsOnDrop = form.defaulted(
                "fail_on_drop", to: true,
                doc: "Fail when it cannot be dropped because objects depend on it; otherwise it stays.")
            connection = PostgreSQLConnectionArguments(form: &form)
        }
    }

    /// The language as far as this module manages it.
    public struct State: Equatable {
        var language: Language?
        let sessionRole: String
        /// Functions written in it: without `cascade` they keep it from being dropped.
        let functionCount: Int64

        struct Language: Equatable {
            var owner: String
            var isTrusted: Bool
        }
    }

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
            "Works on extensions: CREATE EXTENSION and DROP EXTENSION instead of CREATE LANGUAGE and DROP LANGUAGE.",
            "A language in use fails (or stays, with `fail_on_drop: false`) in check mode too.",
        ],
        seeAlso: ["postgresql_ext"],
        examples: [
            ManualExample("Python for the reporting", ["login_db": "mairie", "lang": "plpython3u"]),
            ManualExample(
                "Drop it where nothing uses it",
                ["login_db": "mairie", "lang": "plpython3u", "state": "absent", "fail_on_drop": false]),
        ],
        returns: [
            ManualReturn(
                "queries", type: "list", sample: ["CREATE EXTENSION \"plpython3u\""],
                doc: "Statements that were executed, or would be in check mode.")
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

    /// Reads the language.
    public func observe(_ session: any SQLSession) throws(ModuleFailure) -> State {
        let rows = try session.observedRecords(
            """
            SELECT l.lanname, pg_catalog.pg_get_userbyid(l.lanowner) AS owner, l.lanpltrusted,
                   current_user::text AS session_role,
                   (SELECT count(*) FROM pg_catalog.pg_proc AS p
                     WHERE p.prolang = l.oid
                       AND p.oid NOT IN (l.lanplcallfoid, l.laninline, l.lanvalidator)) AS functions
              FROM (SELECT 1) AS one
              LEFT JOIN pg_catalog.pg_language AS l ON l.lanname = \(value: .text(arguments.name))
            """)
        let row = rows.first
        return State(
            language: row?.text("lanname").map { _ in
                State.Language(owner: row?.text("owner") ?? "", isTrusted: row?.bool("lanpltrusted") ?? false)
            },
            sessionRole: row?.text("session_role") ?? "", functionCount: row?.int("functions") ?? 0)
    }

    /// The state that the task asks for.
    public func wanted(given state: State) throws(ModuleFailure) -> State {
        var wanted = state
        guard arguments.state == .present else {
            if state.functionCount > 0, !arguments.cascade {
                guard arguments.failsOnDrop else { return state }
                throw .impossible(
                    "cannot drop language \"\(arguments.name)\": \(state.functionCount) functions are written in it",
                    hint: "which ones (pg_proc.prolang)? cascade: true drops them too")
            }
            wanted.language = nil
            return wanted
        }
        var language = state.language ?? State.Language(owner: state.sessionRole, isTrusted: false)
        if let owner = arguments.owner, !owner.isEmpty { language.owner = owner }
        if arguments.isTrusted { language.isTrusted = true }
        // What the control file says of a new one is only known afterwards.
        wanted.language = language
        return wanted
    }

    /// The changes that lead from one state to the other.
    public func changes(
        from state: State, to wanted: State, on server: ServerFacts
    ) throws(ModuleFailure) -> [Change] {
        guard let new = wanted.language else {
            let cascade: SQLStatement = arguments.cascade ? " CASCADE" : ""
            return state.language == nil
                ? [] : [Change("DROP EXTENSION \(identifier: arguments.name)\(statement: cascade)")]
        }
        var changes: [Change] = []
        if state.language == nil { changes.append(Change("CREATE EXTENSION \(identifier: arguments.name)")) }
        if (state.language?.owner ?? state.sessionRole) != new.owner {
            changes.append(
                Change("ALTER LANGUAGE \(identifier: arguments.name) OWNER TO \(identifier: new.owner)"))
        }
        if arguments.isTrusted, state.language?.isTrusted != true {
            changes.append(
                Change(
                    "UPDATE pg_catalog.pg_language SET lanpltrusted = true WHERE lanname = \(literal: arguments.name)"
                ))
        }
        return changes
    }

    /// A state as a document for `diff`.
    public func document(_ state: State) -> JSONValue {
        guard let language = state.language else { return ["state": "absent"] }
        return ["state": "present", "owner": .string(language.owner), "trusted": .bool(language.isTrusted)]
    }
}
