import PostgreSQLClient
import SQLClient
import Testing

@testable import ModuleKit

/// What a person sees when the server says no.
@Suite(.serialized, .enabled(if: TestServer.current != nil, TestServer.skipReason))
struct ModuleFailureTests {
    let server: TestServer

    init() throws {
        server = try #require(TestServer.current)
    }

    @Test func `a wrong password is told with role and server`() throws {
        let reply = try server.reply(
            "postgresql_schema", ["name": "x", "login_host": "127.0.0.1", "login_password": "wrong"])
        #expect(reply["failed"] == true)
        let message = reply["msg"]?.string ?? ""
        #expect(
            message.hasPrefix("unable to connect to PostgreSQL at 127.0.0.1:\(server.port) as postgres: "))
        #expect(!message.contains("wrong"))
        #expect(reply["hint"]?.string?.contains("pg_hba.conf") == true)
    }

    @Test func `a server that is down is a failure of the task, and of ping only a fact`() throws {
        let options: [String: JSONValue] = ["login_unix_socket": "/nonexistent"]
        let connector = PostgreSQLConnector()
        #expect(throws: SQLFailure.self) {
            _ = try connector.connect([SQLConnectionParameter("host", "/nonexistent")])
        }
        let ping = try server.reply("postgresql_ping", options.merging(["login_host": "/nonexistent"]) { $1 })
        #expect(ping["failed"] == nil)
        #expect(ping["is_available"] == false)
        #expect(ping["conn_err_msg"]?.string?.contains("/nonexistent") == true)
        let schema = try server.reply("postgresql_schema", ["name": "x", "login_host": "/nonexistent"])
        #expect(schema["failed"] == true)
        #expect(schema["hint"]?.string?.contains("is the server running") == true)
    }

    @Test func `a missing privilege is told with its SQLSTATE`() throws {
        _ = try server.reply("postgresql_user", ["name": "fail_weak"])
        defer { _ = try? server.reply("postgresql_user", ["name": "fail_weak", "state": "absent"]) }
        let reply = try server.reply("postgresql_db", ["name": "fail_db", "login_user": "fail_weak"])
        #expect(reply["failed"] == true)
        #expect(reply["sqlstate"] == "42501")
        #expect(reply["msg"] == "permission denied to create database")
        #expect(reply["statement"] == "CREATE DATABASE \"fail_db\"")
        #expect(reply["hint"] == "does the login role own the object or hold the privilege?")
        #expect(reply["changed"] == false)
    }

    @Test func `a connection that is cut in mid-statement is a typed failure`() async throws {
        let server = server
        async let victim = Task {
            try server.reply("postgresql_query", ["query": "SELECT 'cut me', pg_sleep(20)"])
        }
        .value
        var cut = false
        let admin = try server.session()
        for _ in 0..<200 where !cut {
            let rows = try admin.execute(
                """
                SELECT pg_terminate_backend(pid)
                  FROM pg_stat_activity
                 WHERE query LIKE 'SELECT ''cut me''%'
                   AND pid <> pg_backend_pid()
                """)
            cut = !rows.rows.isEmpty
            if !cut { try await Task.sleep(for: .milliseconds(50)) }
        }
        let reply = try await victim
        #expect(reply["failed"] == true)
        #expect(reply["msg"]?.string?.contains("connection to PostgreSQL at") == true)
        #expect(reply["hint"]?.string?.contains("terminated") == true)
    }

    @Test func `a lock that another session holds ends in a timeout, not in a hang`() throws {
        try server.execute("CREATE SCHEMA fail_lock")
        defer { try? server.execute("DROP SCHEMA fail_lock") }
        let holder = try server.session()
        _ = try holder.execute("BEGIN")
        _ = try holder.execute("COMMENT ON SCHEMA fail_lock IS 'held'")
        let reply = try server.reply(
            "postgresql_schema",
            [
                "name": "fail_lock", "state": "absent", "cascade_drop": true,
                "connect_params": ["options": "-c lock_timeout=200ms"],
            ])
        #expect(reply["sqlstate"] == "55P03")
        #expect(reply["hint"] == "which session holds the lock?")
        _ = try holder.execute("ROLLBACK")
    }

    @Test func `a role that owns something is not dropped, in check mode neither`() throws {
        _ = try server.reply("postgresql_user", ["name": "fail_owner"])
        try server.execute("CREATE SCHEMA fail_owned AUTHORIZATION fail_owner")
        defer { try? server.execute("DROP SCHEMA IF EXISTS fail_owned", "DROP ROLE IF EXISTS fail_owner") }
        for checkMode in [true, false] {
            let reply = try server.reply(
                "postgresql_user", ["name": "fail_owner", "state": "absent"], checkMode: checkMode)
            #expect(reply["failed"] == true)
            #expect(reply["msg"]?.string?.contains("owner of 1 objects in postgres") == true)
        }
        let lenient = try server.reply(
            "postgresql_user", ["name": "fail_owner", "state": "absent", "fail_on_user": false])
        #expect(lenient["changed"] == false)
        #expect(lenient["user_removed"] == false)
        #expect(lenient["warnings"]?.array?.isEmpty == false)
    }

    @Test func `SQL that no_log hides is in no message`() throws {
        let reply = try server.reply(
            "postgresql_query", ["query": "SELECT 'hidden-value' FRM x"], noLog: true)
        #expect(reply["failed"] == true)
        #expect(reply["msg"]?.string?.contains("hidden-value") == false)
        #expect(reply["msg"]?.string?.contains("42601") == true)
    }

    @Test func `the stored password is proven by a login where pg_authid is closed`() throws {
        _ = try server.reply("postgresql_user", ["name": "fail_target", "password": "right"])
        _ = try server.reply(
            "postgresql_user", ["name": "fail_admin", "role_attr_flags": "CREATEROLE", "password": "adm"])
        // From PostgreSQL 16 on CREATEROLE alone does not reach roles that others made.
        try server.execute("GRANT fail_target TO fail_admin WITH ADMIN OPTION")
        defer {
            for name in ["fail_target", "fail_admin"] {
                _ = try? server.reply("postgresql_user", ["name": .string(name), "state": "absent"])
            }
        }
        let login: [String: JSONValue] = [
            "name": "fail_target", "login_user": "fail_admin", "login_password": "adm",
            "login_host": "127.0.0.1",
            "login_db": "postgres",
        ]
        let same = try server.reply("postgresql_user", login.merging(["password": "right"]) { $1 })
        #expect(same["changed"] == false, "\(same["msg"] ?? "")")
        let other = try server.reply("postgresql_user", login.merging(["password": "other"]) { $1 })
        #expect(other["changed"] == true, "\(other["msg"] ?? "")")
        // Over the trusted socket a login proves nothing: better a failure than "changed" out of ignorance.
        let blind = try server.reply(
            "postgresql_user",
            ["name": "fail_target", "password": "right", "login_user": "fail_admin", "login_db": "postgres"])
        #expect(blind["failed"] == true)
        #expect(blind["hint"]?.string?.contains("no_password_changes") == true)
    }
}
