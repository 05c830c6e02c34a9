import Glibc
import SQLClient
import Testing

@testable import ModuleKit

@Suite(.serialized, .enabled(if: TestServer.current != nil, TestServer.skipReason))
final class PostgreSQLUserObjStatInfoIntegrationTests {
    let server: TestServer

    init() throws {
        server = try #require(TestServer.current)
        try removeAll()
        try server.execute("CREATE ROLE stat_login LOGIN", "CREATE DATABASE stat_d TEMPLATE template0")
        let session = try server.session(database: "stat_d")
        for statement in [
            "CREATE SCHEMA \"a.b\"", "CREATE SCHEMA a", "CREATE TABLE \"a.b\".c (i int PRIMARY KEY)",
            "CREATE TABLE a.\"b.c\" (i int)", "INSERT INTO \"a.b\".c VALUES (1)",
            "CREATE FUNCTION public.f() RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN 1; END'",
            "CREATE FUNCTION a.g(int) RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN 1; END'",
            "CREATE FUNCTION a.g(text) RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN 1; END'",
            "SET track_functions = 'all'", "SELECT public.f(), a.g(1), a.g('x')",
        ] as [SQLStatement] {
            _ = try session.execute(statement)
        }
        session.close()
    }

    deinit {
        try? removeAll()
    }

    private func removeAll() throws {
        try server.execute("DROP DATABASE IF EXISTS stat_d WITH (FORCE)", "DROP ROLE IF EXISTS stat_login")
    }

    private func reply(_ options: [String: JSONValue] = [:]) throws -> [String: JSONValue] {
        let own: [String: JSONValue] = ["login_db": "stat_d"]
        return try server.reply("postgresql_user_obj_stat_info", own.merging(options) { $1 })
    }

    private func object(_ reply: [String: JSONValue], _ path: String...) -> [String: JSONValue]? {
        path.reduce(reply as [String: JSONValue]?) { $0?[$1]?.object }
    }

    /// `"a.b".c` and `a."b.c"` read the same when they are joined by a dot.
    @Test func `names with dots are told apart, and have sizes`() throws {
        let reply = try reply()
        let first = try #require(object(reply, "tables", "a.b", "c"))
        let second = try #require(object(reply, "tables", "a", "b.c"))
        #expect(first["size"] == 8192)
        #expect(second["size"] == 0)
        #expect(first["total_size"] == 24576 || first["total_size"] == 16384)
        #expect(first["schemaname"] == nil)
        #expect(first["relname"] == nil)
        #expect(object(reply, "indexes", "a.b", "c_pkey")?["relname"] == "c")
    }

    @Test func `functions of one name have their argument types in it`() throws {
        var functions: [String: JSONValue]?
        // Counters of a session that ended arrive a moment later, one by one.
        for _ in 0..<200 {
            functions = try reply(["filter": "functions"])["functions"]?.object
            if functions?["a"]?.object?.count == 2, functions?["public"]?.object?["f"]?.object?["calls"] == 1
            {
                break
            }
            usleep(10_000)
        }
        #expect(functions?["public"]?.object?["f"]?.object?["calls"] == 1)
        #expect(functions?["a"]?.object?.keys.sorted() == ["g(integer)", "g(text)"])
        #expect(functions?["a"]?.object?["g(text)"]?.object?["identity_arguments"] == nil)
    }

    @Test func `every column of the server's views is there`() throws {
        let session = try server.session(database: "stat_d")
        let reply = try reply()
        for (view, members) in [
            ("pg_stat_user_tables", object(reply, "tables", "a.b", "c")),
            ("pg_stat_user_indexes", object(reply, "indexes", "a.b", "c_pkey")),
        ] {
            let columns = try session.records(
                """
                SELECT attname AS name
                  FROM pg_catalog.pg_attribute
                 WHERE attrelid = \(value: .text("pg_catalog." + view))::regclass
                   AND attnum > 0
                """
            ).compactMap { $0.text("name") }
            let keys = ["schemaname", view == "pg_stat_user_tables" ? "relname" : "indexrelname"]
            #expect(Set(columns).subtracting(keys).isSubset(of: Set(try #require(members).keys)))
        }
    }

    @Test func `filter and schema limit what is read`() throws {
        let tables = try reply(["filter": ["tables ", "nonsense"], "schema": "a"])
        #expect(tables["warnings"] == ["Unknown filter option 'nonsense'"])
        #expect(object(tables, "tables")?.keys.sorted() == ["a"])
        #expect(tables["indexes"] == [:])
        #expect(tables["functions"] == [:])
        let all = try reply(["schema": ""])
        #expect(object(all, "tables")?.keys.sorted() == ["a", "a.b"])
        #expect(try reply(["schema": "no such"])["msg"] == "Schema 'no such' does not exist")
    }

    @Test func `it only reads, one statement for each kind, whatever the login role may do`() throws {
        let log = try server.logged {
            let reply = try reply(["login_user": "stat_login"])
            #expect(reply["changed"] == false)
            #expect(object(reply, "tables", "a.b", "c")?["size"] == 8192)
        }
        let statements = log.split(separator: "\n").filter {
            $0.contains("stat_login@") && ($0.contains("statement: ") || $0.contains("execute "))
        }
        #expect(statements.count == 3)
        #expect(statements.allSatisfy { $0.contains(": SELECT") })
    }
}
