import SQLClient
import Testing

@testable import ModuleKit

@Suite(.serialized, .enabled(if: TestServer.current != nil, TestServer.skipReason))
struct PostgreSQLSetIntegrationTests {
    let server: TestServer

    init() throws {
        server = try #require(TestServer.current)
    }

    private func reply(
        _ parameter: String, _ options: [String: JSONValue], checkMode: Bool = false
    ) throws -> [String: JSONValue] {
        try server.reply(
            "postgresql_set", ["name": .string(parameter), "login_db": "postgres"].merging(options) { $1 },
            checkMode: checkMode)
    }

    @Test func `a value is set, compared with its unit, and taken back`() throws {
        _ = try reply("maintenance_work_mem", ["reset": true])
        let promised = try reply("maintenance_work_mem", ["value": "96mb"], checkMode: true)
        #expect(promised["changed"] == true)
        #expect(promised["value_pretty"] == "96MB")
        let done = try reply("maintenance_work_mem", ["value": "96mb"])
        #expect(done["queries"] == ["ALTER SYSTEM SET maintenance_work_mem = '96MB'"])
        #expect(done["queries"] == promised["queries"])
        #expect(done["prev_val_pretty"] == "64MB")
        #expect(done["value_pretty"] == "96MB")
        #expect(done["value"] == ["value": 100_663_296, "unit": "b"])
        #expect(done["restart_required"] == false)
        #expect(try reply("maintenance_work_mem", ["value": "98304kB"])["changed"] == false)
        let reset = try reply("maintenance_work_mem", ["reset": true])
        #expect(reset["queries"] == ["ALTER SYSTEM RESET maintenance_work_mem"])
        #expect(reset["value_pretty"] == "64MB")
        for options in [["reset": true], ["value": "default"]] as [[String: JSONValue]] {
            let again = try reply("maintenance_work_mem", options)
            #expect(again["changed"] == false)
            #expect(again["queries"] == [])
        }
    }

    @Test func `default removes the entry`() throws {
        _ = try reply("vacuum_cost_limit", ["value": 300])
        let done = try reply("vacuum_cost_limit", ["value": "default"])
        #expect(done["queries"] == ["ALTER SYSTEM SET vacuum_cost_limit = DEFAULT"])
        #expect(done["value_pretty"] == "200")
    }

    @Test func `an empty text is a value`() throws {
        _ = try reply("application_name", ["reset": true])
        let done = try reply("archive_cleanup_command", ["value": "true"])
        #expect(done["changed"] == true)
        let empty = try reply("archive_cleanup_command", ["value": ""])
        #expect(empty["queries"] == ["ALTER SYSTEM SET archive_cleanup_command = ''"])
        #expect(try reply("archive_cleanup_command", ["value": ""])["changed"] == false)
        _ = try reply("archive_cleanup_command", ["reset": true])
    }

    @Test func `a restart is announced once`() throws {
        let done = try reply("max_locks_per_transaction", ["value": 80])
        #expect(done["restart_required"] == true)
        #expect(done["value_pretty"] == "80")
        #expect(
            done["warnings"] == ["Restart of PostgreSQL is required for setting max_locks_per_transaction"])
        let again = try reply("max_locks_per_transaction", ["value": 80])
        #expect(again["changed"] == false)
        #expect(again["warnings"] == [])
        _ = try reply("max_locks_per_transaction", ["reset": true])
    }

    @Test(
        arguments: [
            (["value": "1MB", "reset": true], "mutually exclusive"), ([:], "must be specified"),
            (["name": "no_such_thing", "value": "1"], "No such parameter: no_such_thing"),
            (["name": "shared_preload_libraries", "value": ""], "Due to a PostgreSQL bug in resetting"),
            (
                ["value": "1MB", "trust_input": false, "session_role": "x\"; SELECT 1 --"],
                "potentially dangerous"
            ),
        ] as [([String: JSONValue], String)])
    func `a task that cannot be meant is refused`(options: [String: JSONValue], message: String) throws {
        let reply = try reply("work_mem", options)
        #expect(reply["failed"] == true)
        #expect(reply["msg"]?.string?.contains(message) == true, "\(reply["msg"] ?? "")")
    }
}
