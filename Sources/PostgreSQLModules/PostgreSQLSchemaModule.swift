import ModuleKit
import SQLClient

/// `postgresql_schema`: a schema, its owner and its comment.
public struct PostgreSQLSchemaModule: ConvergentModule {
    /// The options.
    public struct Arguments: ModuleArguments {
        let name: String
        let connection: PostgreSQLConnectionArguments
        let database: String
        let owner: String
        let comment: String?
        let cascadeDrop: Bool
        let state: Presence

        enum Presence: String, ArgumentChoice {
            case absent, present
        }

        /// Declares and reads the options.
        public init(form: inout ArgumentForm) {
            name = form.required("name", aliases: ["schema"], doc: "Name of the schema.")
            database = form.defaulted(
                "login_db", to: "postgres", aliases: ["db", "database"],
                doc: "Database that holds the schema.")
            owner = form.defaulted(
                "owner", to: "", doc: "Role that owns the schema. Left as it is when empty.")
            comment = form.optional(
                "comment", doc: "Comment on the schema. An empty text removes it; left as it is when omitted."
            )
            cascadeDrop = form.defaulted(
                "cascade_drop", to: false, doc: "Drop the objects in the schema with it.")
            state = form.defaulted("state", to: .present, doc: "Whether the schema exists.")
            connection = PostgreSQLConnectionArguments(form: &form)
        }
    }

    /// A schema as far as this module manages it.
    public enum State: Equatable {
        case absent
        case present(owner: String, comment: String, isEmpty: Bool)
    }

    /// The name inside the collection.
    public static let name = "postgresql_schema"

    /// What a person reads.
    public static let manual = Manual(
        summary: "Create, change or drop a PostgreSQL schema",
        description: ["Brings a schema into the wanted state: existence, owner and comment."],
        differences: [
            "`queries` and `diff` are the same in check mode as in a real run.",
            "In check mode a schema that cannot be dropped (objects inside, no `cascade_drop`) fails as the real run would.",
        ],
        seeAlso: ["postgresql_db", "postgresql_user"],
        examples: [
            ManualExample(
                "Schema of the appointments",
                ["name": "rdv", "login_db": "mairie", "owner": "own_rdv", "comment": "Rendez-vous"]),
            ManualExample(
                "Drop a schema with everything in it",
                ["name": "essai", "login_db": "mairie", "state": "absent", "cascade_drop": true]),
        ],
        returns: [
            ManualReturn("schema", type: "str", sample: "rdv", doc: "Name of the schema."),
            ManualReturn(
                "queries", type: "list", sample: ["CREATE SCHEMA \"rdv\""],
                doc: "Statements that were executed, or would be in check mode."),
        ])

    private let arguments: Arguments
    /// As it is stored.
    private let schemaName: String

    /// An instance for one task.
    public init(arguments: Arguments, context: ModuleContext) throws(ModuleFailure) {
        try arguments.connection.requireTrusted([arguments.name, arguments.owner, arguments.comment])
        self.arguments = arguments
        let name = arguments.name
        let isQuoted = name.count > 2 && PostgreSQLObjectName.isQuoted(name)
        schemaName = isQuoted ? try PostgreSQLObjectName.unquoted(name) : name
    }

    /// The parameters of the connection.
    public func connection() throws(ModuleFailure) -> [SQLConnectionParameter] {
        arguments.connection.parameters(database: arguments.database, module: Self.name)
    }

    /// Switches to the session role.
    public func prepare(_ session: any SQLSession) throws(ModuleFailure) {
        try arguments.connection.prepare(session)
    }

    /// Reads the schema, whether anything is in it, and whether the wanted owner exists.
    public func observe(_ session: any SQLSession) throws(ModuleFailure) -> State {
        let rows = try session.observedRecords(
            """
            SELECT n.nspname AS name,
                   pg_catalog.pg_get_userbyid(n.nspowner) AS owner,
                   coalesce(pg_catalog.obj_description(n.oid, 'pg_namespace'), '') AS comment,
                   NOT EXISTS (SELECT 1
                                 FROM pg_catalog.pg_depend AS d
                                WHERE d.refclassid = 'pg_catalog.pg_namespace'::pg_catalog.regclass
                                  AND d.refobjid = n.oid
                                  AND d.deptype = 'n') AS is_empty
              FROM pg_catalog.pg_namespace AS n
             WHERE n.nspname = \(value: .text(schemaName))
            """)
        guard let row = rows.first else { return .absent }
        return .present(
            owner: row.text("owner") ?? "", comment: row.text("comment") ?? "", isEmpty: row.bool("is_empty"))
    }

    /// The state that the task asks for.
    public func wanted(given state: State) throws(ModuleFailure) -> State {
        switch (arguments.state, state) {
        case (.absent, .present(_, _, isEmpty: false)) where !arguments.cascadeDrop:
            throw .impossible(
                "cannot drop schema \(arguments.name) because other objects depend on it",
                hint: "may they go too (cascade_drop: true)?")
        case (.absent, _):
            return .absent
        case (.present, .absent):
            return .present(owner: arguments.owner, comment: arguments.comment ?? "", isEmpty: true)
        case (.present, .present(let owner, let comment, let isEmpty)):
            return .present(
                owner: arguments.owner.isEmpty ? owner : arguments.owner,
                comment: arguments.comment ?? comment, isEmpty: isEmpty)
        }
    }

    /// The changes that lead from one state to the other.
    public func changes(
        from state: State, to wanted: State, on server: ServerFacts
    ) throws(ModuleFailure) -> [Change] {
        switch (state, wanted) {
        case (.absent, .absent):
            return []
        case (.present, .absent):
            let cascade: SQLStatement = arguments.cascadeDrop ? " CASCADE" : ""
            return [Change("DROP SCHEMA \(identifier: schemaName)\(statement: cascade)")]
        case (.absent, .present(let owner, let comment, _)):
            let authorization: SQLStatement = owner.isEmpty ? "" : " AUTHORIZATION \(identifier: owner)"
            let create = Change("CREATE SCHEMA \(identifier: schemaName)\(statement: authorization)")
            return comment.isEmpty ? [create] : [create, setComment(comment)]
        case (.present(let oldOwner, let oldComment, _), .present(let owner, let comment, _)):
            var changes: [Change] = []
            if owner != oldOwner {
                changes.append(
                    Change("ALTER SCHEMA \(identifier: schemaName) OWNER TO \(identifier: owner)"))
            }
            if comment != oldComment { changes.append(setComment(comment)) }
            return changes
        }
    }

    private func setComment(_ comment: String) -> Change {
        Change("COMMENT ON SCHEMA \(identifier: schemaName) IS \(literal: comment)")
    }

    /// A state as a document for `diff`.
    public func document(_ state: State) -> JSONValue {
        switch state {
        case .absent: ["state": "absent"]
        case .present(let owner, let comment, _):
            ["state": "present", "owner": .string(owner), "comment": .string(comment)]
        }
    }

    /// Keys of the reply.
    public func facts(
        before: State, after: State, changes: [Change], shown: [String]
    ) -> [String: JSONValue] {
        ["schema": .string(arguments.name), "queries": .strings(shown)]
    }
}
