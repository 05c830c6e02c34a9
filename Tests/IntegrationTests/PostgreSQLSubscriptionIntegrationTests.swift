import Glibc
import SQLClient
import Testing

@testable import ModuleKit

/// Subscriptions without a publisher, with limited rights, and in a chain with publication and slot.
@Suite(.serialized, .enabled(if: TestServer.current != nil, TestServer.skipReason))
struct PostgreSQLSubscriptionIntegrationTests {
    let server: TestServer
    private static let password = "Très'Sec\\ret"

    init() throws {
        server = try #require(TestServer.current)
    }

    private func reply(_ more: [String: JSONValue], checkMode: Bool = false) throws -> [String: JSONValue] {
        let options: [String: JSONValue] = ["name": "subs_s", "login_db": "postgres"]
        return try server.reply("postgresql_subscription", options.merging(more) { $1 }, checkMode: checkMode)
    }

    private func made(_ more: [String: JSONValue] = [:]) -> [String: JSONValue] {
        [
            "publications": ["p"],
            "connparams": [
                "host": "127.0.0.1", "port": 1, "user": "r", "password": .string(Self.password),
                "dbname": "d",
            ],
            "subsparams": ["connect": false, "slot_name": "NONE"],
        ].merging(more) { $1 }
    }

    @Test func `a disabled subscription takes publications, a slot and its start in one task`() throws {
        _ = try reply(["state": "absent"])
        _ = try reply(made())
        defer { _ = try? drop() }
        #expect(
            try reply(["publications": ["q"]])["queries"]
                == ["ALTER SUBSCRIPTION subs_s SET PUBLICATION q WITH (refresh = false)"])
        let refresh = try reply(["state": "refresh"], checkMode: true)
        #expect(refresh["msg"] == "subscription \"subs_s\" is disabled, and cannot be refreshed")
        let noSlot = try reply(["subsparams": ["enabled": true]], checkMode: true)
        #expect(noSlot["msg"] == "subscription \"subs_s\" has no slot, and cannot be enabled without one")
        let start: [String: JSONValue] = ["subsparams": ["enabled": true, "slot_name": "subs_slot"]]
        #expect(
            try reply(start)["queries"] == [
                "ALTER SUBSCRIPTION subs_s SET (slot_name = 'subs_slot')", "ALTER SUBSCRIPTION subs_s ENABLE",
            ])
        #expect(try reply(start)["changed"] == false)
        let stop: [String: JSONValue] = ["subsparams": ["enabled": false, "slot_name": "none"]]
        #expect(
            try reply(stop)["queries"] == [
                "ALTER SUBSCRIPTION subs_s DISABLE", "ALTER SUBSCRIPTION subs_s SET (slot_name = NONE)",
            ])
    }

    private func drop() throws -> [String: JSONValue] {
        _ = try reply(["subsparams": ["enabled": false, "slot_name": "NONE"]])
        return try reply(["state": "absent"])
    }

    @Test func `what the server does not know fails in check mode too`() throws {
        _ = try reply(["state": "absent"])
        _ = try reply(made())
        defer { _ = try? drop() }
        for checkMode in [true, false] {
            let typo = try reply(["subsparams": ["enabeld": true]], checkMode: checkMode)
            #expect(typo["msg"] == "subsparams: no parameter of a subscription is called enabeld")
            #expect(typo["hint"] == "is enabled meant?")
            let owner = try reply(["owner": "subs_nobody"], checkMode: checkMode)
            #expect(owner["msg"] == "role \"subs_nobody\" does not exist")
        }
        let version = try server.session().serverVersion
        let later = try reply(["subsparams": ["two_phase": true]], checkMode: true)
        #expect((later["failed"] == true) == (version < 180_000))
        let ignored = try reply(["subsparams": ["copy_data": false]])
        #expect(ignored["changed"] == false)
        #expect(ignored["warnings"]?.array?.first?.string?.contains("copy_data") == true)
    }

    @Test func `a publisher that does not answer is not taken for this server`() throws {
        _ = try reply(["state": "absent"])
        let log = try server.logged {
            let failed = try reply(made(["subsparams": [:]]))
            #expect(failed["failed"] == true)
            #expect(failed["msg"]?.string?.contains("could not connect to the publisher") == true)
            #expect(failed["msg"]?.string?.contains("lost") == false)
            #expect(!"\(failed)".contains("Sec"))
        }
        #expect(!log.contains("Sec"))
        #expect(try reply(["state": "absent"])["changed"] == false)
    }

    @Test func `a login role that may not create one is told what it lacks, and sends no password`() throws {
        _ = try reply(["state": "absent"])
        try server.execute("DROP ROLE IF EXISTS subs_limited", "CREATE ROLE subs_limited LOGIN")
        defer {
            _ = try? drop()
            try? server.execute(
                "DROP OWNED BY subs_limited", "DROP ROLE subs_limited")
        }
        let version = try server.session().serverVersion
        let lacks = version >= 160_000 ? "a member of pg_create_subscription" : "superuser"
        let limited = made(["login_user": "subs_limited"])
        let log = try server.logged {
            for checkMode in [true, false] {
                let refused = try reply(limited, checkMode: checkMode)
                #expect(refused["sqlstate"] == "42501")
                #expect(refused["msg"]?.string?.hasSuffix("role \"subs_limited\" is not \(lacks)") == true)
            }
        }
        #expect(!log.contains("Sec"))
        guard version >= 160_000 else { return }
        try server.execute(
            "GRANT pg_create_subscription TO subs_limited",
            "GRANT CREATE ON DATABASE postgres TO subs_limited")
        let created = try reply(limited)
        #expect(created["changed"] == true, "\(created["msg"] ?? "")")
        // Only a superuser could have kept it out of the log; the person must know.
        #expect(created["warnings"]?.array?.first?.string?.contains("server's log") == true)
        #expect(!"\(created)".contains("Sec"))
        let again = try reply(limited)
        #expect(again["changed"] == false)
        #expect(again["final_state"]?.object?["conninfo"] == [:])
        #expect(again["warnings"]?.array?.contains { $0.string?.contains("subconninfo") == true } == true)
    }

    // MARK: A chain in one server

    /// A server that subscribes to itself must find its slot made: the module slot makes it.
    @Test func `publication, slot and subscription together replicate`() throws {
        for name in ["subs_from", "subs_to"] {
            _ = try server.reply("postgresql_db", ["name": .string(name)])
            try server.execute(
                "CREATE TABLE IF NOT EXISTS t (id int PRIMARY KEY)",
                "CREATE TABLE IF NOT EXISTS late (id int PRIMARY KEY)", database: name)
        }
        let slot: [String: JSONValue] = ["name": "subs_chain", "login_db": "subs_from"]
        let publication: [String: JSONValue] = ["name": "subs_p", "login_db": "subs_from", "tables": ["t"]]
        let subscription: [String: JSONValue] = [
            "name": "subs_chain", "login_db": "subs_to", "publications": ["subs_p"],
            "connparams": [
                "host": .string(server.socketFolder), "port": .string(server.port), "user": "postgres",
                "dbname": "subs_from",
            ],
            "subsparams": ["create_slot": false, "slot_name": "subs_chain"],
        ]
        defer { removeChain(slot) }
        _ = try server.reply("postgresql_publication", publication)
        _ = try server.reply(
            "postgresql_slot", slot.merging(["slot_type": "logical", "output_plugin": "pgoutput"]) { $1 })
        let made = try server.reply("postgresql_subscription", subscription)
        #expect(made["changed"] == true, "\(made["msg"] ?? "")")
        #expect(try server.reply("postgresql_subscription", subscription)["changed"] == false)
        try server.execute("INSERT INTO t VALUES (1)", database: "subs_from")
        #expect(try arrives("SELECT 1 AS one FROM t WHERE id = 1"))

        let busy = try server.reply("postgresql_slot", slot.merging(["state": "absent"]) { $1 })
        #expect(busy["sqlstate"] == "55006", "\(busy["msg"] ?? "")")

        _ = try server.reply(
            "postgresql_publication", publication.merging(["tables": ["t", "late"]]) { $1 })
        let refresh: [String: JSONValue] = [
            "name": "subs_chain", "login_db": "subs_to", "state": "refresh",
        ]
        #expect(try server.reply("postgresql_subscription", refresh)["changed"] == true)
        try server.execute("INSERT INTO late VALUES (2)", database: "subs_from")
        #expect(try arrives("SELECT 1 AS one FROM late WHERE id = 2"))
    }

    private func arrives(_ question: SQLStatement) throws -> Bool {
        let session = try server.session(database: "subs_to")
        for _ in 0..<500 {
            if try !session.records(question).isEmpty { return true }
            usleep(20_000)
        }
        return false
    }

    /// The slot of a subscription goes with it.
    private func removeChain(_ slot: [String: JSONValue]) {
        let subscription: [String: JSONValue] = [
            "name": "subs_chain", "login_db": "subs_to", "state": "absent",
        ]
        let dropped = try? server.reply("postgresql_subscription", subscription)
        #expect(dropped?["changed"] == true, "\(dropped?["msg"] ?? "")")
        #expect(
            (try? server.reply("postgresql_slot", slot.merging(["state": "absent"]) { $1 }))?["changed"]
                == false)
        for name in ["subs_from", "subs_to"] {
            _ = try? server.reply("postgresql_db", ["name": .string(name), "state": "absent", "force": true])
        }
    }
}
