import SQLClient
import Testing

@testable import ModuleKit

@Suite(.serialized, .enabled(if: TestServer.current != nil, TestServer.skipReason))
struct PostgreSQLMembershipIntegrationTests {
    let server: TestServer
    private static let group = "mem \"group\""
    private static let member = "mem.user"

    init() throws {
        server = try #require(TestServer.current)
        for role in [Self.group, "mem_other", Self.member] {
            try server.execute(
                "DROP ROLE IF EXISTS \(identifier: role)", "CREATE ROLE \(identifier: role)")
        }
    }

    private func reply(_ options: [String: JSONValue], checkMode: Bool = false) throws -> [String: JSONValue]
    {
        let own: [String: JSONValue] = [
            "groups": [.string(Self.group)], "target_roles": [.string(Self.member)],
        ]
        return try server.reply("postgresql_membership", own.merging(options) { $1 }, checkMode: checkMode)
    }

    @Test func `a membership is granted once, and ends`() throws {
        let promised = try reply([:], checkMode: true)
        let granted = try reply([:])
        #expect(promised == granted)
        #expect(granted["granted"] == [Self.group: [.string(Self.member)]])
        #expect(try reply([:])["changed"] == false)
        #expect(try reply(["state": "absent"])["changed"] == true)
        #expect(try reply(["state": "absent"])["changed"] == false)
    }

    @Test func `roles are told in the order of the task, each once`() throws {
        let options: [String: JSONValue] = ["target_roles": ["mem_other", .string(Self.member), "mem_other"]]
        #expect(try reply(options)["granted"] == [Self.group: ["mem_other", .string(Self.member)]])
        let revoked = try reply(options.merging(["state": "absent"]) { $1 })
        #expect(revoked["revoked"] == [Self.group: ["mem_other", .string(Self.member)]])
    }

    @Test func `exact revokes every other group`() throws {
        _ = try reply(["groups": ["mem_other"]])
        let exact = try reply(["state": "exact"])
        #expect(exact["revoked"] == ["mem_other": [.string(Self.member)]])
        #expect(exact["granted"] == [Self.group: [.string(Self.member)]])
        #expect(try reply(["state": "exact"])["changed"] == false)
        #expect(
            try reply(["state": "exact", "groups": []])["revoked"] == [Self.group: [.string(Self.member)]])
    }

    @Test func `the admin option is granted and taken back by itself`() throws {
        _ = try reply([:])
        #expect(try reply(["admin": true])["changed"] == true)
        #expect(try reply(["admin": true])["changed"] == false)
        #expect(try reply([:])["changed"] == false)
        #expect(try reply(["admin": false])["queries"]?.array?.first?.string?.contains("ADMIN") == true)
        #expect(try reply(["admin": false])["changed"] == false)
    }

    @Test func `inherit and set are managed where the server has them`() throws {
        let version = try server.session().serverVersion
        let asked = try reply(["inherit": false, "set": true])
        if version >= 160_000 {
            #expect(asked["changed"] == true)
            #expect(try reply(["inherit": false, "set": true])["changed"] == false)
        } else {
            #expect(asked["failed"] == true)
            #expect(asked["msg"]?.string?.contains("PostgreSQL 16") == true)
        }
    }

    @Test func `a role that does not exist is named`() throws {
        let refused = try reply(["groups": ["mem_nobody"]])
        #expect(refused["msg"] == "Role mem_nobody does not exist")
        let lenient = try reply(["groups": ["mem_nobody"], "fail_on_role": false])
        #expect(lenient["changed"] == false)
        #expect(lenient["warnings"] == ["Role mem_nobody does not exist, pass"])
    }
}
