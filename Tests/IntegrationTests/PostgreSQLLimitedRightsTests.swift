import SQLClient
import Testing

@testable import ModuleKit

/// What modules do for login roles without superuser rights: as far as those reach, and never "changed" out of ignorance.
@Suite(.serialized, .enabled(if: TestServer.current != nil, TestServer.skipReason))
final class PostgreSQLLimitedRightsTests {
    let server: TestServer
    private static let roles = [
        "lim_admin", "lim_monitor", "lim_nobody", "lim_group", "lim_member", "lim_new",
    ]

    init() throws {
        server = try #require(TestServer.current)
        try dropRoles()
        try server.execute(
            "CREATE ROLE lim_admin LOGIN CREATEROLE PASSWORD 'adm'", "CREATE ROLE lim_monitor LOGIN",
            "GRANT pg_monitor TO lim_monitor", "CREATE ROLE lim_nobody LOGIN", "CREATE ROLE lim_group",
            "CREATE ROLE lim_member")
    }

    deinit {
        try? dropRoles()
    }

    /// A grantor goes after the memberships that it granted.
    private func dropRoles() throws {
        for role in Self.roles.reversed() { try server.execute("DROP ROLE IF EXISTS \(identifier: role)") }
    }

    private func reply(
        as login: String, _ module: String, _ options: [String: JSONValue], checkMode: Bool = false
    ) throws -> [String: JSONValue] {
        let own: [String: JSONValue] = ["login_user": .string(login), "login_db": "postgres"]
        return try server.reply(module, own.merging(options) { $1 }, checkMode: checkMode)
    }

    // MARK: Roles

    /// The stored password is closed to the login role; that it was just written is proof enough.
    @Test func `a new role with a hash needs no look at pg_authid`() throws {
        let options: [String: JSONValue] = [
            "name": "lim_new", "password": "md55c8ccfd9d6711fc69a7eae647fc54f51",
        ]
        let made = try reply(as: "lim_admin", "postgresql_user", options)
        #expect(made["failed"] == nil, "\(made["msg"] ?? "")")
        #expect(made["changed"] == true)
        // Now nobody can tell: the hash is set again, which does no harm, and the person is told.
        let again = try reply(as: "lim_admin", "postgresql_user", options)
        #expect(again["failed"] == nil, "\(again["msg"] ?? "")")
        #expect(again["changed"] == true)
        #expect(again["warnings"]?.array?.first?.string?.contains("whether it is another one or not") == true)
        let rest = try reply(
            as: "lim_admin", "postgresql_user", options.merging(["no_password_changes": true]) { $1 })
        #expect(rest["failed"] == nil)
        #expect(rest["changed"] == false)
    }

    /// community.postgresql #96 and #169: changed on every run.
    @Test(arguments: ["NOLOGIN", "LOGIN"])
    func `a refused login is no wrong password when the role may not log in`(attribute: String) throws {
        let options: [String: JSONValue] = [
            "name": "lim_new", "password": "right", "role_attr_flags": .string(attribute),
            "login_host": "127.0.0.1", "login_password": "adm",
        ]
        #expect(try reply(as: "lim_admin", "postgresql_user", options)["changed"] == true)
        let again = try reply(as: "lim_admin", "postgresql_user", options)
        #expect(again["changed"] == false)
        #expect((again["failed"] == true) == (attribute == "NOLOGIN"))
    }

    @Test func `an expired password is not taken for a wrong one`() throws {
        let options: [String: JSONValue] = [
            "name": "lim_new", "password": "right", "expires": "2001-01-01 00:00+00",
            "login_host": "127.0.0.1", "login_password": "adm",
        ]
        #expect(try reply(as: "lim_admin", "postgresql_user", options)["changed"] == true)
        let again = try reply(as: "lim_admin", "postgresql_user", options)
        #expect(again["changed"] == false)
        #expect(again["failed"] == true)
    }

    @Test(arguments: ["lim_monitor", "lim_nobody"])
    func `whoever may log in may verify a role, and is told what is missing to change it`(login: String)
        throws
    {
        let same = try reply(
            as: login, "postgresql_user",
            ["name": "lim_admin", "role_attr_flags": "CREATEROLE,NOSUPERUSER", "conn_limit": -1])
        #expect(same["failed"] == nil, "\(same["msg"] ?? "")")
        #expect(same["changed"] == false)
        let other = try reply(as: login, "postgresql_user", ["name": "lim_admin", "conn_limit": 3])
        #expect(other["failed"] == true)
        #expect(other["changed"] == false)
        #expect(other["sqlstate"] == "42501")
        #expect(other["statement"] == #"ALTER USER "lim_admin" CONNECTION LIMIT 3"#)
    }

    @Test func `what keeps a role from being dropped is visible without rights`() throws {
        try server.execute("CREATE SCHEMA lim_owned AUTHORIZATION lim_member")
        defer { try? server.execute("DROP SCHEMA IF EXISTS lim_owned") }
        let kept = try reply(as: "lim_nobody", "postgresql_user", ["name": "lim_member", "state": "absent"])
        #expect(kept["msg"]?.string?.contains("owner of 1 objects in postgres") == true)
        let gone = try reply(as: "lim_nobody", "postgresql_user", ["name": "lim_unknown", "state": "absent"])
        #expect(gone["failed"] == nil)
        #expect(gone["changed"] == false)
    }

    // MARK: Memberships

    @Test func `the admin option is enough to manage a group`() throws {
        try server.execute("GRANT lim_group TO lim_nobody WITH ADMIN OPTION")
        let options: [String: JSONValue] = ["groups": ["lim_group"], "target_roles": ["lim_member"]]
        let granted = try reply(as: "lim_nobody", "postgresql_membership", options)
        #expect(granted["failed"] == nil, "\(granted["msg"] ?? "")")
        #expect(granted["granted"] == ["lim_group": ["lim_member"]])
        #expect(try reply(as: "lim_nobody", "postgresql_membership", options)["changed"] == false)
        let revoked = try reply(
            as: "lim_nobody", "postgresql_membership", options.merging(["state": "absent"]) { $1 })
        #expect(revoked["revoked"] == ["lim_group": ["lim_member"]])
    }

    @Test func `memberships are visible to everybody, and a grant that is refused is no change`() throws {
        let held: [String: JSONValue] = ["groups": ["pg_monitor"], "target_roles": ["lim_monitor"]]
        let same = try reply(as: "lim_nobody", "postgresql_membership", held)
        #expect(same["failed"] == nil, "\(same["msg"] ?? "")")
        #expect(same["changed"] == false)
        let refused = try reply(
            as: "lim_nobody", "postgresql_membership",
            ["groups": ["lim_group"], "target_roles": ["lim_member"]])
        #expect(refused["failed"] == true)
        #expect(refused["changed"] == false)
        #expect(refused["sqlstate"] == "42501")
    }

    // MARK: Databases

    @Test func `a database is verified without rights on it`() throws {
        let options: [String: JSONValue] = ["name": "template1", "encoding": "UTF-8", "owner": "postgres"]
        let same = try reply(as: "lim_nobody", "postgresql_db", options)
        #expect(same["failed"] == nil, "\(same["msg"] ?? "")")
        #expect(same["changed"] == false)
        let refused = try reply(as: "lim_nobody", "postgresql_db", ["name": "template1", "comment": "mine"])
        #expect(refused["failed"] == true)
        #expect(refused["changed"] == false)
        #expect(refused["sqlstate"] == "42501")
    }
}
