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
        /// The object as it stands behind ALTER.
        var reference: SQLStatement = ""
        /// Whether the new owner is a superuser.
        var isNewOwnerSuperuser = false
        /// What each of the old owners has.
        var owned: [String: Owned] = [:]
        /// Roles that do not exist.
        var missing: [String] = []

        struct Owned: Equatable {
            var count: Int64
            /// Some of the objects, for a person.
            var examples: [String]
        }
    }

    /// Most objects of a role that `diff` names.
    private static let examplesMax: Int64 = 20

    /// Roles below this number were made by initdb, and what they own cannot be reassigned.
    ///
    /// Source: PostgreSQL 17, `FirstUnpinnedObjectId` in `src/include/access/transam.h`.
    private static let ownRolesMin: Int64 = 12_000

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
            "`reassign_owned_by` is a change only when these roles own something that it moves; `diff` tells what. Default "
                + "privileges and user mappings belong to a role, but are not moved: they go with DROP OWNED.",
            "The object's schema counts: an object of the same name elsewhere does not make the task look done.",
            "An object that does not exist, a name that is not unique, or a new owner who must be a superuser and is not, is a "
                + "failure in check mode too.",
            "Functions, procedures, routines and aggregates may have argument types, with names and modes or without: "
                + "`rdv.reserver(int, date)`. An aggregate needs none where its name is unique.",
            "A task without `obj_name` and without `reassign_owned_by` is refused instead of doing nothing.",
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
        let owned: SQLStatement = object == nil ? ownedColumns : ""
        let rows = try session.observedRecords(
            """
            SELECT r.rolname AS name, r.oid AS number, r.rolsuper AS is_superuser\(statement: owned)
              FROM pg_catalog.pg_roles AS r
             WHERE r.rolname = ANY (\(value: .array(names))::name[])
            """)
        let known = Dictionary(
            rows.map { ($0.text("name") ?? "", $0) }, uniquingKeysWith: { first, _ in first })
        guard let newOwner = known[arguments.newOwner] else { throw missing(arguments.newOwner) }
        guard let object else { return try reassigned(known) }
        let found = try object.found(in: session)
        return State(
            owner: found.owner, reference: found.reference,
            isNewOwnerSuperuser: newOwner.bool("is_superuser"))
    }

    /// What REASSIGN OWNED would move: objects of this database and shared ones, but neither default privileges nor
    /// user mappings.
    ///
    /// Source: PostgreSQL 17, `shdepReassignOwned` in `src/backend/catalog/pg_shdepend.c`.
    private var ownedColumns: SQLStatement {
        let moved: SQLStatement = """
            FROM pg_catalog.pg_shdepend AS d
                     WHERE d.refclassid = 'pg_catalog.pg_authid'::pg_catalog.regclass
                       AND d.refobjid = r.oid
                       AND d.deptype = 'o'
                       AND d.classid NOT IN ('pg_catalog.pg_default_acl'::pg_catalog.regclass,
                                             'pg_catalog.pg_user_mapping'::pg_catalog.regclass)
                       AND d.dbid IN (0, (SELECT b.oid
                                            FROM pg_catalog.pg_database AS b
                                           WHERE b.datname = pg_catalog.current_database()))
            """
        return """
            ,
                   (SELECT count(*)
                      \(statement: moved)) AS owned,
                   ARRAY(SELECT pg_catalog.pg_describe_object(d.classid, d.objid, d.objsubid)
                      \(statement: moved)
                     ORDER BY d.classid, d.objid
                     LIMIT \(integer: Self.examplesMax)) AS examples
            """
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
            guard row.int("number") ?? 0 >= Self.ownRolesMin else {
                throw .impossible(
                    "objects of \(role) cannot be reassigned: the database system itself needs them",
                    hint: "which of its own objects shall move? postgresql_owner takes them one by one")
            }
            if role != arguments.newOwner {
                state.owned[role] = State.Owned(
                    count: row.int("owned") ?? 0, examples: row.texts("examples"))
            }
        }
        return state
    }

    /// The state that the task asks for.
    public func wanted(given state: State) throws(ModuleFailure) -> State {
        var wanted = state
        if state.owner != nil { wanted.owner = arguments.newOwner }
        wanted.owned = state.owned.mapValues { _ in State.Owned(count: 0, examples: []) }
        if let object, object.kind.needsSuperuser, state.owner != wanted.owner, !state.isNewOwnerSuperuser {
            throw .impossible(
                "role \"\(arguments.newOwner)\" cannot own \(object.kind.rawValue) \"\(object.text)\": only a superuser can",
                hint: "which superuser shall own it?")
        }
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
                    "ALTER \(statement: object.kind.keyword) \(statement: state.reference) OWNER TO \(identifier: arguments.newOwner)"
                )
            ]
        }
        let owners = arguments.oldOwners.filter { (state.owned[$0]?.count ?? 0) > 0 }
        guard !owners.isEmpty else { return [] }
        let list = owners.map { "\(identifier: $0)" as SQLStatement }.joined(separator: ",")
        return [
            Change("REASSIGN OWNED BY \(statement: list) TO \(identifier: arguments.newOwner)")
        ]
    }

    /// A state as a document for `diff`.
    public func document(_ state: State) -> JSONValue {
        if let owner = state.owner { return ["owner": .string(owner)] }
        let owned = state.owned.mapValues { owned -> JSONValue in
            ["count": .int(owned.count), "objects": .strings(owned.examples)]
        }
        return ["owned": .object(owned)]
    }

    /// Roles that were passed over, and a database that nobody named.
    public func warnings(before: State) -> [String] {
        arguments.connection.warnings(database: arguments.database)
            + before.missing.map { "Role '\($0)' does not exist, pass" }
    }
}
