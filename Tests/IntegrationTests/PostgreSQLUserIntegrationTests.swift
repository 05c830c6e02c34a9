import SQLClient
import Testing

@testable import ModuleKit

/// The password rules that community.postgresql's users rely on, and the threads that they came from.
@Suite(.serialized, .enabled(if: TestServer.current != nil, TestServer.skipReason))
final class PostgreSQLUserIntegrationTests {
    let server: TestServer
    fileprivate static let role = "usr_target"
    private static let md5Policy: JSONValue = ["options": "-c password_encryption=md5"]

    init() throws {
        server = try #require(TestServer.current)
        try server.execute(
            "DROP SCHEMA IF EXISTS usr_owned", "DROP ROLE IF EXISTS \(identifier: Self.role)",
            "CREATE ROLE \(identifier: Self.role) LOGIN")
    }

    deinit {
        try? server.execute(
            "DROP SCHEMA IF EXISTS usr_owned", "DROP ROLE IF EXISTS \(identifier: Self.role)")
    }

    private func reply(_ options: [String: JSONValue], checkMode: Bool = false) throws -> [String: JSONValue]
    {
        try server.reply(
            "postgresql_user", ["name": .string(Self.role)].merging(options) { $1 }, checkMode: checkMode)
    }

    /// Whether the task changes something; a failure is recorded with its message.
    private func changes(_ options: [String: JSONValue], checkMode: Bool = false) throws -> Bool {
        let reply = try reply(options, checkMode: checkMode)
        #expect(reply["failed"] == nil, "\(reply["msg"] ?? "")")
        return reply["changed"] == true
    }

    private func storedPassword() throws -> String? {
        try server.session().records(
            "SELECT rolpassword AS password FROM pg_authid WHERE rolname = \(value: .text(Self.role))"
        ).first?.text("password")
    }

    @Test func `an omitted password is left alone, an empty one removes what is stored`() throws {
        #expect(try changes(["password": ""]) == false)
        #expect(try changes(["password": "secret word"]))
        #expect(try changes(["comment": "c"]))
        #expect(try storedPassword() != nil)
        #expect(try changes(["password": ""]))
        #expect(try storedPassword() == nil)
        #expect(try changes(["password": ""]) == false)
    }

    @Test func `a SCRAM verifier is compared as text and stored as it is`() throws {
        #expect(try changes(["password": "first"]))
        let first = try #require(try storedPassword())
        #expect(try changes(["password": .string(first)]) == false)
        #expect(try changes(["password": "second"]))
        #expect(try changes(["password": .string(first)]))
        #expect(try storedPassword() == first)
    }

    @Test(arguments: ["plain", "pässwörd ﬁ", "it's \"q\" \\ $1", "bell\u{7}inside", "日本\u{00AD}語"])
    func `a password in clear is compared with the verifier that the server made of it`(password: String)
        throws
    {
        try server.execute("ALTER ROLE \(identifier: Self.role) PASSWORD \(secret: Secret(password))")
        #expect(try changes(["password": .string(password)]) == false)
        #expect(try changes(["password": .string(password + "x")]))
        #expect(try changes(["password": .string(password)]))
        #expect(try changes(["password": .string(password)]) == false)
        try server.execute("ALTER ROLE \(identifier: Self.role) PASSWORD NULL")
    }

    @Test func `an MD5 hash is compared as text, and encrypted false makes no difference`() throws {
        let hash = "md55c8ccfd9d6711fc69a7eae647fc54f51"
        #expect(try changes(["password": .string(hash)]))
        #expect(try storedPassword() == hash)
        #expect(try changes(["password": .string(hash)]) == false)
        #expect(try changes(["password": .string(hash), "encrypted": false]) == false)
        #expect(try changes(["password": "in clear", "encrypted": false]))
        #expect(try changes(["password": "in clear", "encrypted": false]) == false)
    }

    /// community.postgresql #688: the hash is brought up to the server's policy, once.
    @Test func `a stored MD5 hash is kept under the md5 policy and replaced under SCRAM`() throws {
        let asked: [String: JSONValue] = ["password": "old times"]
        let underMD5 = asked.merging(["connect_params": Self.md5Policy]) { $1 }
        #expect(try changes(underMD5))
        #expect(try storedPassword()?.hasPrefix("md5") == true)
        #expect(try changes(underMD5) == false)
        #expect(try changes(asked))
        #expect(try storedPassword()?.hasPrefix("SCRAM-SHA-256$") == true)
        #expect(try changes(asked) == false)
        #expect(try changes(underMD5) == false)
    }

    /// In community.postgresql it silently leaves out `expires` and `conn_limit` too.
    @Test func `no_password_changes concerns the password alone`() throws {
        let options: [String: JSONValue] = [
            "password": "not looked at", "no_password_changes": true, "expires": "2031-01-01 00:00+00",
            "conn_limit": 4, "role_attr_flags": "CREATEDB",
        ]
        let reply = try reply(options)
        #expect(
            reply["queries"] == [
                #"ALTER USER "usr_target" VALID UNTIL '2031-01-01 00:00+00' CONNECTION LIMIT 4 CREATEDB"#
            ])
        #expect(try storedPassword() == nil)
        #expect(try changes(options) == false)
    }

    @Test func `a password is in no statement that the server logs, whatever the policy`() throws {
        let log = try server.logged {
            for policy in [["options": "-c log_statement=all"], Self.md5Policy] as [JSONValue] {
                for word in ["hunter2", "hunter3"] {
                    let isChanged = try changes(["password": .string(word), "connect_params": policy])
                    #expect(isChanged)
                }
            }
        }
        #expect(log.contains("ALTER USER \"usr_target\""))
        #expect(!log.contains("hunter"))
    }

    /// community.postgresql #802 and #931.
    @Test(arguments: [true, false])
    func `search_path is written name by name and does not come back with reset`(quoted: Bool) throws {
        let options: [String: JSONValue] = [
            "configuration": [
                "search_path": "\"$user\", rdv, \"Été 2026\"", "statement_timeout": quoted ? "15s" : "'15s'",
            ],
            "quote_configuration_values": .bool(quoted), "reset_unspecified_configuration": true,
        ]
        try server.execute("ALTER ROLE \(identifier: Self.role) SET work_mem TO '8MB'")
        #expect(try changes(options))
        #expect(try changes(options) == false)
        let session = try server.session(user: Self.role)
        #expect(
            try session.records("SELECT current_setting('search_path') AS path").first?.text("path")
                == #""$user", rdv, "Été 2026""#)
        #expect(
            try session.records("SELECT current_setting('work_mem') <> '8MB' AS is_reset").first?.bool(
                "is_reset")
                == true)
        session.close()
        let one = try reply(["configuration": ["statement_timeout": "20s"], "comment": "it's"])
        #expect(one["queries"]?.array?.count == 2, "\(one["queries"] ?? "")")
    }

    @Test func `a role that owns something is not dropped, and check mode knows`() throws {
        try server.execute("CREATE SCHEMA usr_owned AUTHORIZATION \(identifier: Self.role)")
        for checkMode in [true, false] {
            let reply = try reply(["state": "absent"], checkMode: checkMode)
            #expect(reply["failed"] == true)
            #expect(reply["changed"] == false)
            #expect(reply["user_removed"] == nil)
            #expect(reply["msg"]?.string?.contains("owner of 1 objects in postgres") == true)
        }
        try server.execute("DROP SCHEMA usr_owned")
        let gone = try reply(["state": "absent"])
        #expect(gone["user_removed"] == true)
    }

    /// community.postgresql #150.
    @Test(arguments: [PostgreSQLUserIntegrationTests.role, #"nobody"; quotes --"#, "\"never made\""])
    func `a role that is gone already is fine`(name: String) throws {
        _ = try reply(["state": "absent"])
        let reply = try reply(["state": "absent", "name": .string(name)])
        #expect(reply["failed"] == nil, "\(reply["msg"] ?? "")")
        #expect(reply["changed"] == false)
    }

    /// community.postgresql #117: "does check mode change anything?"
    @Test func `check mode leaves no trace of a new role`() throws {
        _ = try reply(["state": "absent"])
        let statements = try server.statements(by: "usr_login") {
            let isChanged = try changes(
                [
                    "password": "x y", "role_attr_flags": "SUPERUSER", "login_user": "usr_login",
                    "login_db": "postgres",
                ],
                checkMode: true)
            #expect(isChanged)
        }
        #expect(!statements.isEmpty)
        #expect(!statements.contains { $0.text.contains("CREATE USER") })
        #expect(
            try server.session().records("SELECT 1 AS one FROM pg_roles WHERE rolname = 'usr_target'").isEmpty
        )
    }
}
