import SQLClient
import Testing

@testable import ModuleKit

@Suite(.serialized, .enabled(if: TestServer.current != nil, TestServer.skipReason))
struct PostgreSQLSequenceIntegrationTests {
    let server: TestServer

    init() throws {
        server = try #require(TestServer.current)
        try server.execute(
            "DROP SCHEMA IF EXISTS seq CASCADE", "CREATE SCHEMA seq", "DROP SCHEMA IF EXISTS seq2 CASCADE",
            "CREATE SCHEMA seq2")
    }

    private func reply(_ options: [String: JSONValue], checkMode: Bool = false) throws -> [String: JSONValue]
    {
        let own: [String: JSONValue] = ["name": "s", "schema": "seq", "login_db": "postgres"]
        return try server.reply("postgresql_sequence", own.merging(options) { $1 }, checkMode: checkMode)
    }

    /// The sequence as the server made it.
    private func settings() throws -> [String] {
        let rows = try server.session().records(
            """
            SELECT format_type(seqtypid, NULL) AS t, seqincrement::text AS i, seqmin::text AS n, seqmax::text AS x,
                   seqstart::text AS s, seqcache::text AS c, seqcycle::text AS y
              FROM pg_sequence
             WHERE seqrelid = 'seq.s'::regclass
            """)
        let row = try #require(rows.first)
        return ["t", "i", "n", "x", "s", "c", "y"].compactMap { row.text($0) }
    }

    private static let wishes: [[String: JSONValue]] = [
        [:], ["data_type": "smallint"], ["increment": -1], ["increment": -2, "data_type": "integer"],
        ["min": 0, "max": 9, "cycle": true], ["minvalue": -5, "maxvalue": 5, "start": 0, "cache": 7],
        ["start": 101], ["maxvalue": 10, "increment": -1, "minvalue": 3],
    ]

    @Test(arguments: wishes) func `what is promised is what the server makes`(wish: [String: JSONValue])
        throws
    {
        let promised = try reply(wish, checkMode: true)
        let made = try reply(wish)
        #expect(promised == made)
        let told = ["data_type", "increment", "minvalue", "maxvalue", "start"].compactMap { made[$0]?.string }
        #expect(try settings().prefix(5) == told[...])
        #expect(try reply(wish)["changed"] == false)
    }

    @Test func `an existing sequence gets the settings that are given, and keeps the others`() throws {
        try server.execute("CREATE SEQUENCE seq.s AS integer CACHE 5 CYCLE", "SELECT nextval('seq.s')")
        #expect(try reply([:])["changed"] == false)
        for (wish, expected) in [
            (["data_type": "bigint"], ["bigint", "1", "1", "9223372036854775807", "1", "5", "true"]),
            (["increment": 3, "max": 900], ["bigint", "3", "1", "900", "1", "5", "true"]),
            (["cycle": false, "start": 2], ["bigint", "3", "1", "900", "2", "5", "false"]),
            (["data_type": "smallint", "min": 0], ["smallint", "3", "0", "900", "2", "5", "false"]),
        ] as [([String: JSONValue], [String])] {
            let promised = try reply(wish, checkMode: true)
            let changed = try reply(wish)
            #expect(changed["changed"] == true, "\(changed["msg"] ?? "")")
            #expect(promised == changed)
            #expect(try settings() == expected)
            #expect(try reply(wish)["changed"] == false)
        }
        // The session that took the first value cached 5 of them; the next one is counted from there.
        let next = try server.session().records("SELECT nextval('seq.s') AS next").first?.int("next")
        #expect(next == Int64(5 + 3))
    }

    @Test func `a sequence is renamed and moved once`() throws {
        try server.execute("CREATE SEQUENCE seq.s")
        #expect(try reply(["rename_to": "n.ew"])["newname"] == "n.ew")
        #expect(try reply(["rename_to": "n.ew"])["changed"] == false)
        let moved = try reply(["name": "n.ew", "newschema": "seq2"])
        #expect(moved["newschema"] == "seq2" && moved["schema"] == "seq")
        #expect(try reply(["name": "n.ew", "newschema": "seq2"])["changed"] == false)
        let lost = try reply(["name": "nowhere", "rename_to": "x"])
        #expect(lost["msg"]?.string?.contains("sequence seq.nowhere does not exist") == true)
    }

    @Test func `options that exclude each other are refused, defaults exclude nothing`() throws {
        let refused = try reply(["rename_to": "x", "cycle": false])
        #expect(refused["msg"] == "parameters are mutually exclusive: rename_to|cycle")
        #expect(try reply(["state": "absent", "cascade": true])["changed"] == false)
    }

    @Test func `another object of that name is named`() throws {
        try server.execute("CREATE TABLE seq.s (id int)")
        #expect(try reply([:])["msg"] == "seq.s is not a sequence")
        #expect(try reply(["state": "absent"])["changed"] == false)
    }

    @Test func `odd names are names`() throws {
        for name in [
            #"quo"te"#, "it's", "dot.dot", "sp ace", "çà", "SELECT", String(repeating: "x", count: 63),
        ] {
            let options: [String: JSONValue] = ["name": .string(name), "cache": 2]
            let made = try reply(options)
            #expect(made["changed"] == true, "\(made["msg"] ?? "")")
            #expect(try reply(options)["changed"] == false)
            #expect(try reply(["name": .string(name), "state": "absent"])["changed"] == true)
        }
    }

    @Test func `a role without rights is told so, and an unchanged sequence needs none`() throws {
        try server.execute(
            "DROP ROLE IF EXISTS seq_reader", "CREATE ROLE seq_reader LOGIN", "CREATE SEQUENCE seq.s CACHE 3")
        #expect(try reply(["cache": 3, "login_user": "seq_reader"])["changed"] == false)
        #expect(try reply(["cache": 4, "login_user": "seq_reader"])["sqlstate"] == "42501")
        try server.execute("DROP ROLE seq_reader")
    }

    @Test func `tasks that create it at the same time all succeed`() async throws {
        let server = server
        for _ in 0..<3 {
            let replies = try await withThrowingTaskGroup(of: [String: JSONValue].self) { group in
                for _ in 0..<4 {
                    group.addTask {
                        try server.reply(
                            "postgresql_sequence", ["name": "s", "schema": "seq", "login_db": "postgres"])
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(replies.allSatisfy { $0["failed"] == nil }, "\(replies.compactMap { $0["msg"] })")
            #expect(replies.filter { $0["changed"] == true }.count == 1)
            try server.execute("DROP SEQUENCE seq.s")
        }
    }
}
