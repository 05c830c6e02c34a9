import PostgreSQLClient
import SQLClient
import Testing

@testable import ModuleKit

/// Publications and subscriptions; a subscription that does not connect needs no publisher.
@Suite(.serialized, .enabled(if: TestServer.current != nil, TestServer.skipReason))
struct PostgreSQLReplicationIntegrationTests {
    let server: TestServer

    init() throws {
        server = try #require(TestServer.current)
        try server.execute(
            "CREATE SCHEMA IF NOT EXISTS repl; CREATE TABLE IF NOT EXISTS repl.a (id int PRIMARY KEY, etat text);"
                + " CREATE TABLE IF NOT EXISTS repl.b (id int PRIMARY KEY)")
    }

    private func publication(_ more: [String: JSONValue], checkMode: Bool = false) throws -> [String:
        JSONValue]
    {
        let options: [String: JSONValue] = ["name": "repl_p", "login_db": "postgres"]
        return try server.reply("postgresql_publication", options.merging(more) { $1 }, checkMode: checkMode)
    }

    private func subscription(_ more: [String: JSONValue], checkMode: Bool = false) throws -> [String:
        JSONValue]
    {
        let options: [String: JSONValue] = ["name": "repl_s", "login_db": "postgres"]
        return try server.reply("postgresql_subscription", options.merging(more) { $1 }, checkMode: checkMode)
    }

    @Test func `columns, conditions and tables of a publication are exactly those of the task`() throws {
        _ = try publication(["state": "absent"])
        let first: [String: JSONValue] = [
            "columns": ["repl.a": ["id", "etat"], "repl.b": []],
            "rowfilters": ["repl.a": "etat = 'ouverte' AND id > 3"],
        ]
        guard try server.session().serverVersion >= 150_000 else { return }
        #expect(try publication(first)["changed"] == true)
        let again = try publication(first)
        #expect(again["changed"] == false)
        #expect(again["tables"] == ["\"repl\".\"a\"", "\"repl\".\"b\""])
        #expect(again["columns"]?.object?["\"repl\".\"a\""] == ["id", "etat"])
        let other: [String: JSONValue] = [
            "columns": ["repl.a": ["id", "etat"]], "rowfilters": ["repl.a": "etat = 'close' AND id > 3"],
        ]
        #expect(
            try publication(other)["queries"] == [
                "ALTER PUBLICATION \"repl_p\" SET TABLE \"repl\".\"a\" (\"id\", \"etat\") WHERE (etat = 'close' AND id > 3)"
            ])
        #expect(try publication(other)["changed"] == false)
        _ = try publication(["state": "absent"])
    }

    @Test func `what cannot be published fails before anything is done`() throws {
        _ = try publication(["state": "absent"])
        for checkMode in [true, false] {
            let reply = try publication(["tables": ["repl.a", "repl.gone"]], checkMode: checkMode)
            #expect(reply["msg"] == "cannot publish what does not exist: \"repl\".\"gone\"")
        }
        #expect(try publication([:])["changed"] == true)
        let reply = try publication(["tables": ["repl.a"]], checkMode: true)
        #expect(reply["msg"]?.string?.contains("FOR ALL TABLES") == true)
        _ = try publication(["state": "absent"])
    }

    @Test func `a subscription's password is in neither reply nor log, and is compared all the same`() throws
    {
        let drop: [String: JSONValue] = ["state": "absent"]
        _ = try subscription(drop)
        func options(_ password: String) -> [String: JSONValue] {
            [
                "publications": ["Öffentlich", "b"],
                "connparams": [
                    "host": "127.0.0.1", "port": 1, "dbname": "it's", "password": .string(password),
                ],
                "subsparams": ["connect": false, "slot_name": "NONE"], "comment": "it's",
            ]
        }
        let log = try server.logged {
            let made = try subscription(options("Tres Secret"))
            #expect(made["changed"] == true, "\(made["msg"] ?? "")")
            #expect(!"\(made)".contains("Tres Secret"), "\(made)")
            let again = try subscription(options("Tres Secret"))
            #expect(again["changed"] == false, "\(again)")
            #expect(try subscription(options("Tres Secret 2"), checkMode: true)["changed"] == true)
            let changed = try subscription(options("Tres Secret 2"))
            #expect(changed["changed"] == true)
            #expect(!"\(changed)".contains("Tres Secret"))
        }
        #expect(!log.contains("Tres Secret"))
        let publications = try subscription(["publications": ["b"]], checkMode: true)["queries"]
        #expect(publications == ["ALTER SUBSCRIPTION repl_s SET PUBLICATION b WITH (refresh = false)"])
        #expect(try subscription(drop, checkMode: true)["queries"] == ["DROP SUBSCRIPTION repl_s"])
        #expect(try subscription(drop)["changed"] == true)
        #expect(try subscription(drop)["changed"] == false)
        #expect(try subscription(["state": "refresh"])["msg"]?.string?.contains("does not exist") == true)
    }
}
