import Testing

@testable import PostgreSQLModules

private typealias ID = RecordedFacts.ID

@Suite struct RoleRulesTests {
    @Test func `a superuser that can log in is a defect, the bootstrap role and declared ones are not`() {
        let facts = RecordedFacts(roles: [
            RecordedFacts.superuser,
            AuditFacts.Role(id: 16400, name: "a_nologin", isSuperuser: true),
        ])
        let defect = facts.outcome(RoleRules.superuserLogin).defects
        #expect(defect.map(\.object.name) == ["a_super"])
        #expect(defect.first?.remedies == [#"ALTER ROLE "a_super" NOSUPERUSER"#])
        #expect(facts.defects(RoleRules.superuserLogin, AuditPolicy(.superusers, "a_s*")) == [])
        #expect(RecordedFacts().defects(RoleRules.superuserLogin) == [])
    }

    @Test func `BYPASSRLS is a defect unless declared, and says nothing new about a superuser`() {
        let facts = RecordedFacts(roles: [
            AuditFacts.Role(id: 16400, name: "a_bypass", bypassesRLS: true),
            AuditFacts.Role(id: 16401, name: "a_super", isSuperuser: true, bypassesRLS: true),
        ])
        #expect(facts.defects(RoleRules.bypassRLS) == ["a_bypass"])
        #expect(facts.defects(RoleRules.bypassRLS, AuditPolicy(.bypassrls, "a_bypass")) == [])
        #expect(RecordedFacts(roles: [RecordedFacts.login]).defects(RoleRules.bypassRLS) == [])
    }

    @Test func `REPLICATION on a login role is a defect unless declared`() {
        let facts = RecordedFacts(roles: [
            AuditFacts.Role(id: 16400, name: "a_replica", canLogin: true, isReplication: true),
            AuditFacts.Role(id: 16401, name: "a_group", isReplication: true),
        ])
        #expect(facts.defects(RoleRules.replicationLogin) == ["a_replica"])
        #expect(facts.defects(RoleRules.replicationLogin, AuditPolicy(.replication, "*replica")) == [])
        #expect(RecordedFacts().defects(RoleRules.replicationLogin) == [])
    }

    private let chained = RecordedFacts(
        roles: [RecordedFacts.login, RecordedFacts.group],
        memberships: [
            AuditFacts.Membership(ID.login, in: ID.group),
            AuditFacts.Membership(ID.group, in: ID.executeProgram),
        ])

    @Test func `a chain to a role for server programs is shown with its path`() throws {
        let defect = try #require(chained.outcome(RoleRules.powerByMembership).defects.first)
        #expect(defect.path == ["a_login", "a_group", "pg_execute_server_program"])
        #expect(defect.evidence.hasSuffix("a_login -> a_group -> pg_execute_server_program"))
        #expect(defect.remedies == [#"REVOKE "a_group" FROM "a_login""#])
        #expect(chained.outcome(RoleRules.powerByMembership).defects.count == 1)
        #expect(chained.defects(RoleRules.powerByMembership, AuditPolicy(.serverFiles, "a_login")) == [])
    }

    @Test func `the direct member of a role for server programs is one defect, of its own rule`() throws {
        let defect = try #require(chained.outcome(RoleRules.serverPrograms).defects.first)
        #expect(defect.object == .role("a_group"))
        #expect(defect.path == ["a_group", "pg_execute_server_program"])
        #expect(chained.defects(RoleRules.serverPrograms, AuditPolicy(.serverFiles, "a_group")) == [])
        let direct = RecordedFacts(
            roles: [RecordedFacts.login],
            memberships: [AuditFacts.Membership(ID.login, in: ID.executeProgram)])
        #expect(direct.defects(RoleRules.serverPrograms) == ["a_login"])
        #expect(direct.defects(RoleRules.powerByMembership) == [])
        #expect(RecordedFacts(roles: [RecordedFacts.login]).defects(RoleRules.serverPrograms) == [])
    }

    @Test func `a member of a superuser can become it, and what the superuser reaches says no more`() {
        let facts = RecordedFacts(
            roles: [RecordedFacts.login, RecordedFacts.superuser],
            memberships: [
                AuditFacts.Membership(ID.login, in: ID.superuser),
                AuditFacts.Membership(ID.superuser, in: ID.executeProgram),
            ])
        let defects = facts.outcome(RoleRules.powerByMembership).defects
        #expect(defects.map(\.path) == [["a_login", "a_super"]])
        #expect(facts.defects(RoleRules.powerByMembership, AuditPolicy(.superusers, "a_login")) == [])
    }

    @Test func `attributes are not inherited: without SET ROLE a superuser's member has no power`() {
        let facts = RecordedFacts(
            version: 160_002, roles: [RecordedFacts.login, RecordedFacts.superuser],
            memberships: [AuditFacts.Membership(ID.login, in: ID.superuser, inherits: true, canSet: false)])
        #expect(facts.defects(RoleRules.powerByMembership) == [])
    }

    @Test func `ADMIN OPTION is a way, since its holder can grant itself the rest`() {
        let facts = RecordedFacts(
            version: 160_002, roles: [RecordedFacts.login, RecordedFacts.superuser],
            memberships: [
                AuditFacts.Membership(
                    ID.login, in: ID.superuser, inherits: false, canSet: false, hasAdmin: true)
            ])
        #expect(facts.defects(RoleRules.powerByMembership) == ["a_login"])
    }

    @Test func `a cycle of memberships ends`() {
        let facts = RecordedFacts(
            roles: [RecordedFacts.login, RecordedFacts.group],
            memberships: [
                AuditFacts.Membership(ID.login, in: ID.group), AuditFacts.Membership(ID.group, in: ID.login),
            ])
        #expect(facts.defects(RoleRules.powerByMembership) == [])
    }

    @Test(arguments: [nil, ""] as [String?]) func `a role without a comment is a defect`(comment: String?) {
        var role = RecordedFacts.login
        role.comment = comment
        #expect(RecordedFacts(roles: [role]).defects(RoleRules.noContact) == ["a_login"])
    }

    @Test func `predefined roles need no contact`() {
        #expect(RecordedFacts(roles: [RecordedFacts.login]).defects(RoleRules.noContact) == [])
    }
}
