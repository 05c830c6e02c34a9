import ModuleKit
import SQLClient

/// `postgresql_owner`: who owns an object, or all that some roles own.
public struct PostgreSQLOwnerModule: ConvergentModule {
    /// The options.
    public struct Arguments: ModuleArguments {
        let newOwner: String
        let objectName: String?
        let objectKind: OwnedKind?
        let oldOwners: [String]
        let failOnRole: Bool
        let database: String?
        let connection: PostgreSQLConnectionArguments

        /// Declares and reads the options.
        public init(form: inout ArgumentForm) {
            newOwner = form.required("new_owner", doc: "Role that shall own the object or objects.")
            objectName = form.optional(
                "obj_name",
                doc:
                    "Name of the object, with its schema where it is not in the search path. Routines that are not unique by "
                    + "name need their argument types: `rdv.reserver(int, date)`.")
            objectKind = form.optional("obj_type", aliases: ["type"], doc: "Kind of the object.")
            oldOwners =
                form.optional(
                    "reassign_owned_by",
                    doc:
                        "Roles whose objects in this database, and whose databases and tablespaces, get the new owner."
                ) ?? []
            failOnRole =
                form.optional(
                    "fail_on_role",
                    doc:
                        "Whether a role of `reassign_owned_by` that does not exist is a failure, `true` when omitted; otherwise "
                        + "it is passed over with a warning.") ?? true
            database = form.optional("login_db", aliases: ["db"], doc: "Database with the objects.")
            connection = PostgreSQLConnectionArguments(form: &form)
            for option in ["obj_name", "obj_type"] {
                form.rule(.mutuallyExclusive([option, "reassign_owned_by"]))
                form.rule(.mutuallyExclusive([option, "fail_on_role"]))
            }
            form.rule(.requiredTogether(["obj_name", "obj_type"]))
            form.rule(.requiredOneOf(["obj_name", "reassign_owned_by"]))
        }
    }

    /// Who owns what the task is about.
    public struct State: Equatable {
        /// Owner of the object; `nil` when the task is about roles.
        var owner: String?
        /// How many objects each of the old owners has.
        var owned: [String: Int64] = [:]
        /// Roles that do not exist.
        var missing: [String] = []
    }

    /// The name inside the collection.
    public static let name = "postgresql_owner"

    /// What a person reads.
    public static let manual = Manual(
        summary: "Change the owner of PostgreSQL objects",
        description: [
            "Gives one object a new owner, or gives all objects of some roles to another role, as is done before roles are "
                + "dropped."
        ],
        differences: [
            "`reassign_owned_by` is a change only when these roles own something that it moves.",
            "The object's schema counts: an object of the same name elsewhere does not make the task look done.",
            "An object that does not exist, or a name that is not unique, is a failure in check mode too.",
        ],
        seeAlso: ["postgresql_privs", "postgresql_user"],
        examples: [
            ManualExample(
                "Owner of a table",
                [
                    "new_owner": "own_rdv", "obj_name": "rdv.rendez_vous", "obj_type": "table",
                    "login_db": "mairie",
                ]),
            ManualExample(
                "Owner of a function",
                [
                    "new_owner": "own_rdv", "obj_name": "rdv.reserver(bigint, date)", "obj_type": "function",
                    "login_db": "mairie",
                ]),
            ManualExample(
                "Before an account is dropped",
                [
                    "new_owner": "own_mairie", "reassign_owned_by": ["m.martin"], "fail_on_role": false,
                    "login_db": "mairie",
                ]),
        ],
        returns: [
            ManualReturn(
                "queries", type: "list", sample: ["ALTER TABLE \"rdv\".\"rendez_vous\" OWNER TO \"own_rdv\""],
                doc: "Statements that were executed, or would be in check mode.")
        ])

    private let arguments: Arguments
    private let object: OwnedObject?

    /// An instance for one task.
    public init(arguments: Arguments, context: ModuleContext) throws(ModuleFailure) {
        try arguments.connection.requireTrusted(
            [arguments.newOwner, arguments.objectName] + arguments.oldOwners)
        self.arguments = arguments
        if let kind = arguments.objectKind, let name = arguments.objectName {
            object = try OwnedObject(kind, name)
        } else {
            object = nil
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

    /// Reads which of the roles exist and what they own, and the owner of the object.
    public func observe(_ session: any SQLSession) throws(ModuleFailure) -> State {
        let names = ([arguments.newOwner] + arguments.oldOwners).map(SQLValue.text)
        let rows = try session.observedRecords(
            """
            SELECT r.rolname AS name, r.oid = 10 AS is_bootstrap,
                   (SELECT count(*)
                      FROM pg_catalog.pg_shdepend AS d
                     WHERE d.refclassid = 'pg_catalog.pg_authid'::pg_catalog.regclass
                       AND d.refobjid = r.oid
                       AND d.deptype = 'o'
                       AND d.dbid IN (0, (SELECT b.oid
                                            FROM pg_catalog.pg_database AS b
                                           WHERE b.datname = pg_catalog.current_database()))) AS owned
              FROM pg_catalog.pg_roles AS r
             WHERE r.rolname = ANY (\(value: .array(names))::name[])
            """)
        let known = Dictionary(
            rows.map { ($0.text("name") ?? "", $0) }, uniquingKeysWith: { first, _ in first })
        guard known[arguments.newOwner] != nil else { throw missing(arguments.newOwner) }
        guard let object else { return try reassigned(known) }
        return State(owner: try owner(of: object, session))
    }

    private func missing(_ role: String) -> ModuleFailure {
        .impossible("Role '\(role)' does not exist", hint: "is its name written as it is stored?")
    }

    private func reassigned(_ known: [String: SQLRecord]) throws(ModuleFailure) -> State {
        var state = State()
        for role in arguments.oldOwners {
            guard let row = known[role] else {
                if arguments.failOnRole { throw missing(role) }
                state.missing.append(role)
                continue
            }
            guard !row.bool("is_bootstrap") else {
                throw .impossible(
                    "objects of \(role) cannot be reassigned: the database system itself needs them",
                    hint: "which of its own objects shall move? postgresql_owner takes them one by one")
            }
            if role != arguments.newOwner { state.owned[role] = row.int("owned") ?? 0 }
        }
        return state
    }

    private func owner(of object: OwnedObject, _ session: any SQLSession) throws(ModuleFailure) -> String {
        let rows = try session.observedRecords(object.observation)
        guard let row = rows.first else {
            throw .impossible(
                "\(object.kind.rawValue) \"\(object.text)\" does not exist",
                hint: "is it in the database \(session.database), and in which schema?")
        }
        guard rows.count == 1 else {
            throw .impossible(
                "\(object.kind.rawValue) name \"\(object.text)\" is not unique",
                hint: "which argument types has it, in parentheses behind the name?")
        }
        return row.text("owner") ?? ""
    }

    /// The state that the task asks for.
    public func wanted(given state: State) throws(ModuleFailure) -> State {
        var wanted = state
        if state.owner != nil { wanted.owner = arguments.newOwner }
        wanted.owned = state.owned.mapValues { _ in 0 }
        return wanted
    }

    /// The changes that lead from one state to the other.
    public func changes(
        from state: State, to wanted: State, on server: ServerFacts
    ) throws(ModuleFailure) -> [Change] {
        if let object {
            guard state.owner != wanted.owner else { return [] }
            return [
                Change(
                    "ALTER \(statement: object.kind.keyword) \(statement: object.reference) OWNER TO \(identifier: arguments.newOwner)"
                )
            ]
        }
        let owners = arguments.oldOwners.filter { (state.owned[$0] ?? 0) > 0 }
        guard !owners.isEmpty else { return [] }
        let list = owners.map { "\(identifier: $0)" as SQLStatement }.joined(separator: ",")
        return [
            Change("REASSIGN OWNED BY \(statement: list) TO \(identifier: arguments.newOwner)")
        ]
    }

    /// A state as a document for `diff`.
    public func document(_ state: State) -> JSONValue {
        if let owner = state.owner { return ["owner": .string(owner)] }
        return ["owned": .object(state.owned.mapValues(JSONValue.int))]
    }

    /// Roles that were passed over, and a database that nobody named.
    public func warnings(before: State) -> [String] {
        arguments.connection.warnings(database: arguments.database)
            + before.missing.map { "Role '\($0)' does not exist, pass" }
    }
}
