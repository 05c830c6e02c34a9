/// Everything that the rules look at, read once from one server and one of its databases.
struct AuditFacts: Sendable {
    /// The server, the login, and what the login may read.
    struct Server: Sendable, Equatable {
        let versions: AuditVersions
        /// As the server writes it: `15.18 (Debian 15.18-0+deb12u1)`.
        let versionText: String
        let database: String
        let databaseOwner: Int64
        let login: String
        let loginIsSuperuser: Bool
        let isInRecovery: Bool
        /// The day in UTC by the server's clock, `YYYY-MM-DD`.
        let day: String
        let canReadPasswords: Bool
        let canReadHostRules: Bool
    }

    struct Role: Sendable, Equatable {
        let id: Int64
        let name: String
        var isSuperuser = false
        var canLogin = false
        var isReplication = false
        var bypassesRLS = false
        var comment: String?
        /// The kind of the stored verifier; `nil` where the login may not read it.
        var password: PasswordKind?

        /// The role that `initdb` made: its power cannot be taken.
        ///
        /// Source: PostgreSQL 17, `src/include/catalog/pg_authid.dat`.
        var isBootstrap: Bool { id == 10 }

        /// Row-level security never applies to it.
        var ignoresRLS: Bool { isSuperuser || bypassesRLS }

        /// Made by `initdb` too; the prefix is reserved.
        var isPredefined: Bool { name.hasPrefix("pg_") }
    }

    enum PasswordKind: String, Sendable {
        case none, md5, unknown
        case scram = "scram-sha-256"
    }

    struct Membership: Sendable, Equatable {
        let role: Int64
        let member: Int64
        let hasAdmin: Bool
        let inherits: Bool
        let canSet: Bool
    }

    struct Setting: Sendable, Equatable {
        let value: String
        /// Where the value comes from, in the words of `pg_settings.source`.
        let source: String
    }

    /// Objects of one owner, schema and kind.
    struct Ownership: Sendable, Equatable {
        let owner: Int64
        let database: String
        /// `nil` for databases.
        let schema: String?
        /// `tables`, `functions` and so on.
        let kind: String
        let count: Int64
        /// The first names.
        let examples: [String]
    }

    /// A function or procedure that runs with the rights of its owner.
    struct DefinerRoutine: Sendable, Equatable {
        let id: Int64
        let schema: String
        let name: String
        /// The types of the arguments, as the server writes them.
        let arguments: String
        let isProcedure: Bool
        let isTrigger: Bool
        let owner: Int64
        /// `name=value` of each SET clause.
        let settings: [String]
    }

    /// A table with row-level security.
    struct ProtectedTable: Sendable, Equatable {
        let id: Int64
        let schema: String
        let name: String
        let owner: Int64
        let isForced: Bool
        var isPartition = false
        var policies: [Policy]
    }

    struct Policy: Sendable, Equatable {
        let name: String
        /// `nil` means all commands.
        let command: RowCommand?
        let isPermissive: Bool
        /// 0 is PUBLIC.
        let roles: [Int64]
    }

    enum RowCommand: String, CaseIterable, Sendable {
        case select = "SELECT"
        case insert = "INSERT"
        case update = "UPDATE"
        case delete = "DELETE"
    }

    /// One privilege of one grantee that is not the owner.
    struct Grant: Sendable, Equatable {
        enum ObjectClass: String, Sendable {
            case database, schema, routine, table, column
        }

        let objectClass: ObjectClass
        let objectID: Int64
        let schema: String?
        let name: String
        let column: String?
        /// 0 is PUBLIC.
        let grantee: Int64
        let privilege: String
        /// Whether nobody ever granted or revoked on the object: the ACL is NULL, the built-in default holds.
        let isDefault: Bool
    }

    /// A line of `pg_hba.conf` or of a file that it includes.
    struct HostRule: Sendable, Equatable {
        let file: String
        let line: Int64
        let type: String
        let databases: [String]
        let users: [String]
        let address: String?
        let netmask: String?
        let method: String
        /// Whether the server cannot use the line.
        let isBroken: Bool
    }

    enum HostRules: Sendable, Equatable {
        case lines([HostRule])
        case notReadable(reason: String)
    }

    /// The grantee that stands for every role.
    static let everyone: Int64 = 0

    let server: Server
    let roles: [Role]
    let settings: [String: Setting]
    let ownerships: [Ownership]
    let definerRoutines: [DefinerRoutine]
    let protectedTables: [ProtectedTable]
    let grants: [Grant]
    let hostRules: HostRules
    let graph: RoleGraph
    private let rolesByID: [Int64: Role]

    init(
        server: Server, roles: [Role], memberships: [Membership], settings: [String: Setting],
        ownerships: [Ownership], definerRoutines: [DefinerRoutine], protectedTables: [ProtectedTable],
        grants: [Grant], hostRules: HostRules
    ) {
        self.server = server
        self.roles = roles
        self.settings = settings
        self.ownerships = ownerships
        self.definerRoutines = definerRoutines
        self.protectedTables = protectedTables
        self.grants = grants
        self.hostRules = hostRules
        rolesByID = Dictionary(roles.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        graph = RoleGraph(
            roles: roles, memberships: memberships, databaseOwner: server.databaseOwner)
    }

    func role(_ id: Int64) -> Role? { rolesByID[id] }

    /// The role's name; a role that was dropped while we read has only its number.
    func name(_ id: Int64) -> String {
        id == Self.everyone ? "PUBLIC" : rolesByID[id]?.name ?? "role \(id)"
    }

    /// The roles that were granted this role, by name; none when this version has no such role.
    func directMembers(of name: String) -> [Role] {
        guard let group = roles.first(where: { $0.name == name }) else { return [] }
        return roles.filter { graph.isMember($0.id, of: group.id) }
    }

    func names(_ ids: [Int64]) -> [String] { ids.map(name) }

    /// An object of the audited database.
    func object(_ kind: AuditObject.Kind, schema: String?, _ name: String?) -> AuditObject {
        AuditObject(kind: kind, database: server.database, schema: schema, name: name)
    }
}

extension AuditFacts {
    /// What a parameter is for the server as a whole.
    enum ServerValue: Equatable {
        case known(String)
        case unknown(reason: String)
    }

    /// Sources that are about our session, and hide what others get.
    ///
    /// Source: PostgreSQL 17, `src/backend/utils/misc/guc_tables.c`, `GucSource_Names`.
    private static let sessionSources: Set<String> = [
        "global", "database", "user", "database user", "client", "interactive", "session",
    ]

    /// The value of a parameter; `pg_settings` shows our session's, which may be its own.
    func serverValue(of name: String) -> ServerValue {
        guard let setting = settings[name] else {
            return .unknown(reason: "the parameter \(name) is not visible to \(server.login)")
        }
        guard !Self.sessionSources.contains(setting.source) else {
            return .unknown(
                reason: "the audit's session has its own \(name) (source: \(setting.source)), "
                    + "which hides the server's")
        }
        return .known(setting.value)
    }
}
