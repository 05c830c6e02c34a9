import SQLClient
import Testing

@testable import ModuleKit

@Suite(.enabled(if: TestServer.current != nil, TestServer.skipReason))
struct PostgreSQLQueryIntegrationTests {
    let server: TestServer

    init() throws {
        server = try #require(TestServer.current)
    }

    private func reply(_ query: JSONValue, _ options: [String: JSONValue] = [:]) throws -> [String: JSONValue]
    {
        try server.reply(
            "postgresql_query", ["login_db": "postgres", "query": query].merging(options) { $1 })
    }

    /// The only value of the only row.
    private func value(_ query: String, _ options: [String: JSONValue] = [:]) throws -> JSONValue? {
        let reply = try reply(.string(query), options)
        #expect(reply["failed"] == nil, "\(reply["msg"] ?? "")")
        return reply["query_result"]?.array?.first?.object?.values.first
    }

    /// community.postgresql #592.
    @Test(arguments: [
        "SHOW server_version", "SELECT 1", "EXPLAIN SELECT 1", "UPDATE pg_class SET relname = '' WHERE false",
    ])
    func `what only reads, or touches no row, is no change`(query: String) throws {
        #expect(try reply(.string(query))["changed"] == false)
    }

    @Test(arguments: [
        "CREATE TEMP TABLE t AS SELECT 1 AS one", "SELECT 1 AS one INTO TEMP t",
        "CREATE TEMP TABLE t (n int); INSERT INTO t VALUES (1); SELECT n FROM t",
        "SET work_mem = '1MB'; CREATE TEMP TABLE t (n int); SHOW work_mem",
    ])
    func `what writes is a change, whatever the last tag says`(query: String) throws {
        #expect(try reply(.string(query))["changed"] == true)
        #expect(try reply(["SELECT 1", .string(query), "SELECT 2"])["changed"] == true)
    }

    @Test func `what concerns the session only does not make a reading text a change`() throws {
        let text = "SET work_mem = '1MB'; SAVEPOINT a; SELECT 1; RELEASE a; SHOW work_mem"
        #expect(try reply(.string(text))["changed"] == false)
    }

    @Test(arguments: [
        ("make_interval(secs => 3)", "0:00:03"), ("interval '-1 second'", "-1 day, 23:59:59"),
        ("interval '1 year 2 mons -3 days 04:05:06.789'", "422 days, 4:05:06.789000"),
        ("interval '36 hours'", "1 day, 12:00:00"), ("interval '-1 day'", "-1 day, 0:00:00"),
        ("interval '0'", "0:00:00"),
    ])
    func `intervals come as drivers present them`(expression: String, expected: String) throws {
        #expect(try value("SELECT \(expression)") == .string(expected))
    }

    @Test func `another interval style stays as the server writes it`() throws {
        #expect(
            try value(
                "SELECT interval '1 day 3 seconds'",
                ["connect_params": ["options": "-c intervalstyle=iso_8601"]]) == "P1DT3S")
    }

    @Test func `lists are arrays, and a list in a list of one is that list`() throws {
        #expect(try value("SELECT %s::int[]", ["positional_args": [[1, 2]]]) == [1, 2])
        #expect(try value("SELECT %(a)s::int[]", ["named_args": ["a": [[1, 2]]]]) == [1, 2])
        #expect(
            try value("SELECT %s::int[]", ["positional_args": [[[1, 2], [3, 4]]]]) == [[1, 2], [3, 4]])
        #expect(
            try value("SELECT %s::text[]", ["positional_args": [["a,b", "c\"d", "{}"]]]) == [
                "a,b", "c\"d", "{}",
            ])
    }

    @Test func `an encoding that the server does not know is refused`() throws {
        let reply = try reply("SELECT 1", ["encoding": "UTF-888-bad"])
        #expect(reply["msg"] == "UTF-888-bad is not an encoding that the server knows")
        #expect(try value("SELECT 'é'", ["encoding": "latin1"]) == "é")
    }

    @Test func `a failure tells the statement in a key of its own`() throws {
        let reply = try reply("SELECT 1 FRM x")
        #expect(reply["msg"] == #"syntax error at or near "x""#)
        #expect(reply["sqlstate"] == "42601")
        #expect(reply["statement"] == "SELECT 1 FRM x")
    }

    @Test func `a database whose name looks like a connection string is only a name`() throws {
        let name = "host=nowhere.invalid 'q' \\ dbname=postgres"
        try server.execute("DROP DATABASE IF EXISTS \(identifier: name)")
        try server.execute("CREATE DATABASE \(identifier: name) TEMPLATE template0")
        defer { try? server.execute("DROP DATABASE IF EXISTS \(identifier: name)") }
        #expect(try value("SELECT current_database()", ["login_db": .string(name)]) == .string(name))
    }
}
