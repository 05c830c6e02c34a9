import SQLClient
import Testing

@testable import ModuleKit

@Suite(.serialized, .enabled(if: TestServer.current != nil, TestServer.skipReason))
final class PostgreSQLExtIntegrationTests {
    let server: TestServer
    private static let database = "ext_tests"

    init() throws {
        server = try #require(TestServer.current)
        try server.execute("DROP DATABASE IF EXISTS ext_tests")
        try server.execute("CREATE DATABASE ext_tests TEMPLATE template0")
        try server.execute("CREATE SCHEMA \"Ext. schema\"", database: Self.database)
    }

    deinit {
        try? server.execute("DROP DATABASE IF EXISTS ext_tests")
        try? server.execute("DROP ROLE IF EXISTS ext_weak")
    }

    private func reply(_ options: [String: JSONValue], checkMode: Bool = false) throws -> [String: JSONValue]
    {
        let own: [String: JSONValue] = ["name": "citext", "login_db": .string(Self.database)]
        return try server.reply("postgresql_ext", own.merging(options) { $1 }, checkMode: checkMode)
    }

    @Test func `an installed extension is moved, and not left where it is in silence`() throws {
        #expect(try reply([:])["changed"] == true)
        let moved = try reply(["schema": "Ext. schema"], checkMode: true)
        #expect(moved["queries"] == [#"ALTER EXTENSION "citext" SET SCHEMA "Ext. schema""#])
        #expect(try reply(["schema": "Ext. schema"])["queries"] == moved["queries"])
        #expect(try reply(["schema": "Ext. schema"])["changed"] == false)
        let fixed = try reply(["name": "plpgsql", "schema": "public"])
        #expect(fixed["failed"] == true)
        #expect(fixed["msg"]?.string?.contains("cannot be moved") == true)
    }

    @Test func `versions are installed, updated along a path and refused without one`() throws {
        let old = try #require(
            try server.session().records(
                """
                SELECT min(p.source) AS version
                  FROM pg_extension_update_paths('citext') AS p
                  JOIN pg_available_extension_versions AS v ON v.name = 'citext' AND v.version = p.source
                 WHERE p.path IS NOT NULL
                   AND p.target = (SELECT default_version FROM pg_available_extensions WHERE name = 'citext')
                """
            ).first?.text("version"))
        let installed = try reply(["version": .string(old)])
        #expect(installed["version"] == .string(old))
        let promised = try reply(["version": "latest"], checkMode: true)
        let updated = try reply(["version": "latest"])
        #expect(promised == updated)
        #expect(updated["prev_version"] == .string(old))
        #expect(try reply(["version": "latest"])["changed"] == false)
        #expect(try reply([:])["changed"] == false)
        let back = try reply(["version": .string(old)])
        #expect(back["msg"]?.string?.contains("has no valid update path") == true)
        let unknown = try reply(["version": "77.7"])
        #expect(unknown["failed"] == true)
        #expect(try reply(["state": "absent"])["prev_version"] == updated["version"])
        #expect(try reply(["state": "absent"])["changed"] == false)
    }

    @Test func `an owner of the database installs a trusted extension, others are told what is missing`()
        throws
    {
        try server.execute("DROP ROLE IF EXISTS ext_weak", "CREATE ROLE ext_weak LOGIN")
        let refused = try reply(["login_user": "ext_weak"])
        #expect(refused["failed"] == true)
        #expect(refused["changed"] == false)
        #expect(refused["sqlstate"] == "42501")
        #expect(try reply([:])["changed"] == true)
        #expect(try reply(["login_user": "ext_weak"])["changed"] == false)
        #expect(try reply(["state": "absent"])["changed"] == true)
        try server.execute("ALTER DATABASE ext_tests OWNER TO ext_weak")
        let own = try reply(["login_user": "ext_weak"])
        #expect(own["failed"] == nil, "\(own["msg"] ?? "")")
        #expect(own["changed"] == true)
    }
}
