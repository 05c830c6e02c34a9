import ModuleKit
import SQLClient

/// `postgresql_privs`: privileges on objects, memberships, and privileges on future objects.
public struct PostgreSQLPrivsModule: ConvergentModule {
    /// The options.
    public typealias Arguments = PostgreSQLPrivsArguments

    /// What the task's roles hold on the task's objects.
    public struct State: Equatable {
        var items: [AccessItem]
        var held: [AccessItem: Set<HeldPrivilege>]
        let grantees: [Grantee]
        let missingRoles: [String]
        let missingObjects: [String]
        let serverVersion: Int
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
            "Objects that do not exist hold no privileges: with `state: absent` they are a warning, not a failure.",
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
        if let missing = roles.missing.first, arguments.failOnRole {
            throw .impossible("Role '\(missing)' does not exist", hint: "is its name written as it is stored?")
        }
        guard !roles.found.isEmpty else {
            return State(
                items: [], held: [:], grantees: [], missingRoles: roles.missing, missingObjects: [],
                serverVersion: session.serverVersion)
        }
        let access = try AccessReader(request: request, grantees: roles.found, session: session).access()
        if let missing = access.missing.first, request.isGrant {
            throw .impossible(
                "\(request.kind.rawValue.replacing("_", with: " ")) \"\(missing)\" does not exist",
                hint: "is it in the database \(session.database)"
                    + (request.schema.map { ", schema \($0)" } ?? "") + "?")
        }
        return State(
            items: access.items, held: access.held, grantees: roles.found, missingRoles: roles.missing,
            missingObjects: access.missing, serverVersion: session.serverVersion)
    }

    private func kind(of item: AccessItem) -> PrivilegeKind {
        switch item {
        case .object: request.kind
        case .future(let objects, _): objects.kind
        }
    }

    /// The state that the task asks for.
    public func wanted(given state: State) throws(ModuleFailure) -> State {
        var wanted = state
        for item in state.items {
            let privileges = try request.privileges(on: kind(of: item), serverVersion: state.serverVersion)
            var held = state.held[item] ?? []
            for grantee in state.grantees {
                // Default privileges are exactly those of the task.
                if request.isGrant, case .future = item {
                    held = held.filter { $0.grantee != grantee.name || privileges.contains($0.privilege) }
                }
                for privilege in privileges {
                    held = request.isGrant
                        ? granted(privilege, to: grantee, in: held)
                        : held.filter { $0.grantee != grantee.name || $0.privilege != privilege }
                }
            }
            wanted.held[item] = held
        }
        return wanted
    }

    private func granted(
        _ privilege: String, to grantee: Grantee, in held: Set<HeldPrivilege>
    ) -> Set<HeldPrivilege> {
        let own = held.filter { $0.grantee == grantee.name && $0.privilege == privilege }
        let isGrantable = request.grantOption ?? own.contains(where: \.isGrantable)
        return held.subtracting(own).union([
            HeldPrivilege(grantee: grantee.name, privilege: privilege, isGrantable: isGrantable)
        ])
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
            for (grantee, held) in Dictionary(grouping: state.held[item] ?? [], by: \.grantee) {
                let words = Set(held.map { $0.privilege + ($0.isGrantable ? "*" : "") }).sorted()
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
            let all = items.first.map { kind(of: $0).privileges(serverVersion: before.serverVersion) } ?? []
            let names = all.filter { request.saysAll || request.names(privilege: $0) }
            return statements.statement(
                AccessPlan.Step(
                    verb: verb, privileges: names, grantees: before.grantees, items: items))
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
        return warnings
            + before.missingObjects.map {
                "\(request.kind.rawValue.replacing("_", with: " ")) \"\($0)\" does not exist: it holds no privileges"
            }
    }
}
