import SQLClient
import Testing

@testable import ModuleKit

@Suite(.serialized, .enabled(if: TestServer.current != nil, TestServer.skipReason))
struct PostgreSQLIdxIntegrationTests {
    let server: TestServer

    init() throws {
        server = try #require(TestServer.current)
        try server.execute(
            "DROP SCHEMA IF EXISTS ix CASCADE", "CREATE SCHEMA ix",
            "CREATE TABLE ix.t (id int, name text, \"Na me\" text, data jsonb)")
    }

    private func reply(_ options: [String: JSONValue], checkMode: Bool = false) throws -> [String: JSONValue]
    {
        let own: [String: JSONValue] = ["idxname": "i", "schema": "ix", "login_db": "postgres"]
        return try server.reply("postgresql_idx", own.merging(options) { $1 }, checkMode: checkMode)
    }

    private static let spellings: [(columns: JSONValue, condition: String?, type: String)] = [
        (["id", "name"], nil, "BTREE"),
        (["ID DESC", "name ASC NULLS FIRST"], "id>1 and id != 10", "btree"),
        (["LOWER(name) text_pattern_ops", "(name||'x')", "(id)"], "name Is Not Null", "btree"),
        (["name COLLATE \"C\"", "\"Na me\" pg_catalog.text_ops"], "id in (1, 2) -- both", "btree"),
        (["coalesce(name, 'a,b', \"Na me\")", "((id + 1) * 2) DESC NULLS LAST"], nil, "btree"),
        (["id) INCLUDE (name, \"Na me\""], nil, "btree"),
        (["data jsonb_path_ops"], nil, "gin"),
        (["id int4_minmax_ops"], nil, "brin"),
        (
            [
                "substring(name from 1 for 2)",
                "date_part('year', timestamp '2020-01-01' + make_interval(0, id))",
            ],
            "(name like 'a%') = true", "btree"
        ),
    ]

    @Test(arguments: spellings.indices)
    func `what was just created does not differ, however it is spelt`(position: Int) throws {
        let spelling = Self.spellings[position]
        var options: [String: JSONValue] = [
            "table": "t", "columns": spelling.columns, "idxtype": .string(spelling.type),
        ]
        if let condition = spelling.condition { options["cond"] = .string(condition) }
        let made = try reply(options)
        #expect(made["changed"] == true, "\(made["msg"] ?? "")")
        #expect(made["valid"] == true)
        let again = try reply(options)
        #expect(again["changed"] == false, "\(again["msg"] ?? "")")
        #expect(again["query"] == "")
    }

    @Test(
        arguments: [
            (["columns": ["id DESC"]], "column 1 is id"),
            (["columns": ["id", "name"]], "its columns are id"),
            (["columns": ["name"]], "column 1 is id"), (["unique": true], "it is not unique"),
            (["idxtype": "hash"], "its type is btree"), (["cond": "id > 5"], "its condition is missing"),
            (["storage_params": ["fillfactor=50"]], "storage parameters are "),
            (["columns": ["id) INCLUDE (name"]], "it includes no further column"),
            (["columns": ["id pg_catalog.int8_ops"]], "column 1 is id"),
        ] as [([String: JSONValue], String)])
    func `a difference is an error that names it`(options: [String: JSONValue], message: String) throws {
        try server.execute("CREATE INDEX i ON ix.t (id)")
        let base: [String: JSONValue] = ["table": "t", "columns": ["id"]]
        for checkMode in [true, false] {
            let refused = try reply(base.merging(options) { $1 }, checkMode: checkMode)
            #expect(refused["failed"] == true)
            #expect(refused["msg"]?.string?.contains(message) == true, "\(refused["msg"] ?? "")")
            #expect(refused["hint"]?.string?.contains("converge: true") == true)
        }
    }

    @Test(arguments: [true, false]) func `converge builds the new one before the old one goes`(
        concurrent: Bool
    ) throws {
        try server.execute("CREATE INDEX i ON ix.t (id) WHERE id > 1", "COMMENT ON INDEX ix.i IS 'it''s'")
        let options: [String: JSONValue] = [
            "table": "t", "columns": ["id"], "cond": "id > 2", "converge": true,
            "concurrent": .bool(concurrent),
        ]
        let promised = try reply(options, checkMode: true)
        let done = try reply(options)
        #expect(done["changed"] == true, "\(done["msg"] ?? "")")
        #expect(promised["queries"] == done["queries"])
        #expect(promised["diff"] == done["diff"])
        let queries = (done["queries"]?.array ?? []).compactMap(\.string)
        #expect(queries.count == 4)
        #expect(queries.first?.contains("INDEX\(concurrent ? " CONCURRENTLY" : "") \"vigie_new_") == true)
        #expect(try reply(options)["changed"] == false)
        let comments = try server.session().records(
            "SELECT obj_description('ix.i'::regclass, 'pg_class') AS comment")
        #expect(comments.first?.text("comment") == "it's")
        let indexes = try server.session().records(
            "SELECT indexname FROM pg_indexes WHERE schemaname = 'ix'")
        #expect(indexes.count == 1)
    }

    @Test func `a replacement that was never finished is made anew`() throws {
        try server.execute("CREATE INDEX i ON ix.t (id)")
        let id = try #require(
            try server.session().records("SELECT 'ix.i'::regclass::oid AS id").first?.int("id"))
        try server.execute("CREATE INDEX \(identifier: "vigie_new_\(id)") ON ix.t (name)")
        let options: [String: JSONValue] = ["table": "t", "columns": ["id DESC"], "converge": true]
        let done = try reply(options)
        #expect(
            done["queries"]?.array?.first == .string("DROP INDEX CONCURRENTLY \"ix\".\"vigie_new_\(id)\""))
        #expect(try reply(options)["changed"] == false)
    }

    @Test func `an invalid index is an error, and repaired on request`() throws {
        try server.execute("INSERT INTO ix.t (id) VALUES (1), (1)")
        let options: [String: JSONValue] = ["table": "t", "columns": ["id"], "unique": true]
        let failed = try reply(options)
        #expect(failed["sqlstate"] == "23505")
        let invalid = try reply(options)
        #expect(invalid["failed"] == true)
        #expect(invalid["msg"]?.string?.contains("index ix.i is INVALID") == true)
        try server.execute("DELETE FROM ix.t WHERE ctid = '(0,1)'")
        let repair = options.merging(["converge": true]) { $1 }
        #expect(try reply(repair, checkMode: true)["valid"] == false)
        let repaired = try reply(repair)
        #expect(repaired["queries"] == ["REINDEX INDEX CONCURRENTLY \"ix\".\"i\""])
        #expect(repaired["valid"] == true)
        #expect(try reply(options)["changed"] == false)
    }

    @Test func `an index with a duty is never replaced`() throws {
        try server.execute(
            "CREATE UNIQUE INDEX i ON ix.t (id)", "CREATE TABLE ix.child (id int REFERENCES ix.t (id))",
            "CREATE TABLE ix.p (id int CONSTRAINT ix_pk PRIMARY KEY)")
        let duty = try reply([
            "table": "t", "columns": ["id DESC"], "unique": true, "converge": true,
        ])
        #expect(duty["msg"]?.string?.contains("used by a foreign key") == true, "\(duty["msg"] ?? "")")
        let key = try reply(["idxname": "ix_pk", "table": "p", "columns": ["id DESC"], "converge": true])
        #expect(key["msg"]?.string?.contains("belongs to constraint ix_pk") == true)
        for checkMode in [true, false] {
            let kept = try reply(["idxname": "ix_pk", "state": "absent"], checkMode: checkMode)
            #expect(kept["msg"]?.string?.contains("constraint ix_pk of table p needs it") == true)
        }
    }

    @Test func `a real run fails in check mode already`() throws {
        try server.execute(
            "CREATE TABLE ix.part (id int) PARTITION BY RANGE (id)", "CREATE INDEX i ON ix.t (id)")
        let cases: [([String: JSONValue], String)] = [
            (["idxname": "x", "table": "nowhere", "columns": ["id"]], "table ix.nowhere does not exist"),
            (["idxname": "x", "table": "part", "columns": ["id"]], "is partitioned"),
            (["table": "part", "columns": ["id"]], "index ix.i is on table t, not on part"),
            (["idxname": "t", "table": "t", "columns": ["id"]], "ix.t is not an index"),
            (["table": "t", "columns": ["id"], "idxtype": "bitmap"], "there is no index type bitmap"),
            (["table": "t", "columns": ["id"], "cond": "nocolumn > 1"], "its condition is missing"),
            (["columns": ["id"]], "needs a table and at least one column"),
            (["state": "absent", "table": "t"], "shall be dropped"),
            (["state": "absent", "cascade": true], "cascade cannot be concurrent"),
        ]
        for (options, message) in cases {
            for checkMode in [true, false] {
                let refused = try reply(options, checkMode: checkMode)
                #expect(refused["failed"] == true)
                #expect(refused["msg"]?.string?.contains(message) == true, "\(refused["msg"] ?? "")")
            }
        }
    }

    @Test func `a partitioned index is found, and made without concurrent`() throws {
        try server.execute(
            "CREATE TABLE ix.part (id int, name text) PARTITION BY RANGE (id)",
            "CREATE TABLE ix.low PARTITION OF ix.part FOR VALUES FROM (0) TO (9)")
        let options: [String: JSONValue] = [
            "table": "part", "columns": ["lower( name )"], "concurrent": false,
        ]
        #expect(try reply(options)["changed"] == true)
        #expect(try reply(options)["changed"] == false)
        let other = options.merging(["columns": ["upper(name)"]]) { $1 }
        #expect(try reply(other)["failed"] == true)
        #expect(try reply(other.merging(["converge": true]) { $1 })["changed"] == true)
        #expect(try reply(other)["changed"] == false)
    }

    @Test func `odd names are names`() throws {
        for name in [#"quo"te"#, "dot.dot", "sp ace", "çà", "SELECT", String(repeating: "x", count: 63)] {
            try server.execute("CREATE TABLE \(identifier: SQLIdentifier(schema: "ix", name)) (id int)")
            let options: [String: JSONValue] = [
                "idxname": .string("i" + name.prefix(62)), "table": .string(name), "columns": ["id"],
            ]
            let made = try reply(options)
            #expect(made["changed"] == true, "\(made["msg"] ?? "")")
            #expect(try reply(options)["changed"] == false)
            let again = options.merging(["columns": ["id DESC"], "converge": true]) { $1 }
            let replaced = try reply(again)
            #expect(replaced["changed"] == true, "\(replaced["msg"] ?? "")")
        }
    }

    @Test func `a role without SELECT is told what is missing`() throws {
        try server.execute(
            "DROP ROLE IF EXISTS ix_reader", "CREATE ROLE ix_reader LOGIN",
            "CREATE INDEX i ON ix.t (lower(name))", "CREATE INDEX j ON ix.t (id)",
            "GRANT USAGE ON SCHEMA ix TO ix_reader")
        let plain = try reply([
            "idxname": "j", "table": "t", "columns": ["id"], "login_user": "ix_reader",
        ])
        #expect(plain["changed"] == false)
        let refused = try reply(["table": "t", "columns": ["lower((name))"], "login_user": "ix_reader"])
        #expect(refused["msg"] == "definition of index ix.i: permission denied for table t")
        try server.execute("DROP OWNED BY ix_reader", "DROP ROLE ix_reader")
    }

    @Test func `tasks that create it at the same time all succeed`() async throws {
        let server = server
        let options: [String: JSONValue] = [
            "idxname": "i", "schema": "ix", "table": "t", "columns": ["id"], "concurrent": false,
            "login_db": "postgres",
        ]
        for _ in 0..<3 {
            let replies = try await withThrowingTaskGroup(of: [String: JSONValue].self) { group in
                for _ in 0..<4 {
                    group.addTask { try server.reply("postgresql_idx", options) }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(replies.allSatisfy { $0["failed"] == nil }, "\(replies.compactMap { $0["msg"] })")
            #expect(replies.filter { $0["changed"] == true }.count == 1)
            try server.execute("DROP INDEX ix.i")
        }
    }

    @Test func `an index that another session is building is left alone`() async throws {
        let writer = try server.session()
        _ = try writer.execute("BEGIN")
        _ = try writer.execute("INSERT INTO ix.t (id) VALUES (1)")
        let options: [String: JSONValue] = [
            "idxname": "i", "schema": "ix", "table": "t", "columns": ["id"], "login_db": "postgres",
            "converge": true,
        ]
        let server = server
        async let built = server.reply("postgresql_idx", options)
        let watcher = try server.session()
        let attemptsMax = 500
        for _ in 0..<attemptsMax {
            let rows = try watcher.records(
                "SELECT 1 AS one FROM pg_stat_progress_create_index WHERE index_relid <> 0")
            if !rows.isEmpty { break }
            try await Task.sleep(for: .milliseconds(10))
        }
        let refused = try reply(["table": "t", "columns": ["id"], "converge": true])
        #expect(refused["msg"] == "index ix.i is being built at this moment")
        _ = try writer.execute("COMMIT")
        #expect(try await built["changed"] == true)
        #expect(try reply(["table": "t", "columns": ["id"]])["changed"] == false)
    }
}
