import ModuleKit
import SQLClient

/// `postgresql_membership`: roles in groups, with the options of PostgreSQL 16.
public struct PostgreSQLMembershipModule: ConvergentModule {
    /// The options.
    public struct Arguments: ModuleArguments {
        let groups: [String]
        let roles: [String]
        let failOnRole: Bool
        let state: Wish
        let admin: Bool?
        let inherit: Bool?
        let set: Bool?
        let database: String?
        let connection: PostgreSQLConnectionArguments

        enum Wish: String, ArgumentChoice {
            case absent, exact, present
        }

        /// Declares and reads the options.
        public init(form: inout ArgumentForm) {
            groups = form.required(
                "groups", aliases: ["group", "source_role", "source_roles"], doc: "Roles that are granted.")
            roles = form.required(
                "target_roles", aliases: ["target_role", "user", "users"], doc: "Roles that become members.")
            state = form.defaulted(
                "state", to: .present,
                doc:
                    "`present` grants what is missing, `absent` revokes, `exact` also revokes all other groups of the roles."
            )
            failOnRole = form.defaulted(
                "fail_on_role", to: true,
                doc: "Fail when a role does not exist; otherwise warn and leave it out.")
            admin = form.optional(
                "admin", doc: "Whether members may grant the group on. Left as it is when omitted.")
            inherit = form.optional(
                "inherit",
                doc:
                    "Whether members have the group's privileges at once (PostgreSQL 16 and later). Left as it is when omitted."
            )
            set = form.optional(
                "set",
                doc:
                    "Whether members may SET ROLE to the group (PostgreSQL 16 and later). Left as it is when omitted."
            )
            database = form.optional(
                "login_db", aliases: ["db"], doc: "Database to connect to; roles belong to the whole cluster."
            )
            connection = PostgreSQLConnectionArguments(form: &form)
        }
    }

    /// A membership as its row in the catalog has it.
    struct Options: Equatable {
        var admin: Bool
        /// `nil` before PostgreSQL 16.
        var inherit: Bool?
        var set: Bool?
    }

    /// One membership, and who granted it: from PostgreSQL 16 on, only in that name it can be revoked.
    struct Key: Hashable, Comparable {
        let group: String
        let member: String
        let grantor: String

        static func < (left: Key, right: Key) -> Bool {
            (left.group, left.member, left.grantor) < (right.group, right.member, right.grantor)
        }
    }

    /// The memberships of the target roles, and which of the named roles exist.
    public struct State: Equatable {
        var memberships: [Key: Options]
        let known: Set<String>
    }

    /// The name inside the collection.
    public static let name = "postgresql_membership"

    /// What a person reads.
    public static let manual = Manual(
        summary: "Grant and revoke memberships of PostgreSQL roles",
        description: [
            "Makes roles members of groups, or ends that. `exact` makes the named groups the only ones."
        ],
        differences: [
            "`admin`, `inherit` and `set` manage the options of a membership; community.postgresql 4.2 has none of them.",
            "From PostgreSQL 16 on a membership is revoked in the name of its grantor, so that it really ends.",
            "Nothing is executed in check mode.",
        ],
        seeAlso: ["postgresql_user"],
        examples: [
            ManualExample(
                "An agent joins two groups",
                [
                    "groups": ["grp_etat_civil", "grp_rdv"], "target_roles": ["agt_4711"],
                    "login_db": "postgres",
                ]),
            ManualExample(
                "Exactly one group, without its privileges until SET ROLE",
                [
                    "groups": ["grp_dba"], "target_roles": ["agt_1001"], "state": "exact", "inherit": false,
                    "set": true,
                ]),
        ],
        returns: [
            ManualReturn("groups", type: "list", sample: ["grp_rdv"], doc: "The groups that exist."),
            ManualReturn("target_roles", type: "list", sample: ["agt_4711"], doc: "The roles that exist."),
            ManualReturn("state", type: "str", sample: "present", doc: "As asked for."),
            ManualReturn(
                "granted", type: "dict", returned: "unless state is absent",
                sample: ["grp_rdv": ["agt_4711"]], doc: "New members by group."),
            ManualReturn(
                "revoked", type: "dict", returned: "unless state is present", sample: [:],
                doc: "Former members by group."),
            ManualReturn(
                "queries", type: "list", sample: ["GRANT \"grp_rdv\" TO \"agt_4711\""],
                doc: "Statements that were executed, or would be in check mode."),
        ])

    private let arguments: Arguments
    private let groups: [String]
    private let roles: [String]

    /// An instance for one task.
    public init(arguments: Arguments, context: ModuleContext) throws(ModuleFailure) {
        try arguments.connection.requireTrusted(arguments.groups + arguments.roles)
        self.arguments = arguments
        groups = Self.names(arguments.groups)
        roles = Self.names(arguments.roles)
        guard !roles.isEmpty, !groups.isEmpty || arguments.state == .exact else {
            throw .impossible("groups and target_roles must name at least one role each", hint: nil)
        }
    }

    /// Each name once, in the order of the task.
    private static func names(_ given: [String]) -> [String] {
        given.map(\.withoutOuterSpaces).reduce(into: []) { names, name in
            if !name.isEmpty, !names.contains(name) { names.append(name) }
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

    /// Columns of `pg_auth_members` by the first version that has them.
    ///
    /// Source: PostgreSQL 16 manual, catalog `pg_auth_members`.
    private static let optionColumns: [(since: Int, columns: SQLStatement)] = [
        (160_000, "m.inherit_option, m.set_option, pg_catalog.pg_get_userbyid(m.grantor) AS grantor"),
        (0, "NULL::bool AS inherit_option, NULL::bool AS set_option, '' AS grantor"),
    ]

    /// Reads the memberships of the target roles, and which roles exist.
    public func observe(_ session: any SQLSession) throws(ModuleFailure) -> State {
        let columns = Self.optionColumns.first { session.serverVersion >= $0.since }?.columns ?? ""
        let names = SQLValue.array((roles + groups).map(SQLValue.text))
        let rows = try session.observedRecords(
            """
            SELECT r.rolname AS role,
                   pg_catalog.pg_get_userbyid(m.roleid) AS group_name,
                   m.admin_option, \(statement: columns)
              FROM pg_catalog.pg_roles AS r
              LEFT JOIN pg_catalog.pg_auth_members AS m ON m.member = r.oid
             WHERE r.rolname = ANY (\(value: names)::text[])
             ORDER BY 1, 2
            """)
        var memberships: [Key: Options] = [:]
        let targets = Set(roles)
        for row in rows {
            guard let role = row.text("role"), targets.contains(role), !row["admin_option"].isNull else {
                continue
            }
            let key = Key(
                group: row.text("group_name") ?? "", member: role, grantor: row.text("grantor") ?? "")
            memberships[key] = Options(
                admin: row.bool("admin_option"), inherit: row["inherit_option"].bool,
                set: row["set_option"].bool)
        }
        return State(memberships: memberships, known: Set(rows.compactMap { $0.text("role") }))
    }

    /// The state that the task asks for.
    public func wanted(given state: State) throws(ModuleFailure) -> State {
        let missing = (groups + roles).filter { !state.known.contains($0) }
        if let first = missing.first, arguments.failOnRole {
            throw .impossible("Role \(first) does not exist", hint: "is it created by an earlier task?")
        }
        var wanted = state
        for member in knownRoles(state) {
            for group in knownGroups(state) {
                if arguments.state == .absent {
                    wanted.memberships = wanted.memberships.filter {
                        $0.key.group != group || $0.key.member != member
                    }
                } else {
                    grant(group, to: member, in: &wanted.memberships)
                }
            }
            if arguments.state == .exact {
                let kept = Set(knownGroups(state))
                wanted.memberships = wanted.memberships.filter {
                    $0.key.member != member || kept.contains($0.key.group)
                }
            }
        }
        return wanted
    }

    private func grant(_ group: String, to member: String, in memberships: inout [Key: Options]) {
        let held = memberships.keys.filter { $0.group == group && $0.member == member }.sorted()
        guard let key = held.first else {
            memberships[Key(group: group, member: member, grantor: "")] = Options(
                admin: arguments.admin ?? false, inherit: arguments.inherit, set: arguments.set)
            return
        }
        if let admin = arguments.admin { memberships[key]?.admin = admin }
        if let inherit = arguments.inherit { memberships[key]?.inherit = inherit }
        if let set = arguments.set { memberships[key]?.set = set }
    }

    private func knownGroups(_ state: State) -> [String] { groups.filter(state.known.contains) }

    private func knownRoles(_ state: State) -> [String] { roles.filter(state.known.contains) }

    /// The changes that lead from one state to the other.
    public func changes(
        from state: State, to wanted: State, on server: ServerFacts
    ) throws(ModuleFailure) -> [Change] {
        let hasOptions = server.version >= 160_000
        if !hasOptions, arguments.inherit != nil || arguments.set != nil {
            throw .impossible(
                "inherit and set need PostgreSQL 16, and the server is \(server.version / 10000)",
                hint: "should the role itself be NOINHERIT (postgresql_user)?")
        }
        var changes: [Change] = []
        for (key, _) in state.memberships.sorted(by: { $0.key < $1.key }) where wanted.memberships[key] == nil
        {
            let grantor: SQLStatement =
                hasOptions && !key.grantor.isEmpty ? " GRANTED BY \(identifier: key.grantor)" : ""
            changes.append(
                Change("REVOKE \(identifier: key.group) FROM \(identifier: key.member)\(statement: grantor)"))
        }
        for (key, options) in wanted.memberships.sorted(by: { $0.key < $1.key }) {
            guard state.memberships[key] != options else { continue }
            changes += grants(key, from: state.memberships[key], to: options, hasOptions)
        }
        return changes
    }

    private func grants(
        _ key: Key, from old: Options?, to new: Options, _ hasOptions: Bool
    ) -> [Change] {
        let grant: SQLStatement = "GRANT \(identifier: key.group) TO \(identifier: key.member)"
        if !hasOptions {
            if new.admin { return [Change("\(statement: grant) WITH ADMIN OPTION")] }
            if old?.admin == true {
                return [
                    Change("REVOKE ADMIN OPTION FOR \(identifier: key.group) FROM \(identifier: key.member)")
                ]
            }
            return [Change(grant)]
        }
        var options: [SQLStatement] = []
        if new.admin != (old?.admin ?? false) { options.append(new.admin ? "ADMIN TRUE" : "ADMIN FALSE") }
        if let inherit = new.inherit, inherit != old?.inherit {
            options.append(inherit ? "INHERIT TRUE" : "INHERIT FALSE")
        }
        if let set = new.set, set != old?.set { options.append(set ? "SET TRUE" : "SET FALSE") }
        let list: SQLStatement = options.isEmpty ? "" : " WITH \(statement: options.joined(separator: ", "))"
        let grantor: SQLStatement = key.grantor.isEmpty ? "" : " GRANTED BY \(identifier: key.grantor)"
        return [Change("\(statement: grant)\(statement: list)\(statement: grantor)")]
    }

    /// A state as a document for `diff`: members by group.
    public func document(_ state: State) -> JSONValue {
        var members: [String: JSONValue] = [:]
        for key in state.memberships.keys.sorted() {
            let known = members[key.group]?.array ?? []
            if !known.contains(.string(key.member)) {
                members[key.group] = .array(known + [.string(key.member)])
            }
        }
        return .object(members)
    }

    /// Keys of the reply.
    public func facts(
        before: State, after: State, changes: [Change], shown: [String]
    ) -> [String: JSONValue] {
        var facts: [String: JSONValue] = [
            "groups": .strings(knownGroups(before)), "target_roles": .strings(knownRoles(before)),
            "state": .string(arguments.state.rawValue), "queries": .strings(shown),
        ]
        if arguments.state != .absent {
            facts["granted"] = difference(after, before, always: arguments.state == .present)
        }
        if arguments.state != .present {
            facts["revoked"] = difference(before, after, always: arguments.state == .absent)
        }
        return facts
    }

    /// Members of the first state that the second has not, by group and in the order of the task; `always`: also groups
    /// without any.
    private func difference(_ left: State, _ right: State, always: Bool) -> JSONValue {
        let gone = Set(left.memberships.keys.map { Pair(group: $0.group, member: $0.member) })
            .subtracting(right.memberships.keys.map { Pair(group: $0.group, member: $0.member) })
        var members: [String: JSONValue] = [:]
        if always { for group in knownGroups(left) { members[group] = [] } }
        for group in Set(gone.map(\.group)) {
            members[group] = .strings(
                knownRoles(left).filter { gone.contains(Pair(group: group, member: $0)) })
        }
        return .object(members)
    }

    private struct Pair: Hashable {
        let group: String
        let member: String
    }

    /// Roles that are left out because they do not exist.
    public func warnings(before: State) -> [String] {
        (groups + roles).filter { !before.known.contains($0) }.map { "Role \($0) does not exist, pass" }
    }
}
