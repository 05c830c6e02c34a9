import SQLClient
import Testing

@testable import ModuleKit

/// In a database of its own: `plpgsql` is the only language that every server has, and other tests need it.
@Suite(.serialized, .enabled(if: TestServer.current != nil, TestServer.skipReason))
final class PostgreSQLLangIntegrationTests {
    let server: TestServer

    init() throws {
        server = try #require(TestServer.current)
        try removeAll()
        try server.execute("CREATE ROLE lang_owner", "CREATE DATABASE lang_d TEMPLATE template0")
    }

    deinit {
        try? removeAll()
    }

    private func removeAll() throws {
        try server.execute("DROP DATABASE IF EXISTS lang_d", "DROP ROLE IF EXISTS lang_owner")
    }

    private func inside(_ statement: SQLStatement) throws {
        try server.execute(statement, database: "lang_d")
    }

    private func reply(_ options: [String: JSONValue] = [:], checkMode: Bool = false) throws
        -> [String: JSONValue]
    {
        let own: [String: JSONValue] = ["db": "lang_d", "lang": "plpgsql"]
        return try server.reply("postgresql_lang", own.merging(options) { $1 }, checkMode: checkMode)
    }

    @Test func `a language comes and goes as an extension`() throws {
        #expect(try reply()["changed"] == false)
        for (options, statement) in [
            (["state": "absent"], "DROP EXTENSION \"plpgsql\""), ([:], "CREATE EXTENSION \"plpgsql\""),
        ] as [([String: JSONValue], JSONValue)] {
            let log = try server.logged {
                let promised = try reply(options, checkMode: true)
                #expect(promised["queries"] == [statement])
            }
            let own = log.split(separator: "\n").filter { $0.contains("@lang_d ") && $0.contains(": ") }
            #expect(!own.isEmpty)
            #expect(!own.contains { $0.contains("statement: DROP") || $0.contains("statement: CREATE") })
            let done = try reply(options)
            #expect(done["queries"] == [statement])
            #expect(done["lang"] == "plpgsql")
            #expect(try reply(options)["changed"] == false)
        }
        #expect(try reply(["state": "absent"])["lang_dropped"] == true)
        #expect(try reply(["state": "absent"])["lang_dropped"] == nil)
    }

    @Test func `one in use stays, and what needs it is named`() throws {
        try inside("CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN 1; END'")
        let absent: [String: JSONValue] = ["state": "absent"]
        for checkMode in [true, false] {
            let refused = try reply(absent, checkMode: checkMode)
            #expect(refused["msg"]?.string?.hasPrefix("unable to drop language, use cascade") == true)
            #expect(refused["msg"]?.string?.hasSuffix("is needed by function f()") == true, "\(refused)")
            let kept = try reply(absent.merging(["fail_on_drop": false]) { $1 }, checkMode: checkMode)
            #expect(kept["changed"] == false)
            #expect(kept["lang_dropped"] == false)
        }
        let dropped = try reply(absent.merging(["cascade": true]) { $1 })
        #expect(dropped["queries"] == ["DROP EXTENSION \"plpgsql\" CASCADE"])
    }

    @Test func `owner and trust are changed once, and left alone when not named`() throws {
        let options: [String: JSONValue] = ["owner": "lang_owner", "trust": false]
        let promised = try reply(options, checkMode: true)
        let done = try reply(options)
        #expect(promised == done)
        #expect(done["queries"]?.array?.count == 2)
        #expect(try reply(options)["changed"] == false)
        #expect(try reply()["changed"] == false)
        #expect(try reply(["force_trust": true])["queries"]?.array?.count == 1)
        #expect(try reply(["trust": true])["changed"] == false)
        let nobody = try reply(["owner": "lang_nobody"], checkMode: true)
        #expect(nobody["msg"] == "Role 'lang_nobody' does not exist")
    }

    @Test func `a language without an extension goes by itself`() throws {
        try inside("CREATE LANGUAGE \"lang x\" HANDLER plpgsql_call_handler")
        let dropped = try reply(["lang": "lang x", "state": "absent"])
        #expect(dropped["queries"] == ["DROP LANGUAGE \"lang x\""])
        #expect(try reply(["lang": "lang x", "state": "absent"])["changed"] == false)
    }

    @Test(arguments: [true, false]) func `what cannot be is told before, also in check mode`(checkMode: Bool)
        throws
    {
        let unknown = try reply(["lang": "plnope"], checkMode: checkMode)
        #expect(unknown["msg"]?.string?.hasPrefix("language \"plnope\" is not available") == true)
        let own = try reply(["lang": "internal", "state": "absent", "cascade": true], checkMode: checkMode)
        #expect(own["msg"] == "language \"internal\" is part of the server and cannot be dropped")
    }
}
