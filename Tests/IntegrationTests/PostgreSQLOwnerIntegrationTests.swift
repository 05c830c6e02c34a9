import PostgreSQLClient
import SQLClient
import Testing

@testable import ModuleKit

/// `postgresql_owner`, `postgresql_lang` and `postgresql_user_obj_stat_info` on a real server.
@Suite(.serialized, .enabled(if: TestServer.current != nil, TestServer.skipReason))
struct PostgreSQLOwnerIntegrationTests {
    let server: TestServer

    init() throws {
        server = try #require(TestServer.current)
        try server.execute(
            """
            DO $$ BEGIN
                CREATE ROLE "Own er";
            EXCEPTION WHEN duplicate_object THEN NULL;
            END $$
            """)
        try server.execute("CREATE TABLE IF NOT EXISTS public.\"odd.t\" (id int PRIMARY KEY)")
    }

    @Test func `an owner is changed once, and check mode says so`() throws {
        func give(_ role: String, checkMode: Bool = false) throws -> [String: JSONValue] {
            try server.reply(
                "postgresql_owner",
                [
                    "login_db": "postgres", "new_owner": .string(role), "obj_name": "\"odd.t\"",
                    "obj_type": "table",
                ], checkMode: checkMode)
        }
        _ = try give("postgres")
        let promised = try give("Own er", checkMode: true)
        #expect(promised["changed"] == true, "\(promised)")
        let done = try give("Own er")
        #expect(done["changed"] == true)
        #expect(done["queries"] == promised["queries"])
        #expect(try give("Own er")["changed"] == false)
        #expect(try give("postgres")["changed"] == true)
    }

    @Test func `everything of a role goes to another`() throws {
        try server.execute("ALTER TABLE public.\"odd.t\" OWNER TO \"Own er\"")
        let options: [String: JSONValue] = [
            "login_db": "postgres", "new_owner": "postgres", "reassign_owned_by": ["Own er"],
        ]
        #expect(try server.reply("postgresql_owner", options)["changed"] == true)
        #expect(try server.reply("postgresql_owner", options)["changed"] == false)
        let gone = options.merging(["reassign_owned_by": ["nobody here"]]) { $1 }
        #expect(try server.reply("postgresql_owner", gone)["failed"] == true)
    }

    @Test func `a language is an extension, and one in use stays`() throws {
        let database: [String: JSONValue] = ["name": "lang_d", "template": "template0"]
        _ = try server.reply("postgresql_db", database.merging(["state": "absent"]) { $1 })
        _ = try server.reply("postgresql_db", database)
        let lang: [String: JSONValue] = ["login_db": "lang_d", "lang": "plpgsql"]
        let absent = lang.merging(["state": "absent"]) { $1 }
        #expect(try server.reply("postgresql_lang", lang)["changed"] == false)
        let dropped = try server.reply("postgresql_lang", absent)
        #expect(dropped["queries"] == ["DROP EXTENSION \"plpgsql\""])
        #expect(try server.reply("postgresql_lang", absent)["changed"] == false)
        #expect(try server.reply("postgresql_lang", lang)["queries"] == ["CREATE EXTENSION \"plpgsql\""])
        _ = try server.reply(
            "postgresql_query",
            [
                "login_db": "lang_d",
                "query": "CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN 1; END'",
            ])
        for checkMode in [true, false] {
            let reply = try server.reply("postgresql_lang", absent, checkMode: checkMode)
            #expect(reply["msg"]?.string?.contains("1 functions are written in it") == true, "\(reply)")
        }
        let kept = absent.merging(["fail_on_drop": false]) { $1 }
        #expect(try server.reply("postgresql_lang", kept)["changed"] == false)
        _ = try server.reply("postgresql_db", database.merging(["state": "absent"]) { $1 })
    }

    @Test func `statistics of user objects`() throws {
        let reply = try server.reply(
            "postgresql_user_obj_stat_info", ["login_db": "postgres", "schema": "public", "filter": "tables"])
        #expect(reply["changed"] == false)
        #expect(reply["tables"]?.object?["public"]?.object?["odd.t"] != nil, "\(reply)")
        #expect(reply["indexes"] == [:])
        let unknown = try server.reply(
            "postgresql_user_obj_stat_info", ["login_db": "postgres", "schema": "no such"])
        #expect(unknown["failed"] == true)
    }
}
