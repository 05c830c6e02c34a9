import SQLClient
import Testing

@testable import ModuleKit

@Suite(.serialized, .enabled(if: TestServer.current != nil, TestServer.skipReason))
struct PostgreSQLInfoIntegrationTests {
    let server: TestServer
    private static let odd = "info=a host=nowhere.invalid \"q\""
    private static let closed = "info_closed"
    private static let refusing = "info_refusing"

    init() throws {
        server = try #require(TestServer.current)
    }

    private func reply(_ options: [String: JSONValue], checkMode: Bool = false) throws -> [String: JSONValue]
    {
        let own: [String: JSONValue] = ["login_db": "postgres"]
        let reply = try server.reply("postgresql_info", own.merging(options) { $1 }, checkMode: checkMode)
        #expect(reply["failed"] == nil, "\(reply["msg"] ?? "")")
        #expect(reply["changed"] == false)
        return reply
    }

    private func part(_ name: String, _ options: [String: JSONValue] = [:]) throws -> [String: JSONValue] {
        let reply = try reply(["filter": [.string(name)]].merging(options) { $1 })
        return try #require(reply[name]?.object)
    }

    /// Databases of its own for the body: one with an odd name, one without CONNECT, one that takes no connections.
    private func withDatabases(_ body: () throws -> Void) throws {
        func drop() throws {
            let session = try server.session()
            for name in [Self.odd, Self.closed, Self.refusing] {
                _ = try session.execute("DROP DATABASE IF EXISTS \(identifier: name)")
            }
            _ = try session.execute("DROP ROLE IF EXISTS info_weak")
        }
        try drop()
        try server.execute("CREATE ROLE info_weak LOGIN")
        for name in [Self.odd, Self.closed, Self.refusing] {
            try server.execute("CREATE DATABASE \(identifier: name) TEMPLATE template0")
        }
        try server.execute(
            "REVOKE CONNECT ON DATABASE info_closed FROM PUBLIC",
            "ALTER DATABASE info_refusing ALLOW_CONNECTIONS false")
        defer { try? drop() }
        try body()
    }

    @Test func `parts that were not asked for are empty and cost nothing`() throws {
        let statements = try server.statements(by: "info_login") {
            let reply = try reply(["filter": "ver*, in_recovery", "login_user": "info_login"])
            #expect(reply["version"]?.object?["raw"]?.string?.hasPrefix("PostgreSQL") == true)
            #expect(reply["in_recovery"] == false)
            for name in ["databases", "tablespaces", "roles", "settings", "replications", "repl_slots"] {
                #expect(reply[name] == [:], "\(name)")
            }
            #expect(reply["pending_restart_settings"] == [])
        }
        #expect(!statements.isEmpty)
        #expect(!statements.contains { $0.text.contains("pg_settings") })
        #expect(try reply(["filter": "!*"])["in_recovery"] == .null)
    }

    @Test func `the version is the server's number`() throws {
        let version = try part("version")
        let number = try Int64(server.session().serverVersion)
        #expect(version["major"] == .int(number / 10000))
        #expect(version["minor"] == .int(number % 10000))
        #expect(version["patch"] == .null)
        #expect(version["full"] == .string("\(number / 10000).\(number % 10000)"))
    }

    @Test func `settings have their size in bytes, and what SHOW would say`() throws {
        let settings = try part("settings")
        let buffers = try #require(settings["shared_buffers"]?.object)
        #expect(buffers["setting"] == "8192")
        #expect(buffers["unit"] == "8kB")
        #expect(buffers["pretty_val"] == "64MB")
        #expect(buffers["val_in_bytes"] == .int(64 << 20))
        #expect(buffers["context"] == "postmaster")
        #expect(settings["log_temp_files"]?.object?["val_in_bytes"] == 0)
        #expect(settings["port"]?.object?["val_in_bytes"] == nil)
        #expect(settings["port"]?.object?["pending_restart"] == false)
    }

    @Test func `roles come with their groups, and without the predefined ones`() throws {
        try server.execute(
            "DROP ROLE IF EXISTS \"info r\"",
            "CREATE ROLE \"info r\" VALID UNTIL '2031-05-01 12:00+00' ROLE postgres",
            "GRANT pg_monitor TO \"info r\"")
        defer { try? server.execute("DROP ROLE \"info r\"") }
        let roles = try part("roles", ["connect_params": ["options": "-c timezone=UTC"]])
        #expect(
            roles["info r"] == [
                "superuser": false, "canlogin": false, "valid_until": "2031-05-01T12:00:00+00:00",
                "member_of": ["pg_monitor"],
            ])
        #expect(roles["postgres"]?.object?["valid_until"] == "")
        #expect(roles["pg_monitor"] == nil)
    }

    @Test func `every database is described, whatever it is called`() throws {
        try withDatabases {
            try server.execute(
                "CREATE SCHEMA \"dot.ted\"", "CREATE PUBLICATION \"pub 1\" FOR ALL TABLES",
                "COMMENT ON EXTENSION plpgsql IS 'it''s'", database: Self.quotedForLibpq)
            let databases = try part("databases")
            let odd = try #require(databases[Self.odd]?.object)
            #expect(odd["error"] == nil)
            #expect(odd["owner"] == "postgres")
            #expect(odd["encoding"] == "UTF8")
            #expect((odd["size"]?.string).flatMap { Int64($0) } ?? 0 > 1_000_000)
            #expect(odd["namespaces"]?.object?["dot.ted"] == ["nspowner": "postgres", "nspacl": ""])
            #expect(odd["languages"]?.object?["plpgsql"]?.object?["lanowner"] == "postgres")
            #expect(
                odd["extensions"]?.object?["plpgsql"] == [
                    "extversion": ["major": 1, "minor": 0, "raw": "1.0"], "nspname": "pg_catalog",
                    "description": "it's",
                ])
            let publication = try #require(odd["publications"]?.object?["pub 1"]?.object)
            #expect(publication["ownername"] == "postgres")
            #expect(publication["puballtables"] == true)
            #expect(publication["pubname"] == nil)
            guard case .int = publication["oid"] else {
                Issue.record("oid is \(publication["oid"] ?? .null)")
                return
            }
            #expect(databases["template0"] == nil)
        }
    }

    private static let quotedForLibpq = #"dbname='info=a host=nowhere.invalid "q"'"#

    @Test func `a database that refuses connections is told and skipped`() throws {
        try withDatabases {
            let reply = try reply(["filter": "databases", "login_user": "info_weak"])
            let databases = try #require(reply["databases"]?.object)
            let closed = try #require(databases[Self.closed]?.object)
            #expect(closed["error"]?.string?.contains("CONNECT privilege") == true)
            #expect(closed["size"] == "No Access")
            #expect(closed["namespaces"] == [:])
            let refusing = try #require(databases[Self.refusing]?.object)
            #expect(refusing["error"]?.string?.contains("does not accept connections") == true)
            #expect(databases[Self.odd]?.object?["error"] == nil)
            let warnings = "\(reply["warnings"] ?? "")"
            #expect(warnings.contains(Self.closed) && warnings.contains(Self.refusing))
            // The login role connects, whatever role it switches to afterwards.
            let switched = try part("databases", ["session_role": "info_weak"])
            #expect(switched[Self.closed]?.object?["error"] == nil)
        }
    }

    @Test func `each database costs one connection and one statement`() throws {
        try withDatabases {
            try server.execute("ALTER ROLE info_weak SUPERUSER")
            let log = try server.logged {
                _ = try reply(["filter": "databases", "login_user": "info_weak"])
            }
            let own = log.split(separator: "\n").filter {
                $0.contains("info_weak@") && $0.contains("statement: ")
            }
            for line in own { #expect(line.contains("statement: SELECT"), "\(line)") }
            #expect(own.filter { $0.contains("info_weak@\(Self.odd)") }.count == 1)
            // The list, the columns of pg_subscription, the subscriptions, and what is in this database.
            #expect(own.filter { $0.contains("info_weak@postgres") }.count == 4)
        }
    }

    @Test func `a catalog that is closed leaves its part empty and is told`() throws {
        try withDatabases {
            let revoke: [SQLStatement] = [
                "REVOKE SELECT ON pg_catalog.pg_roles FROM PUBLIC",
                "REVOKE SELECT ON pg_catalog.pg_language FROM PUBLIC",
            ]
            for statement in revoke { try server.execute(statement, database: Self.quotedForLibpq) }
            let reply = try reply(["login_user": "info_weak", "login_db": .string(Self.odd)])
            #expect(reply["roles"] == [:])
            let warnings = reply["warnings"]?.array?.compactMap(\.string) ?? []
            #expect(
                warnings.contains { $0.hasPrefix("roles cannot be read: permission denied") }, "\(warnings)")
            #expect(warnings.contains { $0.contains("pg_read_all_settings") })
            #expect(reply["tablespaces"]?.object?["pg_default"] != nil)
            let odd = try #require(reply["databases"]?.object?[Self.odd]?.object)
            #expect(odd["error"]?.string?.contains("pg_language") == true, "\(odd["error"] ?? "")")
            let monitor = try withMonitor()
            #expect(!"\(monitor)".contains("pg_read_all"), "\(monitor)")
        }
    }

    /// The warnings for a member of pg_monitor.
    private func withMonitor() throws -> JSONValue {
        try server.execute("GRANT pg_monitor TO info_weak")
        return try reply(["login_user": "info_weak", "filter": ["settings", "replications"]])["warnings"]
            ?? []
    }

    @Test(arguments: [
        ("host=h user=u password=hunter2 dbname=d", "host=h user=u password=******** dbname=d"),
        (#"host=h password = 'hun\'ter 2' user=u"#, "host=h password = ******** user=u"),
        ("postgresql://u:hunter2@h:5432/d?sslmode=prefer", "postgresql://u:********@h:5432/d?sslmode=prefer"),
        ("host=h user=u", "host=h user=u"),
    ])
    func `subscriptions are told with their connection but not its password`(given: String, shown: String)
        throws
    {
        let session = try server.session()
        _ = try session.execute(
            """
            CREATE SUBSCRIPTION info_sub CONNECTION \(literal: given)
            PUBLICATION p WITH (connect = false, slot_name = NONE)
            """)
        defer { _ = try? session.execute("DROP SUBSCRIPTION info_sub") }
        let reply = try reply(["filter": "databases"])
        #expect(!"\(reply)".contains("hunter") && !"\(reply)".contains("hun\\"))
        let subscriptions = reply["databases"]?.object?["postgres"]?.object?["subscriptions"]?.object
        let subscription = try #require(subscriptions?["info_sub"]?.object)
        #expect(subscription["subconninfo"] == .string(shown))
        #expect(subscription["ownername"] == "postgres")
        #expect(subscription["subpublications"] == ["p"])
        #expect(subscription["subenabled"] == false)
    }

    @Test func `subscriptions are visible without superuser rights, but for their connection`() throws {
        try withDatabases {
            let session = try server.session()
            _ = try session.execute(
                """
                CREATE SUBSCRIPTION info_sub CONNECTION 'host=h password=hunter2'
                PUBLICATION p WITH (connect = false, slot_name = NONE)
                """)
            defer { _ = try? session.execute("DROP SUBSCRIPTION info_sub") }
            let reply = try reply(["filter": "databases", "login_user": "info_weak"])
            let subscriptions = reply["databases"]?.object?["postgres"]?.object?["subscriptions"]?.object
            let subscription = try #require(subscriptions?["info_sub"]?.object)
            #expect(subscription["subconninfo"] == nil)
            #expect(subscription["subpublications"] == ["p"])
            #expect("\(reply["warnings"] ?? "")".contains("subconninfo"))
        }
    }

    @Test func `slots are told by name`() throws {
        let session = try server.session()
        _ = try session.execute("SELECT pg_create_physical_replication_slot('info_slot')")
        defer { _ = try? session.execute("SELECT pg_drop_replication_slot('info_slot')") }
        #expect(
            try part("repl_slots")["info_slot"] == [
                "plugin": .null, "slot_type": "physical", "database": .null, "active": false,
            ])
    }
}
