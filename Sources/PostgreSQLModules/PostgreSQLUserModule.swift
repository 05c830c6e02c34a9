import ModuleKit
import SQLClient

/// `postgresql_user`: a role, its password, attributes, limits, comment and settings.
public struct PostgreSQLUserModule: ConvergentModule {
    /// The options.
    public typealias Arguments = PostgreSQLUserArguments

    /// The name inside the collection.
    public static let name = "postgresql_user"

    /// A role as far as this module manages it.
    public struct State: Equatable {
        /// `nil`: there is no such role.
        var role: Role?
        /// What keeps the role from being dropped.
        var dependents: [String]
        var policy: PostgreSQLRolePassword.Policy

        struct Role: Equatable {
            var attributes: [RoleAttribute: Bool]
            var password: PostgreSQLRolePassword.Stored
            /// `nil`: no limit in time.
            var validUntil: String?
            /// Whether `validUntil` is the instant that the task names.
            var expiresAsAsked: Bool
            var connectionLimit: Int64
            var comment: String
            var settings: [String: String]
        }
    }

    let arguments: PostgreSQLUserArguments
    let roleName: String
    private let attributes: [RoleAttribute: Bool]
    private let settings: SessionSettings
    private let context: ModuleContext

    /// An instance for one task.
    public init(arguments: PostgreSQLUserArguments, context: ModuleContext) throws(ModuleFailure) {
        self.arguments = arguments
        self.context = context
        try arguments.connection.requireTrusted(
            [
                arguments.name, arguments.password?.reveal(), arguments.expires, arguments.attributeFlags,
                arguments.comment,
            ] + arguments.configuration.members.flatMap { [$0.key, $0.value.asParameterText] })
        roleName = try Self.roleName(arguments)
        attributes = try RoleAttribute.parsed(arguments.attributeFlags)
        settings = try SessionSettings(
            arguments.configuration, resetsOthers: arguments.resetUnspecifiedConfiguration,
            quoted: arguments.quoteConfigurationValues)
    }

    /// For `absent` a name that nobody can quote is taken as it stands: such a role is gone already, or goes now.
    private static func roleName(_ arguments: PostgreSQLUserArguments) throws(ModuleFailure) -> String {
        do throws(ModuleFailure) {
            return try PostgreSQLObjectName.unquoted(arguments.name)
        } catch {
            guard arguments.state == .absent else { throw error }
            return arguments.name
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

    /// Reads the role, and the stored password only when the task names one.
    public func observe(_ session: any SQLSession) throws(ModuleFailure) -> State {
        try PostgreSQLRoleCatalog(session: session, role: roleName).state(
            expires: arguments.expires, readPassword: comparesPassword,
            readDependents: arguments.state == .absent, login: loginWorks)
    }

    private var comparesPassword: Bool {
        arguments.state == .present && arguments.password != nil && !arguments.noPasswordChanges
    }

    /// Source: PostgreSQL 17, `src/backend/libpq/auth.c`, `auth_failed`.
    private static let wrongPassword = "password authentication failed"

    /// Where the stored password cannot be read, a login tells whether it is the wanted one.
    ///
    /// - Returns: `nil` when the server let us in without asking for the password, or refused for another reason than the
    ///   password. libpq gives no SQLSTATE for a refused login, therefore the server's text decides.
    private func loginWorks() -> Bool? {
        guard let password = arguments.password, !password.isEmpty,
            !PostgreSQLRolePassword.isVerifier(password.reveal())
        else { return nil }
        var parameters = arguments.connection.parameters(database: arguments.database, module: Self.name)
        parameters.removeAll { $0.keyword == "user" || $0.keyword == "password" }
        parameters += [
            SQLConnectionParameter("user", roleName), SQLConnectionParameter("password", password),
        ]
        do throws(SQLFailure) {
            let session = try context.connector.connect(parameters)
            defer { session.close() }
            return session.usedPassword ? true : nil
        } catch {
            if case .loginRefused(_, _, let reason, _) = error, reason.contains(Self.wrongPassword) {
                return false
            }
            return nil
        }
    }

    /// The state that the task asks for.
    public func wanted(given state: State) throws(ModuleFailure) -> State {
        try wanted(given: state, passwordWasSent: false)
    }

    /// A password that was just sent and cannot be read back needs no other proof.
    public func wantedAfterChanges(given state: State) throws(ModuleFailure) -> State {
        try wanted(given: state, passwordWasSent: true)
    }

    private func wanted(given state: State, passwordWasSent: Bool) throws(ModuleFailure) -> State {
        var wanted = state
        switch (arguments.state, state.role) {
        case (.absent, nil):
            break
        case (.absent, .some):
            if state.dependents.isEmpty {
                wanted.role = nil
            } else if arguments.failOnUser {
                throw .impossible(
                    "Unable to remove user: role \"\(roleName)\" cannot be dropped because some objects depend on it: "
                        + state.dependents.joined(separator: ", "),
                    hint: "may another role own them (REASSIGN OWNED, then DROP OWNED, in each database)?")
            }
        case (.present, let role):
            wanted.role = try described(
                role ?? Self.newRole, isNew: role == nil, passwordWasSent: passwordWasSent, state.policy)
        }
        return wanted
    }

    private static let newRole = State.Role(
        attributes: [:], password: .none, validUntil: nil, expiresAsAsked: false, connectionLimit: -1,
        comment: "", settings: [:])

    private func described(
        _ current: State.Role, isNew: Bool, passwordWasSent: Bool, _ policy: PostgreSQLRolePassword.Policy
    ) throws(ModuleFailure) -> State.Role {
        var wanted = current
        wanted.attributes.merge(attributes) { _, new in new }
        if !passwordWasSent || current.password.isReadable {
            wanted.password = try password(current.password, isNew: isNew, policy)
        }
        if let expires = arguments.expires, !current.expiresAsAsked {
            wanted.validUntil = expires
            wanted.expiresAsAsked = true
        }
        wanted.connectionLimit = arguments.connectionLimit.map(Int64.init) ?? current.connectionLimit
        wanted.comment = arguments.comment ?? current.comment
        wanted.settings = settings.wanted(given: current.settings)
        return wanted
    }

    private func password(
        _ stored: PostgreSQLRolePassword.Stored, isNew: Bool, _ policy: PostgreSQLRolePassword.Policy
    ) throws(ModuleFailure) -> PostgreSQLRolePassword.Stored {
        guard let password = arguments.password, isNew || comparesPassword else { return stored }
        let same = try PostgreSQLRolePassword.matches(
            password, stored: isNew ? .none : stored, role: roleName, policy: policy)
        if same == true { return stored }
        // A hash cannot be tried by a login. It is set again, which does no harm, and told.
        if same == nil, !PostgreSQLRolePassword.isVerifier(password.reveal()) {
            throw .impossible(
                "the stored password of role \"\(roleName)\" cannot be read, and a login does not tell either",
                hint: "may the login role read pg_authid, or should no_password_changes be true?")
        }
        if password.isEmpty { return .none }
        return .verifier(
            try PostgreSQLRolePassword.verifier(
                for: password, role: roleName, policy: policy,
                salt: context.host.randomBytes(PostgreSQLRolePassword.saltBytes)))
    }

    /// The changes that lead from one state to the other.
    public func changes(
        from state: State, to wanted: State, on server: ServerFacts
    ) throws(ModuleFailure) -> [Change] {
        guard let new = wanted.role else {
            return state.role == nil ? [] : [Change("DROP USER \(identifier: roleName)")]
        }
        let old = state.role ?? Self.newRole
        var changes: [Change] = []
        let options = options(from: old, to: new)
        if state.role == nil {
            changes.append(Change((["CREATE USER \(identifier: roleName)"] + options).joined(separator: " ")))
        } else if !options.isEmpty {
            changes.append(Change((["ALTER USER \(identifier: roleName)"] + options).joined(separator: " ")))
        }
        if new.comment != old.comment {
            changes.append(Change("COMMENT ON ROLE \(identifier: roleName) IS \(literal: new.comment)"))
        }
        return changes
            + settings.changes(
                from: old.settings, to: new.settings, on: "ALTER ROLE \(identifier: roleName)")
    }

    private func options(from old: State.Role, to new: State.Role) -> [SQLStatement] {
        var options: [SQLStatement] = []
        if new.password != old.password {
            switch new.password {
            case .verifier(let verifier): options.append("WITH ENCRYPTED PASSWORD \(secret: verifier)")
            case .none: options.append("WITH PASSWORD NULL")
            case .unreadable: break
            }
        }
        if new.validUntil != old.validUntil, let expires = new.validUntil {
            options.append("VALID UNTIL \(literal: expires)")
        }
        if new.connectionLimit != old.connectionLimit {
            options.append("CONNECTION LIMIT \(integer: new.connectionLimit)")
        }
        for attribute in RoleAttribute.allCases {
            guard let isOn = new.attributes[attribute], isOn != old.attributes[attribute] else { continue }
            options.append(attribute.keyword(isOn))
        }
        return options
    }

    /// A state as a document for `diff`; of the password only whether one is set.
    public func document(_ state: State) -> JSONValue {
        guard let role = state.role else { return ["state": "absent"] }
        let on = RoleAttribute.allCases.compactMap { attribute in
            role.attributes[attribute].map { $0 ? attribute.rawValue : "NO\(attribute.rawValue)" }
        }
        var members: [String: JSONValue] = [
            "state": "present", "role_attr_flags": .strings(on), "conn_limit": .int(role.connectionLimit),
            "comment": .string(role.comment), "expires": .optional(role.validUntil),
            "configuration": .object(role.settings.mapValues(JSONValue.string)),
        ]
        if comparesPassword { members["password"] = .string(passwordWord(role.password)) }
        return .object(members)
    }

    private func passwordWord(_ password: PostgreSQLRolePassword.Stored) -> String {
        switch password {
        case .none: "none"
        case .unreadable: "not readable"
        case .verifier(let verifier): "set, \(verifier.reveal().hasPrefix("md5") ? "md5" : "scram-sha-256")"
        }
    }

    /// Keys of the reply.
    public func facts(
        before: State, after: State, changes: [Change], shown: [String]
    ) -> [String: JSONValue] {
        var facts: [String: JSONValue] = ["user": .string(arguments.name), "queries": .strings(shown)]
        if arguments.state == .absent, before.role != nil {
            facts["user_removed"] = .bool(after.role == nil)
        }
        return facts
    }

    /// Says what keeps a role from being dropped when the task does not want a failure.
    public func warnings(before: State) -> [String] {
        if comparesPassword, case .unreadable(loginWorks: nil) = before.role?.password,
            let password = arguments.password, PostgreSQLRolePassword.isVerifier(password.reveal())
        {
            return [
                "the stored password of role \(roleName) cannot be read: the given hash was set, whether it is another one or not"
            ]
        }
        guard arguments.state == .absent, !before.dependents.isEmpty else { return [] }
        return ["role \(roleName) stays: \(before.dependents.joined(separator: ", "))"]
    }
}
