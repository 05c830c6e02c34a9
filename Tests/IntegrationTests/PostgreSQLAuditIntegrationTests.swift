import ModuleKit
import SQLClient
import Testing

/// The audit of a real server on which defects were planted.
///
/// Other tests share the server, therefore of the rules about the whole cluster only what is about planted roles
/// and databases counts.
@Suite(.serialized, .enabled(if: TestServer.current != nil, TestServer.skipReason))
struct PostgreSQLAuditIntegrationTests {
    let server: TestServer
    private let database = "audit_probe"

    init() throws {
        server = try #require(TestServer.current)
        try plant()
    }

    // MARK: Planting

    private static let roles = [
        "audit_super", "audit_climber", "audit_group", "audit_login", "audit_owner", "audit_member",
        "audit_blind",
        "audit_column", "audit_seen", "audit_md5", "audit_bypass", "audit_replica", "audit_silent",
        "audit_latent",
        "audit_monitor", "audit_reader",
    ]

    private func clear() throws {
        let session = try server.session()
        _ = try session.execute("SET client_min_messages = error")
        _ = try session.execute("DROP DATABASE IF EXISTS audit_probe WITH (FORCE)")
        for role in Self.roles { _ = try session.execute("DROP ROLE IF EXISTS \(identifier: role)") }
    }

    private func plant() throws {
        try clear()
        let session = try server.session()
        _ = try session.execute("SET client_min_messages = error")
        _ = try session.executeScript(Self.rolesScript)
        if session.serverVersion >= 160_000 {
            // Neither inherits nor may become it: no power at all.
            _ = try session.execute(
                "GRANT pg_read_server_files TO audit_latent WITH INHERIT FALSE, SET FALSE")
            _ = try session.execute("GRANT audit_group TO audit_latent WITH INHERIT FALSE, SET FALSE")
        }
        for role in Self.roles where role != "audit_silent" {
            _ = try session.execute("COMMENT ON ROLE \(identifier: role) IS 'test'")
        }
        _ = try session.execute("CREATE DATABASE audit_probe")
        _ = try server.session(database: database).executeScript(Self.objectsScript)
    }

    private static let rolesScript = """
        CREATE ROLE audit_super SUPERUSER LOGIN;
        CREATE ROLE audit_climber LOGIN NOINHERIT IN ROLE audit_super;
        CREATE ROLE audit_group IN ROLE pg_execute_server_program;
        CREATE ROLE audit_login LOGIN IN ROLE audit_group;
        CREATE ROLE audit_owner;
        CREATE ROLE audit_member LOGIN IN ROLE audit_owner;
        CREATE ROLE audit_blind LOGIN;
        CREATE ROLE audit_column LOGIN;
        CREATE ROLE audit_seen LOGIN;
        SET password_encryption = 'md5';
        CREATE ROLE audit_md5 LOGIN PASSWORD 'test';
        RESET password_encryption;
        CREATE ROLE audit_bypass BYPASSRLS;
        CREATE ROLE audit_replica LOGIN REPLICATION;
        CREATE ROLE audit_silent;
        CREATE ROLE audit_latent LOGIN;
        CREATE ROLE audit_monitor LOGIN IN ROLE pg_monitor;
        CREATE ROLE audit_reader LOGIN IN ROLE pg_monitor;
        ALTER ROLE audit_reader SET password_encryption = 'md5';
        """

    private static let objectsScript = """
        GRANT CREATE ON SCHEMA public TO PUBLIC;
        CREATE SCHEMA app AUTHORIZATION audit_owner;
        CREATE FUNCTION app."lo'ose"(i integer, t text DEFAULT 'x') RETURNS integer
            LANGUAGE sql SECURITY DEFINER AS 'SELECT 1';
        CREATE PROCEDURE app.fixed() LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS 'SELECT 1';
        REVOKE EXECUTE ON ROUTINE app.fixed() FROM PUBLIC;
        CREATE TABLE app.closed (id integer);
        CREATE TABLE app.shared (id integer, name text);
        CREATE TABLE app.unforced (id integer);
        CREATE TABLE app.yearly (id integer) PARTITION BY RANGE (id);
        CREATE TABLE app.yearly_1 PARTITION OF app.yearly FOR VALUES FROM (0) TO (10);
        CREATE TABLE app.mine (id integer);
        ALTER TABLE app.closed ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY, OWNER TO audit_owner;
        ALTER TABLE app.shared ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY, OWNER TO audit_owner;
        ALTER TABLE app.unforced ENABLE ROW LEVEL SECURITY, OWNER TO audit_owner;
        ALTER TABLE app.yearly ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
        ALTER TABLE app.yearly_1 ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
        ALTER TABLE app.mine OWNER TO audit_login;
        CREATE POLICY seen ON app.shared TO audit_seen USING (true);
        CREATE POLICY everyone ON app.unforced USING (id > 0);
        CREATE POLICY seen ON app.yearly FOR SELECT TO audit_seen USING (true);
        GRANT SELECT, INSERT ON app.shared TO audit_seen, audit_blind;
        GRANT SELECT (id) ON app.shared TO audit_column;
        GRANT SELECT ON app.yearly TO audit_seen;
        """

    // MARK: Reading replies

    private func audit(_ options: [String: JSONValue] = [:], checkMode: Bool = false) throws -> [String:
        JSONValue]
    {
        try server.reply(
            "postgresql_audit", options.merging(["login_db": .string(database)]) { $1 }, checkMode: checkMode)
    }

    private func findings(_ reply: [String: JSONValue], _ status: String) -> [[String: JSONValue]] {
        (reply["findings"]?.array ?? []).compactMap(\.object).filter { $0["status"]?.string == status }
    }

    /// Rule and object of the failing findings that are about what was planted.
    private func planted(_ reply: [String: JSONValue]) -> [String] {
        findings(reply, "fail").compactMap { finding in
            let object = finding["object"]?.object ?? [:]
            let names = ["database", "schema", "name"].compactMap { object[$0]?.string }
            guard names.contains(where: { $0.hasPrefix("audit_") }) else { return nil }
            let path = (finding["path"]?.array ?? []).compactMap(\.string).joined(separator: ">")
            return "\(finding["rule"]?.string ?? "") \(names.joined(separator: ".")) \(path)"
        }
        .sorted()
    }

    private let everything = [
        "PG-ACL-01 audit_probe.public.public ",
        "PG-ACL-03 audit_probe.audit_probe ",
        "PG-ACL-06 audit_probe.app.lo'ose(i integer, t text) ",
        "PG-OBJ-01 audit_probe.app.audit_login ",
        "PG-OBJ-03 audit_probe.app.lo'ose(i integer, t text) ",
        "PG-PWD-01 audit_md5 ",
        "PG-RLS-02 audit_probe.app.unforced audit_member>audit_owner",
        "PG-RLS-03 audit_probe.app.closed ",
        "PG-RLS-04 audit_probe.app.shared ",
        "PG-RLS-04 audit_probe.app.shared ",
        "PG-ROL-01 audit_super ",
        "PG-ROL-02 audit_climber audit_climber>audit_super",
        "PG-ROL-02 audit_login audit_login>audit_group>pg_execute_server_program",
        "PG-ROL-04 audit_bypass ",
        "PG-ROL-05 audit_replica ",
        "PG-ROL-07 audit_group audit_group>pg_execute_server_program",
        "PG-ROL-20 audit_silent ",
    ]

    /// Since version 16 the latent member exists; it is a member of the role all the same.
    private func expected() throws -> [String] {
        let latent = "PG-ROL-07 audit_latent audit_latent>pg_read_server_files"
        return try server.session().serverVersion >= 160_000 ? (everything + [latent]).sorted() : everything
    }

    // MARK: Tests

    @Test func `planted defects are found, and only they`() throws {
        let reply = try audit()
        #expect(reply["failed"] == nil, "\(reply["msg"] ?? "")")
        #expect(reply["changed"] == false)
        #expect(try planted(reply) == expected())
        #expect(findings(reply, "not_evaluated").isEmpty)
        let settings = findings(reply, "fail").filter { $0["rule"] == "PG-CFG-02" }
            .compactMap { $0["object"]?.object?["name"]?.string }
        #expect(settings == ["fsync", "full_page_writes"])
        let hosts = findings(reply, "fail").filter { $0["rule"] == "PG-NET-01" }
            .compactMap { $0["object"]?.object?["name"]?.string }
        #expect(hosts == ["local all all trust"])
        try clear()
    }

    @Test func `a role that holds only pg_monitor sees the same, but for what it may not read`() throws {
        let reply = try audit(["login_user": "audit_monitor"])
        #expect(reply["failed"] == nil, "\(reply["msg"] ?? "")")
        #expect(try planted(reply) == expected().filter { !$0.hasPrefix("PG-PWD-01") })
        let skipped = findings(reply, "not_evaluated")
        #expect(skipped.compactMap { $0["rule"]?.string } == ["PG-NET-01", "PG-PWD-01"])
        #expect(skipped.allSatisfy { $0["reason"]?.string?.contains("audit_monitor may not read") == true })
        try clear()
    }

    @Test func `with three grants on the catalog it sees everything, and never a verifier`() throws {
        try server.execute(
            "GRANT SELECT (oid, rolpassword) ON pg_authid TO audit_monitor",
            "GRANT SELECT ON pg_hba_file_rules TO audit_monitor",
            "GRANT EXECUTE ON FUNCTION pg_hba_file_rules() TO audit_monitor", database: database)
        let reply = try audit(["login_user": "audit_monitor"])
        #expect(try planted(reply) == expected())
        #expect(findings(reply, "not_evaluated").isEmpty)
        #expect(!"\(reply)".contains("SCRAM-SHA-256$"))
        try clear()
    }

    @Test func `a login's own setting hides the server's, and that is said`() throws {
        let reply = try audit(["login_user": "audit_reader", "rules": ["PG-PWD-03"]])
        let finding = try #require(findings(reply, "not_evaluated").first)
        #expect(finding["reason"]?.string?.contains("source: user") == true)
        #expect(findings(reply, "pass").isEmpty)
        try clear()
    }

    @Test func `the server's log shows twelve statements of one session, all reading`() throws {
        let log = try server.logged { _ = try audit(["login_user": "audit_super"], checkMode: true) }
        let lines = log.split(separator: "\n").filter { $0.contains("audit_super@audit_probe") }
        let statements = lines.filter { $0.contains("statement: ") || $0.contains("execute ") }
        #expect(statements.count == 12)
        for statement in statements {
            #expect(
                [": SELECT", ": BEGIN", ": ROLLBACK"].contains { statement.contains($0) }, "\(statement)")
        }
        #expect(
            Set(lines.compactMap { $0.split(separator: "]").first?.split(separator: "[").last }).count == 1)
        try clear()
    }

    @Test func `the remedies that need no thinking are valid SQL and remove their findings`() throws {
        let session = try server.session(database: database)
        let before = findings(try audit(), "fail")
        var applied = 0
        for finding in before {
            let statements = (finding["remediation_sql"]?.array ?? []).compactMap(\.string)
            let names = (finding["object"]?.object ?? [:]).values.compactMap(\.string)
            guard names.contains(where: { $0.hasPrefix("audit_") }),
                !statements.contains(where: { $0.contains("<") || $0.hasPrefix("--") })
            else { continue }
            for statement in statements { _ = try session.execute(SQLStatement(userText: statement)) }
            applied += 1
        }
        #expect(applied >= 10)
        let left = try planted(audit()).map { String($0.prefix(9)) }
        #expect(left == ["PG-OBJ-01", "PG-PWD-01", "PG-RLS-03", "PG-RLS-04", "PG-RLS-04", "PG-ROL-20"])
        try clear()
    }

    @Test func `a waiver by key takes one finding out of the threshold`() throws {
        let rules: JSONValue = ["PG-ACL-01"]
        let open = try audit(["rules": rules, "fail_on": "high"])
        #expect(open["failed"] == true)
        let key = try #require(findings(open, "fail").first?["key"])
        let waiver: JSONValue = [
            "key": key, "reason": "test", "author": "test", "expires_on": "2999-12-31",
        ]
        let waived = try audit(["rules": rules, "fail_on": "high", "waivers": [waiver]])
        #expect(waived["failed"] == nil)
        #expect(findings(waived, "waived").count == 1)
        try clear()
    }
}
