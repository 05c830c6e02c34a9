import SQLClient
import Testing

@testable import ModuleKit

/// Conditions, columns and refusals; `PostgreSQLReplicationIntegrationTests` has the rest.
@Suite(.serialized, .enabled(if: TestServer.current != nil, TestServer.skipReason))
struct PostgreSQLPublicationIntegrationTests {
    let server: TestServer

    init() throws {
        server = try #require(TestServer.current)
        try server.execute(
            "DROP SCHEMA IF EXISTS publ CASCADE", "CREATE SCHEMA publ",
            "CREATE TABLE publ.t (id int PRIMARY KEY, n varchar, \"N\" int, a int, b int)",
            "CREATE TABLE publ.u (id int PRIMARY KEY)",
            "CREATE TABLE publ.parts (id int PRIMARY KEY) PARTITION BY RANGE (id)",
            "CREATE VIEW publ.v AS SELECT 1 AS one")
    }

    private func reply(_ more: [String: JSONValue], checkMode: Bool = false) throws -> [String: JSONValue] {
        let options: [String: JSONValue] = ["name": "publ_p", "login_db": "postgres"]
        return try server.reply("postgresql_publication", options.merging(more) { $1 }, checkMode: checkMode)
    }

    private var hasParts: Bool { get throws { try server.session().serverVersion >= 150_000 } }

    private func filtered(_ condition: String, table: String = "publ.t") -> [String: JSONValue] {
        ["tables": [.string(table)], "rowfilters": [table: .string(condition)]]
    }

    @Test(arguments: [
        "n = 'x'", "id IN (1, 2)", "id BETWEEN 1 AND 5", "n LIKE 'x%'", "a != 3", "id > 1 + 1", "n = 'it''s'",
        "a > 1 AND b > 2 OR NOT (a > 7)", "WHERE (\"N\" IS NOT NULL)", "n = 'new\nline'",
        "id > 3 -- new ones",
    ])
    func `a condition is compared with what the server made of it`(condition: String) throws {
        guard try hasParts else { return }
        _ = try reply(["state": "absent"])
        let made = try reply(filtered(condition))
        #expect(made["changed"] == true, "\(made["msg"] ?? "")")
        #expect(try reply(filtered(condition))["changed"] == false)
        #expect(
            try reply(["tables": ["publ.t"]])["changed"] == false, "an omitted condition is left as it is")
        let removed = try reply(["tables": ["publ.t"], "rowfilters": [:]])
        #expect(removed["changed"] == true)
        #expect(removed["rowfilters"] == [:])
    }

    @Test(arguments: [
        ("(a + b) * 2 > 4", "a + b * 2 > 4"), ("\"N\" = 1", "a = 1"), ("n = 'a b'", "n = 'ab'"),
        ("n = 'A'", "n = 'a'"), ("a > 1 AND (b > 2 OR a > 3)", "(a > 1 AND b > 2) OR a > 3"),
    ])
    func `conditions that look alike and are not are changed`(first: String, second: String) throws {
        guard try hasParts else { return }
        _ = try reply(["state": "absent"])
        _ = try reply(filtered(first))
        #expect(try reply(filtered(second), checkMode: true)["changed"] == true)
        #expect(try reply(filtered(second))["changed"] == true)
        #expect(try reply(filtered(second))["changed"] == false)
    }

    @Test func `a partitioned table without a partition has its condition compared too`() throws {
        guard try hasParts else { return }
        _ = try reply(["state": "absent"])
        func options(_ condition: String) -> [String: JSONValue] {
            filtered(condition, table: "publ.parts")
                .merging(["parameters": ["publish_via_partition_root": true]]) { $1 }
        }
        #expect(try reply(options("id > 3"))["changed"] == true)
        #expect(try reply(options("(\"id\" > 3)"))["changed"] == false)
        #expect(try reply(options("id > 4"))["changed"] == true)
    }

    @Test func `a condition that cannot be compared fails instead of counting as changed`() throws {
        guard try hasParts else { return }
        _ = try reply(["state": "absent"])
        try server.execute("DROP ROLE IF EXISTS publ_owner", "CREATE ROLE publ_owner LOGIN")
        defer {
            try? server.execute(
                "DROP PUBLICATION IF EXISTS publ_p", "DROP SCHEMA publ CASCADE", "DROP ROLE publ_owner")
        }
        _ = try reply(filtered("id > 3").merging(["owner": "publ_owner"]) { $1 })
        try server.execute("GRANT USAGE ON SCHEMA publ TO publ_owner")
        let blind = try reply(filtered("id > (3)").merging(["login_user": "publ_owner"]) { $1 })
        #expect(blind["failed"] == true)
        #expect(blind["msg"]?.string?.contains("permission denied for table t") == true)
        #expect(blind["hint"]?.string?.contains("SELECT") == true)
    }

    @Test func `another condition keeps the columns of the table`() throws {
        guard try hasParts else { return }
        _ = try reply(["state": "absent"])
        _ = try reply(["columns": ["publ.t": ["id", "a"]], "rowfilters": ["publ.t": "id > 3"]])
        let changed = try reply(filtered("id > 4"))
        #expect(
            changed["queries"] == [
                "ALTER PUBLICATION \"publ_p\" DROP TABLE \"publ\".\"t\"",
                "ALTER PUBLICATION \"publ_p\" ADD TABLE \"publ\".\"t\" (\"id\", \"a\") WHERE (id > 4)",
            ])
        #expect(try reply(["columns": ["publ.t": ["a", "id"]]])["changed"] == false)
    }

    @Test func `an empty list publishes nothing, never everything`() throws {
        _ = try reply(["state": "absent"])
        let made = try reply(["tables": []])
        #expect(made["queries"] == ["CREATE PUBLICATION \"publ_p\""])
        #expect(made["alltables"] == false)
        _ = try reply(["tables": ["publ.t", "publ.u"]])
        let other = try reply(["tables": ["publ.u", "publ.t"]])
        #expect(other["changed"] == false)
        #expect(other["diff"]?.object?["before"] == other["diff"]?.object?["after"])
        #expect(try reply(["tables": []])["tables"] == [])
        #expect(try reply(["tables": []])["changed"] == false)
    }

    @Test(
        arguments: [
            (["tables": ["publ.v"]], "cannot publish what does not exist: \"publ\".\"v\""),
            (["parameters": ["publish": "insert,upsert"]], "upsert is not an operation of publish"),
            (
                ["parameters": ["publish_via_root": true]],
                "publish_via_root is not a parameter of a publication"
            ),
            (["owner": "publ_nobody"], "role \"publ_nobody\" does not exist"),
            (["rowfilters": ["publ.t": "id > 3"]], "rowfilters needs tables or columns"),
        ] as [([String: JSONValue], String)])
    func `what the server would refuse fails in check mode too`(options: [String: JSONValue], message: String)
        throws
    {
        _ = try reply(["state": "absent"])
        for checkMode in [true, false] {
            let refused = try reply(options, checkMode: checkMode)
            #expect(refused["failed"] == true)
            #expect(refused["msg"] == .string(message))
            #expect(refused["hint"]?.string?.hasSuffix("?") == true || options["tables"] != nil)
        }
    }

    @Test func `columns and parameters need their version`() throws {
        _ = try reply(["state": "absent"])
        let version = try server.session().serverVersion
        let columns = try reply(["columns": ["publ.t": ["id", "gone"]]], checkMode: true)
        #expect(
            columns["msg"]?.string?.contains(version >= 150_000 ? "\"publ\".\"t\".gone" : "PostgreSQL 15")
                == true)
        let options: [String: JSONValue] = [
            "tables": ["publ.t"], "parameters": ["publish_generated_columns": "stored"],
        ]
        let generated = try reply(options)
        if version >= 180_000 {
            #expect(generated["changed"] == true, "\(generated["msg"] ?? "")")
            #expect(try reply(options)["changed"] == false)
            #expect(generated["parameters"]?.object?["publish_generated_columns"] == "stored")
        } else {
            #expect(generated["msg"]?.string?.contains("needs PostgreSQL 18") == true)
        }
        _ = try reply(["state": "absent"])
    }
}
