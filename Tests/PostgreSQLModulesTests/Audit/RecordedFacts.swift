import SQLClient
import Testing

@testable import PostgreSQLModules

/// Facts as a PostgreSQL 15.20 with a few planted defects gave them; a test replaces the part it is about.
struct RecordedFacts {
    static let bootstrap = AuditFacts.Role(
        id: 10, name: "postgres", isSuperuser: true, canLogin: true, isReplication: true, bypassesRLS: true,
        comment: "DSI", password: AuditFacts.PasswordKind.none)
    static let predefined = [
        AuditFacts.Role(id: 6171, name: "pg_database_owner"),
        AuditFacts.Role(id: 4571, name: "pg_execute_server_program"),
        AuditFacts.Role(id: 3373, name: "pg_monitor"),
        AuditFacts.Role(id: 6181, name: "pg_read_all_data"),
        AuditFacts.Role(id: 4569, name: "pg_read_server_files"),
        AuditFacts.Role(id: 6182, name: "pg_write_all_data"),
        AuditFacts.Role(id: 4570, name: "pg_write_server_files"),
    ]

    /// Ids of the roles that tests use.
    enum ID {
        static let superuser: Int64 = 16390
        static let group: Int64 = 16391
        static let login: Int64 = 16392
        static let owner: Int64 = 16393
        static let blind: Int64 = 16394
        static let seen: Int64 = 16395
        static let executeProgram: Int64 = 4571
        static let readAllData: Int64 = 6181
        static let databaseOwner: Int64 = 6171
    }

    static let login = AuditFacts.Role(
        id: ID.login, name: "a_login", canLogin: true, comment: "c", password: .scram)
    static let group = AuditFacts.Role(id: ID.group, name: "a_group", comment: "c")
    static let owner = AuditFacts.Role(id: ID.owner, name: "a_owner", comment: "c")
    static let blind = AuditFacts.Role(id: ID.blind, name: "a_blind", canLogin: true, comment: "c")
    static let seen = AuditFacts.Role(id: ID.seen, name: "a_seen", canLogin: true, comment: "c")
    static let superuser = AuditFacts.Role(
        id: ID.superuser, name: "a_super", isSuperuser: true, canLogin: true, comment: "c")

    var version = 150_020
    var login = "postgres"
    var databaseOwner: Int64 = 10
    var canReadPasswords = true
    var roles: [AuditFacts.Role] = []
    var memberships: [AuditFacts.Membership] = []
    var settings: [String: AuditFacts.Setting] = Self.soundSettings
    var ownerships: [AuditFacts.Ownership] = []
    var routines: [AuditFacts.DefinerRoutine] = []
    var tables: [AuditFacts.ProtectedTable] = []
    var grants: [AuditFacts.Grant] = []
    var hostRules = AuditFacts.HostRules.lines([])

    static let soundSettings = [
        "allow_system_table_mods": "off", "data_checksums": "on", "fsync": "on", "full_page_writes": "on",
        "ignore_system_indexes": "off", "log_connections": "on", "log_disconnections": "on",
        "password_encryption": "scram-sha-256", "zero_damaged_pages": "off",
    ].mapValues { AuditFacts.Setting(value: $0, source: "configuration file") }

    var facts: AuditFacts {
        AuditFacts(
            server: AuditFacts.Server(
                versions: AuditVersions(server: version),
                versionText: "15.20 (Debian 15.20-0+deb12u1)", database: "audit_probe",
                databaseOwner: databaseOwner, login: login, loginIsSuperuser: canReadPasswords,
                isInRecovery: false, day: "2026-11-23", canReadPasswords: canReadPasswords,
                canReadHostRules: canReadPasswords),
            roles: ([Self.bootstrap] + Self.predefined + roles).sorted { $0.name < $1.name },
            memberships: memberships, settings: settings, ownerships: ownerships, definerRoutines: routines,
            protectedTables: tables, grants: grants, hostRules: hostRules)
    }

    /// What a rule says about these facts.
    func outcome(_ rule: AuditRule, _ policy: AuditPolicy = AuditPolicy()) -> AuditOutcome {
        rule.evaluate(facts, policy)
    }

    /// The names of the objects that a rule complains about.
    func defects(_ rule: AuditRule, _ policy: AuditPolicy = AuditPolicy()) -> [String] {
        outcome(rule, policy).defects.map { $0.object.name ?? "" }
    }
}

extension AuditFacts.Membership {
    /// As before version 16: SET ROLE is always allowed.
    init(_ member: Int64, in role: Int64, inherits: Bool = true, canSet: Bool = true, hasAdmin: Bool = false)
    {
        self.init(role: role, member: member, hasAdmin: hasAdmin, inherits: inherits, canSet: canSet)
    }
}

extension AuditDefect {
    /// The remedies as the reply shows them.
    var remedies: [String] { remediation.map { $0.shown(for: .postgreSQL) } }
}

extension AuditPolicy {
    /// A policy that declares one name or glob.
    init(_ declaration: Declaration, _ name: String) {
        self.init(declared: [declaration: [NamePattern(name)]])
    }
}
