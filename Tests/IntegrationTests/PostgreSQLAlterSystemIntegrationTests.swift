import SQLClient
import Testing

@testable import ModuleKit

/// Parameters that no other test looks at; each test has its own, since the suite shares one server.
@Suite(.serialized, .enabled(if: TestServer.current != nil, TestServer.skipReason))
struct PostgreSQLAlterSystemIntegrationTests {
    let server: TestServer

    init() throws {
        server = try #require(TestServer.current)
    }

    private func reply(
        _ parameter: String, _ value: JSONValue, _ more: [String: JSONValue] = [:], checkMode: Bool = false
    ) throws -> [String: JSONValue] {
        try server.reply(
            "postgresql_alter_system",
            ["param": .string(parameter), "value": value, "login_db": "postgres"].merging(more) { $1 },
            checkMode: checkMode)
    }

    /// Runs the body with the parameter as the server's own files have it, and leaves it so.
    private func fresh(_ parameter: String, _ body: () throws -> Void) throws {
        _ = try reply(parameter, "_RESET")
        defer { _ = try? reply(parameter, "_RESET") }
        try body()
    }

    @Test func `a value is written once, whatever its unit`() throws {
        try fresh("temp_buffers") { () throws in
            let promised = try reply("temp_buffers", "16MB", checkMode: true)
            #expect(promised["changed"] == true)
            #expect(promised["diff"]?.object?["after"] == ["setting": 1024, "pending_restart": false])
            let done = try reply("temp_buffers", "16MB")
            #expect(done["executed_queries"] == promised["executed_queries"])
            #expect(
                done["executed_queries"]
                    == ["ALTER SYSTEM SET temp_buffers = '16MB'", "SELECT pg_reload_conf()"])
            #expect(done["diff"]?.object?["after"] == ["setting": 2048, "pending_restart": false])
            for value in ["16MB", "16384kB", "2048"] as [JSONValue] {
                let again = try reply("temp_buffers", value)
                #expect(again["changed"] == false)
                #expect(again["executed_queries"] == [])
            }
            #expect(try reply("TEMP_Buffers", "16 MB")["changed"] == false)
        }
    }

    @Test func `a value that waits for a restart is written once`() throws {
        try fresh("max_files_per_process") { () throws in
            let done = try reply("max_files_per_process", 1500)
            #expect(done["changed"] == true)
            #expect(done["restart_required"] == true)
            let again = try reply("max_files_per_process", 1500)
            #expect(again["changed"] == false)
            #expect(again["restart_required"] == true)
            // Back to the running value: the entry changes, and nothing waits any more.
            let back = try reply("max_files_per_process", 1000)
            #expect(back["changed"] == true)
            #expect(back["restart_required"] == false)
        }
    }

    @Test func `a value of the login role does not hide the server's`() throws {
        try server.execute(
            "DROP ROLE IF EXISTS alter_own", "CREATE ROLE alter_own SUPERUSER LOGIN",
            "ALTER ROLE alter_own SET from_collapse_limit = 11")
        defer { try? server.execute("DROP ROLE alter_own") }
        try fresh("from_collapse_limit") { () throws in
            let own: [String: JSONValue] = ["login_user": "alter_own"]
            #expect(try reply("from_collapse_limit", 11, own)["changed"] == true)
            #expect(try reply("from_collapse_limit", 11, own)["changed"] == false)
            #expect(try reply("from_collapse_limit", 12, own)["changed"] == true)
            #expect(try reply("from_collapse_limit", 12, own)["changed"] == false)
            #expect(try reply("from_collapse_limit", 12)["changed"] == false)
        }
    }

    @Test func `lists of names are quoted one by one, other texts as a whole`() throws {
        try fresh("temp_tablespaces") { () throws in
            let names = try reply("temp_tablespaces", #"pg_default, "Odd, name""#)
            #expect(
                names["executed_queries"]?.array?.first
                    == #"ALTER SYSTEM SET temp_tablespaces = 'pg_default',"Odd, name""#)
            #expect(try reply("temp_tablespaces", #"pg_default,"Odd, name""#)["changed"] == false)
        }
        try fresh("cluster_name") { () throws in
            let text = "it's, a \\ name"
            let done = try reply("cluster_name", .string(text))
            #expect(done["changed"] == true, "\(done["msg"] ?? "")")
            #expect(try reply("cluster_name", .string(text))["changed"] == false)
        }
    }

    @Test func `a text that the server writes anew is not written again`() throws {
        try fresh("DateStyle") { () throws in
            #expect(try reply("datestyle", "sql,dmy")["changed"] == true)
            #expect(try reply("DateStyle", "sql,dmy")["changed"] == false)
        }
    }

    @Test(arguments: [
        ("work_mem", "8M", "invalid value for parameter"), ("work_mem", "1", "invalid value for parameter"),
        ("wal_level", "full", "invalid value for parameter"),
        ("fsync", "maybe", "invalid value for parameter"),
        ("block_size", "8192", "cannot be changed"), ("data_directory", "/tmp", "cannot be changed"),
        ("shared_preload_libraries", "", "to avoid crashes"),
        ("session_preload_libraries", "", "to avoid crashes"),
        ("shared_preload_libraries", "no_such_library", "no library no_such_library"),
        ("work_men", "1MB", "does not exist"), ("archive_command", "a\nb", "more than one line"),
    ])
    func `what would do harm or fail is refused before it is written`(
        parameter: String, value: String, message: String
    ) throws {
        for checkMode in [true, false] {
            let log = try server.logged {
                let reply = try reply(parameter, .string(value), checkMode: checkMode)
                #expect(reply["failed"] == true)
                #expect(reply["changed"] == false)
                #expect(reply["msg"]?.string?.contains(message) == true, "\(reply["msg"] ?? "")")
                #expect(reply["hint"]?.string?.hasSuffix("?") == true)
            }
            #expect(!log.contains("ALTER SYSTEM SET \(parameter) = '\(value)'"))
        }
    }

    @Test func `the names of the server are as safe as any`() throws {
        let reply = try reply("work_mem = '1MB'; DROP TABLE x; --", "1MB")
        #expect(reply["failed"] == true)
        #expect(reply["msg"]?.string?.contains("does not exist") == true)
    }

    @Test func `an unchanged task and check mode only read, in two statements`() throws {
        try server.execute("DROP ROLE IF EXISTS alter_reader", "CREATE ROLE alter_reader SUPERUSER LOGIN")
        defer { try? server.execute("DROP ROLE alter_reader") }
        try fresh("join_collapse_limit") { () throws in
            _ = try reply("join_collapse_limit", 9)
            for (value, checkMode) in [(9, false), (10, true)] as [(JSONValue, Bool)] {
                let log = try server.logged {
                    _ = try reply(
                        "join_collapse_limit", value, ["login_user": "alter_reader"], checkMode: checkMode)
                }
                let statements = log.split(separator: "\n").filter {
                    $0.contains("alter_reader@") && ($0.contains("statement: ") || $0.contains("execute "))
                }
                #expect(statements.count == 2)
                #expect(statements.allSatisfy { $0.contains(": SELECT") }, "\(statements)")
            }
        }
    }

    @Test func `a role without rights is told which one is missing, before anything is written`() throws {
        try server.execute("DROP ROLE IF EXISTS alter_limited", "CREATE ROLE alter_limited LOGIN")
        defer { try? server.execute("DROP OWNED BY alter_limited", "DROP ROLE alter_limited") }
        let limited: [String: JSONValue] = ["login_user": "alter_limited"]
        try fresh("geqo_effort") { () throws in
            let refused = try reply("geqo_effort", 6, limited)
            #expect(refused["msg"] == "permission denied to set parameter geqo_effort")
            guard try server.session().serverVersion >= 150_000 else { return }
            try server.execute("GRANT ALTER SYSTEM ON PARAMETER geqo_effort TO alter_limited")
            let half = try reply("geqo_effort", 6, limited, checkMode: true)
            #expect(half["msg"] == "permission denied to reload the configuration")
            try server.execute("GRANT EXECUTE ON FUNCTION pg_reload_conf() TO alter_limited")
            #expect(try reply("geqo_effort", 6, limited)["changed"] == true)
            #expect(try reply("geqo_effort", 6, limited)["changed"] == false)
        }
    }
}
