import SQLClient
import Testing

@testable import ModuleKit

@Suite(.serialized, .enabled(if: TestServer.current != nil, TestServer.skipReason))
struct PostgreSQLSlotIntegrationTests {
    let server: TestServer

    init() throws {
        server = try #require(TestServer.current)
    }

    private func reply(_ more: [String: JSONValue], checkMode: Bool = false) throws -> [String: JSONValue] {
        let options: [String: JSONValue] = ["name": "slot_test", "login_db": "postgres"]
        return try server.reply("postgresql_slot", options.merging(more) { $1 }, checkMode: checkMode)
    }

    private func slots(_ name: String) throws -> Int {
        try server.session().records(
            "SELECT 1 AS one FROM pg_replication_slots WHERE slot_name = \(value: .text(name))"
        ).count
    }

    @Test func `a check creates and drops nothing`() throws {
        _ = try reply(["state": "absent"])
        let promised = try reply([:], checkMode: true)
        #expect(promised["changed"] == true)
        #expect(promised["queries"] == [])
        #expect(promised["diff"]?.object?["after"]?.object?["state"] == "present")
        #expect(try slots("slot_test") == 0)
        #expect(
            try reply([:])["queries"] == ["SELECT pg_create_physical_replication_slot('slot_test', false)"])
        #expect(try reply(["state": "absent"], checkMode: true)["changed"] == true)
        #expect(try slots("slot_test") == 1)
        #expect(try reply(["state": "absent"])["queries"] == ["SELECT pg_drop_replication_slot('slot_test')"])
        #expect(try slots("slot_test") == 0)
    }

    @Test func `a slot that is not the one meant is left alone, with a warning`() throws {
        _ = try reply(["state": "absent"])
        _ = try reply(["slot_type": "logical", "output_plugin": "pgoutput"])
        defer { _ = try? reply(["state": "absent"]) }
        let other = try reply([:])
        #expect(other["changed"] == false)
        #expect(
            other["warnings"] == ["slot with name 'slot_test' already exists but has another type 'logical'"])
        let plugin = try reply(["slot_type": "logical"])
        #expect(plugin["changed"] == false)
        #expect(plugin["warnings"]?.array?.first?.string?.contains("output plugin 'pgoutput'") == true)
        #expect(try reply(["slot_type": "logical", "output_plugin": "pgoutput"])["warnings"] == [])
    }

    @Test func `a slot that reserves nothing is told`() throws {
        _ = try reply(["state": "absent"])
        _ = try reply([:])
        defer { _ = try? reply(["state": "absent"]) }
        let warnings = try reply(["immediately_reserve": true])["warnings"]?.array
        #expect(warnings?.first?.string?.contains("reserved no WAL") == true)
    }

    @Test func `a slot in use is not dropped, in check mode neither`() throws {
        let holder = try server.session()
        // A temporary slot is in use by its session, as one that a standby streams from.
        _ = try holder.execute("SELECT pg_create_physical_replication_slot('slot_busy', true, true)")
        for checkMode in [true, false] {
            let refused = try reply(["name": "slot_busy", "state": "absent"], checkMode: checkMode)
            #expect(refused["failed"] == true)
            #expect(refused["sqlstate"] == "55006")
            #expect(refused["msg"]?.string?.contains("\"slot_busy\" is active for PID") == true)
            #expect(refused["hint"]?.string?.contains("pg_stat_replication") == true)
        }
        holder.close()
    }

    @Test func `what the server would refuse fails before anything is done`() throws {
        try server.execute("DROP ROLE IF EXISTS slot_nobody", "CREATE ROLE slot_nobody LOGIN")
        defer { try? server.execute("DROP ROLE slot_nobody") }
        for checkMode in [true, false] {
            let name = try reply(["name": "Slot-1"], checkMode: checkMode)
            #expect(name["msg"] == "\"Slot-1\" cannot be the name of a replication slot")
            let rights = try reply(["login_user": "slot_nobody"], checkMode: checkMode)
            #expect(rights["sqlstate"] == "42501")
            #expect(rights["msg"]?.string?.contains("\"slot_nobody\" is neither superuser nor") == true)
        }
        #expect(
            try reply(["login_user": "slot_nobody", "name": "no_slot", "state": "absent"])["changed"] == false
        )
        #expect(try reply(["name": "Slot-1", "state": "absent"])["changed"] == false)
    }
}
