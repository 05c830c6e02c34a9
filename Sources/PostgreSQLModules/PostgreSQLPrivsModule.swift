import ModuleKit
import SQLClient

/// `postgresql_privs`: privileges on objects, memberships, and privileges on future objects.
public struct PostgreSQLPrivsModule: ConvergentModule {
    /// The options.
    public typealias Arguments = PostgreSQLPrivsArguments

    /// What the task's roles hold on the task's objects.
    public struct State: Equatable {
        var items: [AccessItem]
        var access: [AccessItem: ItemAccess]
        let grantees: [Grantee]
        /// Roles of the task that do not exist.
        let missingRoles: [String]
        /// Objects of the task that do not exist.
        let missingObjects: [String]
        /// The role that the session acts as.
        let sessionRole: String
        let serverVersion: Int

        func held(_ item: AccessItem) -> Set<HeldPrivilege> { access[item]?.held ?? [] }
    }

    /// The name inside the collection.
    public static let name = "postgresql_privs"

    /// What a person reads.
    public static let manual = Manual(
        summary: "Grant and revoke privileges on PostgreSQL objects",
        description: [
            "Grants privileges to roles, or revokes them: on objects of every kind, on memberships (`type: group`), on settings, "
                + "and on objects that will be made (`type: default_privs`).",
            "What the roles hold is read from the catalogs; only what is missing is granted, and only what is there is revoked.",
            "`type: default_privs` with `state: present` leaves the roles with exactly these privileges on the named kinds of "
                + "objects.",
        ],
        differences: [
            "Check mode only reads, and reports the statements of the real run.",
            "When nothing has to be done, `queries` holds the statements that the task describes; they are not executed.",
            "`default_privs` with `state: absent` revokes the named privileges on the named kinds of objects, and no others.",
            "A privilege counts as held whoever granted it. One that another role granted cannot be revoked in the session's name: "
                + "it stays, with a warning that names the grantor.",
            "Revoking on a table counts privileges on its columns, which PostgreSQL revokes with it.",
            "What the server would refuse (no grant option, privileges passed on) fails in check mode, too.",
            "From PostgreSQL 16 on a membership is revoked in the name of each grantor, so that it really ends.",
            "`ALL_IN_SCHEMA` is one statement when everything in the schema lacks the same, and names the objects otherwise.",
            "What does not exist holds no privileges: with `state: absent` a missing object, role or database is a warning, not a "
                + "failure.",
            "Without `grant_option` the right to pass a privilege on is left as it is, for `default_privs` too.",
            "`schema: not-specified` works for tables, too: they are looked for along the search path.",
        ],
        seeAlso: ["postgresql_membership", "postgresql_owner", "postgresql_audit"],
        examples: [
            ManualExample(
                "The application reads and writes appointments",
                [
                    "login_db": "mairie", "schema": "rdv", "objs": "rendez_vous,creneau",
                    "privs": "SELECT,INSERT,UPDATE", "roles": "app_rdv",
                ]),
            ManualExample(
                "Reporting reads everything in a schema",
                [
                    "login_db": "mairie", "schema": "pilotage", "objs": "ALL_IN_SCHEMA", "privs": "SELECT",
                    "roles": "lecture_pilotage",
                ]),
            ManualExample(
                "And what will be made in it",
                [
                    "login_db": "mairie", "schema": "pilotage", "type": "default_privs", "objs": "TABLES",
                    "privs": "SELECT", "roles": "lecture_pilotage", "target_roles": "own_pilotage",
                ]),
            ManualExample(
                "Nobody but the listed roles connects",
                [
                    "login_db": "mairie", "type": "database", "privs": "CONNECT,TEMP", "roles": "PUBLIC",
                    "state": "absent",
                ]),
            ManualExample(
                "A function",
                [
                    "login_db": "mairie", "schema": "rdv", "type": "function",
                    "objs": "reserver(bigint:date)", "privs": "EXECUTE", "roles": "app_rdv",
                ]),
        ],
        returns: [
            ManualReturn(
                "queries", type: "list",
                sample: ["GRANT SELECT ON table \"rdv\".\"rendez_vous\" TO \"app_rdv\";"],
                doc: "Statements that were executed, or would be in check mode.")
        ])

    private let arguments: Arguments
    private let request: PrivsRequest

    /// Grants or revokes; in a database that is gone there is nothing to revoke.
    public static func run(_ arguments: Arguments, in context: ModuleContext) throws(ModuleFailure) -> Reply {
        do throws(ModuleFailure) {
            return try converge(arguments, in: context)
        } catch {
            guard case .database(.loginRefused) = error,
                try PrivsRequest(arguments).isInside(arguments.database),
                GoneDatabase(
                    name: arguments.database, connection: arguments.connection, connector: context.connector
                ).isConfirmed(module: name)
            else { throw error }
            return Reply(
                changed: false, facts: ["queries": []],
                warnings: [
                    "database \"\(arguments.database)\" does not exist: nothing in it holds privileges"
                ],
                diff: context.diffMode ? Reply.Diff(before: [:], after: [:]) : nil)
        }
    }

    /// An instance for one task.
    public init(arguments: Arguments, context: ModuleContext) throws(ModuleFailure) {
        try arguments.connection.requireTrusted([
            arguments.roles, arguments.targetRoles, arguments.schema,
        ])
        request = try PrivsRequest(arguments)
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

    /// Reads the roles, and what they hold.
    public func observe(_ session: any SQLSession) throws(ModuleFailure) -> State {
        let roles = try Grantee.resolve(PostgreSQLPrivsArguments.list(arguments.roles), session)
        if let missing = roles.missing.first, arguments.failOnRole, request.isGrant {
            throw .impossible(
                "Role '\(missing)' does not exist", hint: "is its name written as it is stored?")
        }
        try requireGrantable(to: roles.found)
        let access =
            roles.found.isEmpty
            ? AccessReader.Access()
            : try AccessReader(request: request, roles: roles, session: session).access()
        if let missing = access.missingTargets.first, request.isGrant {
            throw .impossible("Role '\(missing)' does not exist", hint: "is target_roles right?")
        }
        if let missing = access.missing.first, request.isGrant {
            throw .impossible(
                "\(request.kind.label) \"\(missing)\" does not exist",
                hint: request.kind.isShared
                    ? "is its name written as it is stored?"
                    : "is it in the database \(session.database)"
                        + (request.schema.map { ", schema \($0)" } ?? "") + "?")
        }
        return State(
            items: access.items, access: access.access, grantees: roles.found,
            missingRoles: roles.missing + access.missingTargets, missingObjects: access.missing,
            sessionRole: roles.current, serverVersion: session.serverVersion)
    }

    /// Everybody is no member of a group, and passes nothing on.
    private func requireGrantable(to roles: [Grantee]) throws(ModuleFailure) {
        guard roles.contains(where: { $0.name.isEmpty }) else { return }
        if request.kind == .group {
            throw .impossible("PUBLIC cannot be a member of a role", hint: "which roles are meant?")
        }
        if request.isGrant, request.grantOption == true {
            throw .impossible(
                "grant options can only be granted to roles, not to PUBLIC",
                hint: "is grant_option needed here?")
        }
    }

    private func kind(of item: AccessItem) -> PrivilegeKind {
        switch item {
        case .object: request.kind
        case .future(let objects, _): objects.kind
        }
    }

    private func wish(_ item: AccessItem, _ state: State) throws(ModuleFailure) -> PrivilegeWish {
        PrivilegeWish(
            request: request, grantees: state.grantees, item: item,
            privileges: try request.privileges(on: kind(of: item), serverVersion: state.serverVersion),
            sessionRole: state.sessionRole)
    }

    /// The state that the task asks for.
    public func wanted(given state: State) throws(ModuleFailure) -> State {
        var wanted = state
        var latest: Set<HeldPrivilege> = []
        for item in state.items {
            guard let access = state.access[item] else { continue }
            let held = try wish(item, state).held(given: access)
            // Of thousands of tables most are as they shall be, or shall all be the same: those share their memory.
            if held == access.held { continue }
            if held != latest { latest = held }
            wanted.access[item]?.held = latest
        }
        return wanted
    }

    /// The changes that lead from one state to the other.
    public func changes(
        from state: State, to wanted: State, on server: ServerFacts
    ) throws(ModuleFailure) -> [Change] {
        func order(_ item: AccessItem) -> [String] {
            kind(of: item).privileges(serverVersion: state.serverVersion)
        }
        let steps = AccessPlan.steps(
            items: state.items, grantees: state.grantees, from: state.held, to: wanted.held, order: order)
        let statements = statements(state)
        return steps.map { Change(statements.statement($0)) }
    }

    private func statements(_ state: State) -> AccessStatements {
        AccessStatements(
            request: request, isAll: { request.isAllInSchema && $0.items.count == state.items.count },
            order: { kind(of: $0).privileges(serverVersion: state.serverVersion) })
    }

    /// A state as a document for `diff`: privileges by object and role.
    public func document(_ state: State) -> JSONValue {
        var document: [String: JSONValue] = [:]
        for item in state.items {
            var roles: [String: JSONValue] = [:]
            for (grantee, held) in Dictionary(grouping: state.held(item), by: \.grantee) {
                let words = Set(
                    held.map {
                        $0.privilege + ($0.isGrantable ? "*" : "") + ($0.isOnColumns ? " on columns" : "")
                    }
                ).sorted()
                roles[grantee.isEmpty ? "PUBLIC" : grantee] = .strings(words)
            }
            document[item.text] = .object(roles)
        }
        return .object(document)
    }

    /// The statements; where nothing has to be done, those that the task describes, as playbooks compare them.
    public func facts(
        before: State, after: State, changes: [Change], shown: [String]
    ) -> [String: JSONValue] {
        guard shown.isEmpty, !before.items.isEmpty, !before.grantees.isEmpty else {
            return ["queries": .strings(shown)]
        }
        let statements = statements(before)
        let verb: AccessPlan.Verb =
            !request.isGrant ? .revoke : request.grantOption == true ? .grantWithOption : .grant
        let groups: [[AccessItem]] =
            request.kind == .defaultPrivileges ? before.items.map { [$0] } : [before.items]
        let described = groups.map { items in
            // A task whose privileges are wrong has failed before.
            let names = items.first.flatMap { try? wish($0, before).privileges } ?? []
            return statements.statement(
                AccessPlan.Step(
                    action: AccessPlan.Action(verb: verb), privileges: names, grantees: before.grantees,
                    items: items))
        }
        return ["queries": .strings(described.map { $0.shown(for: .postgreSQL) })]
    }

    /// Roles and objects that were passed over.
    public func warnings(before: State) -> [String] {
        var warnings = before.missingRoles.map { "Role '\($0)' does not exist, pass it" }
        if before.grantees.isEmpty { warnings.append("No valid roles provided, nothing to do") }
        if arguments.targetRoles != nil, request.kind != .defaultPrivileges {
            warnings.append(
                "\"target_roles\" will be ignored Argument \"type: default_privs\" is required for usage of \"target_roles\"."
            )
        }
        warnings += before.missingObjects.map {
            "\(request.kind.label) \"\($0)\" does not exist: it holds no privileges"
        }
        return warnings + before.items.flatMap { item in blocked(item, before) }
    }

    /// What stays because only another role can take it back.
    private func blocked(_ item: AccessItem, _ state: State) -> [String] {
        // A task whose privileges are wrong has failed before.
        guard request.revokes, let wish = try? wish(item, state) else { return [] }
        return wish.blocked(state.held(item)).map { entry in
            let role = entry.grantee.isEmpty ? "PUBLIC" : entry.grantee
            let what = request.isGrant ? "may still pass on" : "still holds"
            return
                "\(role) \(what) \(entry.privilege) on \(item.text), granted by \(entry.grantor ?? ""): "
                + "only that role can revoke it (session_role)"
        }
    }
}
