import ModuleKit
import SQLClient

/// Reads the facts: one snapshot, one transaction that can change nothing, a fixed number of statements.
///
/// ACLs are read with `aclexplode`; a NULL ACL counts as `acldefault`. The views of `information_schema` are never
/// used: they show only what concerns the login's own roles.
struct AuditFactsReader {
    let session: any SQLSession

    /// Parameters that the rules look at.
    static let settingNames = (PasswordRules.settings + LogRules.settings + SettingRules.settings).sorted()

    func facts() throws(ModuleFailure) -> AuditFacts {
        let versions = AuditVersions(server: session.serverVersion)
        guard versions.server >= AuditVersions.oldest else {
            throw .impossible(
                "postgresql_audit needs PostgreSQL 13 or later, this server is \(versions.server)", hint: nil)
        }
        _ = try rows(AuditQueries.limits)
        _ = try rows(AuditQueries.begin)
        let server = try server(versions)
        let facts = AuditFacts(
            server: server,
            roles: try rows(AuditQueries.roles(withPasswords: server.canReadPasswords)).map(Self.role),
            memberships: try rows(AuditQueries.memberships(versions)).map(Self.membership),
            settings: try settings(), ownerships: try rows(AuditQueries.ownerships).map(Self.ownership),
            definerRoutines: try rows(AuditQueries.definerRoutines).map(Self.routine),
            protectedTables: try protectedTables(),
            grants: try rows(AuditQueries.grants).compactMap(Self.grant),
            hostRules: try hostRules(server))
        // Nothing was changed; and after a refused look at pg_hba.conf there is nothing to commit.
        _ = try rows("ROLLBACK")
        return facts
    }

    private func rows(_ statement: SQLStatement) throws(ModuleFailure) -> [SQLRecord] {
        try session.observedRecords(statement)
    }

    private func server(_ versions: AuditVersions) throws(ModuleFailure) -> AuditFacts.Server {
        guard let row = try rows(AuditQueries.server).first else {
            throw .impossible(
                "the database \(session.database) is not in pg_database", hint: "was it just renamed?")
        }
        return AuditFacts.Server(
            versions: versions, versionText: row.text("version") ?? "", database: row.text("database") ?? "",
            databaseOwner: row.int("database_owner") ?? 0, login: row.text("login") ?? "",
            loginIsSuperuser: row.bool("is_superuser"), isInRecovery: row.bool("is_in_recovery"),
            day: row.text("day") ?? "", canReadPasswords: row.bool("can_read_passwords"),
            canReadHostRules: row.bool("can_read_host_rules"))
    }

    private static func role(_ row: SQLRecord) -> AuditFacts.Role {
        AuditFacts.Role(
            id: row.int("id") ?? 0, name: row.text("name") ?? "", isSuperuser: row.bool("is_superuser"),
            canLogin: row.bool("can_login"), isReplication: row.bool("is_replication"),
            bypassesRLS: row.bool("bypasses_rls"), comment: row.text("comment"),
            password: row.text("password").flatMap(AuditFacts.PasswordKind.init(rawValue:)))
    }

    private static func membership(_ row: SQLRecord) -> AuditFacts.Membership {
        AuditFacts.Membership(
            role: row.int("role") ?? 0, member: row.int("member") ?? 0, hasAdmin: row.bool("has_admin"),
            inherits: row.bool("inherits"), canSet: row.bool("can_set"))
    }

    private func settings() throws(ModuleFailure) -> [String: AuditFacts.Setting] {
        let rows = try rows(AuditQueries.settings(Self.settingNames))
        return Dictionary(
            rows.map { row in
                let setting = AuditFacts.Setting(
                    value: row.text("setting") ?? "", source: row.text("source") ?? "")
                return (row.text("name") ?? "", setting)
            }, uniquingKeysWith: { first, _ in first })
    }

    private static func ownership(_ row: SQLRecord) -> AuditFacts.Ownership {
        AuditFacts.Ownership(
            owner: row.int("owner") ?? 0, database: row.text("database") ?? "", schema: row.text("schema"),
            kind: row.text("kind") ?? "", count: row.int("count") ?? 0, examples: row.texts("examples"))
    }

    private static func routine(_ row: SQLRecord) -> AuditFacts.DefinerRoutine {
        AuditFacts.DefinerRoutine(
            id: row.int("id") ?? 0, schema: row.text("schema") ?? "", name: row.text("name") ?? "",
            arguments: row.text("arguments") ?? "", isProcedure: row.bool("is_procedure"),
            isTrigger: row.bool("is_trigger"), owner: row.int("owner") ?? 0, settings: row.texts("settings"))
    }

    /// One row per policy, at least one per table; rows of one table follow each other.
    private func protectedTables() throws(ModuleFailure) -> [AuditFacts.ProtectedTable] {
        var tables: [AuditFacts.ProtectedTable] = []
        for row in try rows(AuditQueries.protectedTables) {
            let id = row.int("id") ?? 0
            if tables.last?.id != id {
                tables.append(
                    AuditFacts.ProtectedTable(
                        id: id, schema: row.text("schema") ?? "", name: row.text("name") ?? "",
                        owner: row.int("owner") ?? 0, isForced: row.bool("is_forced"),
                        isPartition: row.bool("is_partition"), policies: []))
            }
            guard let name = row.text("policy") else { continue }
            let roles = (row["policy_roles"].array ?? []).compactMap(\.int)
            tables[tables.count - 1].policies.append(
                AuditFacts.Policy(
                    name: name, command: row.text("command").flatMap { Self.commands[$0] },
                    isPermissive: row.bool("is_permissive"), roles: roles))
        }
        return tables
    }

    /// Source: PostgreSQL 17 manual, catalog `pg_policy`, column `polcmd`; `*` means all.
    private static let commands: [String: AuditFacts.RowCommand] = [
        "r": .select, "a": .insert, "w": .update, "d": .delete,
    ]

    private static func grant(_ row: SQLRecord) -> AuditFacts.Grant? {
        guard let objectClass = row.text("class").flatMap(AuditFacts.Grant.ObjectClass.init(rawValue:)) else {
            return nil
        }
        return AuditFacts.Grant(
            objectClass: objectClass, objectID: row.int("id") ?? 0, schema: row.text("schema"),
            name: row.text("name") ?? "", column: row.text("column"), grantee: row.int("grantee") ?? 0,
            privilege: row.text("privilege") ?? "", isDefault: row.bool("is_default"))
    }

    /// The last statement of the transaction: the server can fail to open the file, and that ends the transaction.
    private func hostRules(_ server: AuditFacts.Server) throws(ModuleFailure) -> AuditFacts.HostRules {
        guard server.canReadHostRules else {
            return .notReadable(
                reason:
                    "\(server.login) may not read pg_hba_file_rules: SELECT on the view and EXECUTE on the "
                    + "function pg_hba_file_rules() are needed")
        }
        do throws(SQLFailure) {
            return .lines(try session.records(AuditQueries.hostRules(server.versions)).map(Self.hostRule))
        } catch {
            if error.serverMessage == nil { throw .database(error) }
            return .notReadable(reason: "pg_hba_file_rules: \(error.message)")
        }
    }

    private static func hostRule(_ row: SQLRecord) -> AuditFacts.HostRule {
        AuditFacts.HostRule(
            file: row.text("file") ?? "", line: row.int("line") ?? 0, type: row.text("type") ?? "",
            databases: row.texts("databases"), users: row.texts("users"), address: row.text("address"),
            netmask: row.text("netmask"), method: row.text("method") ?? "", isBroken: row.bool("is_broken"))
    }
}
