import Testing

@testable import PostgreSQLModules

private typealias ID = RecordedFacts.ID

@Suite struct RowSecurityRulesTests {
    private func table(
        _ name: String = "shared", owner: Int64 = ID.owner, isForced: Bool = true, isPartition: Bool = false,
        policies: [AuditFacts.Policy] = []
    ) -> AuditFacts.ProtectedTable {
        AuditFacts.ProtectedTable(
            id: 16402, schema: "app", name: name, owner: owner, isForced: isForced,
            isPartition: isPartition, policies: policies)
    }

    private func policy(
        _ roles: [Int64], _ command: AuditFacts.RowCommand? = nil, isPermissive: Bool = true
    ) -> AuditFacts.Policy {
        AuditFacts.Policy(name: "p", command: command, isPermissive: isPermissive, roles: roles)
    }

    private func grant(_ grantee: Int64, _ privilege: String = "SELECT", column: String? = nil)
        -> AuditFacts.Grant
    {
        AuditFacts.Grant(
            objectClass: column == nil ? .table : .column, objectID: 16402, schema: "app", name: "shared",
            column: column, grantee: grantee, privilege: privilege, isDefault: false)
    }

    private let roles = [
        RecordedFacts.login, RecordedFacts.group, RecordedFacts.owner, RecordedFacts.blind,
        RecordedFacts.seen, RecordedFacts.superuser,
    ]

    // MARK: PG-RLS-02

    @Test func `an owner that can log in passes policies that are not forced`() throws {
        let facts = RecordedFacts(roles: roles, tables: [table(owner: ID.login, isForced: false)])
        let defect = try #require(facts.outcome(RowSecurityRules.ownerPasses).defects.first)
        #expect(defect.path == ["a_login"])
        #expect(defect.remedies == [#"ALTER TABLE "app"."shared" FORCE ROW LEVEL SECURITY"#])
    }

    @Test func `so does a login that is a member of the owner`() throws {
        let facts = RecordedFacts(
            roles: roles, memberships: [AuditFacts.Membership(ID.login, in: ID.owner, inherits: false)],
            tables: [table(isForced: false)])
        let defect = try #require(facts.outcome(RowSecurityRules.ownerPasses).defects.first)
        #expect(defect.path == ["a_login", "a_owner"])
    }

    @Test func `forced policies, an owner nobody can be, and a superuser are no defect`() {
        for table in [
            table(owner: ID.login), table(isForced: false), table(owner: ID.superuser, isForced: false),
        ] {
            #expect(RecordedFacts(roles: roles, tables: [table]).defects(RowSecurityRules.ownerPasses) == [])
        }
    }

    // MARK: PG-RLS-03

    @Test func `a table without any policy is a defect, one with a policy is not`() {
        let bare = RecordedFacts(roles: roles, tables: [table("closed")])
        #expect(bare.defects(RowSecurityRules.noPolicy) == ["closed"])
        let ruled = RecordedFacts(roles: roles, tables: [table(policies: [policy([ID.seen])])])
        #expect(ruled.defects(RowSecurityRules.noPolicy) == [])
    }

    @Test func `a partition that nobody was granted is closed on purpose`() {
        var facts = RecordedFacts(roles: roles, tables: [table("shared_2026", isPartition: true)])
        #expect(facts.defects(RowSecurityRules.noPolicy) == [])
        facts.grants = [grant(ID.seen)]
        #expect(facts.defects(RowSecurityRules.noPolicy) == ["shared_2026"])
    }

    // MARK: PG-RLS-04

    private func blind(
        _ grants: [AuditFacts.Grant], _ policies: [AuditFacts.Policy],
        _ memberships: [AuditFacts.Membership] = [], isForced: Bool = true
    ) -> [AuditDefect] {
        RecordedFacts(
            roles: roles, memberships: memberships, tables: [table(isForced: isForced, policies: policies)],
            grants: grants
        ).outcome(RowSecurityRules.grantedButBlind).defects
    }

    @Test func `a grant without a policy for the role is blind, with the commands that are`() throws {
        let grants = [
            grant(ID.blind), grant(ID.blind, "INSERT"), grant(ID.seen), grant(ID.blind, "TRUNCATE"),
        ]
        let defects = blind(grants, [policy([ID.seen])])
        let defect = try #require(defects.first)
        #expect(defects.count == 1)
        #expect(defect.evidence == "a_blind holds SELECT, INSERT; no permissive policy applies to a_blind")
        #expect(defect.discriminator == ["a_blind", "SELECT", "INSERT"])
        #expect(defect.remedies.last == #"REVOKE SELECT, INSERT ON "app"."shared" FROM "a_blind""#)
        #expect(defect.remedies[1].contains(#"FOR INSERT TO "a_blind" WITH CHECK ("#))
    }

    @Test func `a policy for another command or a restrictive one gives no rows`() {
        let policies = [policy([ID.blind], .update), policy([0], isPermissive: false)]
        #expect(blind([grant(ID.blind)], policies).count == 1)
        #expect(blind([grant(ID.blind, "UPDATE")], policies) == [])
    }

    @Test func `a policy for PUBLIC or for a role that is inherited gives rows`() {
        #expect(blind([grant(ID.blind)], [policy([0], .select)]) == [])
        let member = [AuditFacts.Membership(ID.blind, in: ID.group)]
        #expect(blind([grant(ID.blind)], [policy([ID.group])], member) == [])
        let sleeping = [AuditFacts.Membership(ID.blind, in: ID.group, inherits: false)]
        #expect(blind([grant(ID.blind)], [policy([ID.group])], sleeping).count == 1)
    }

    @Test func `of a granted group the members count`() throws {
        let members = [
            AuditFacts.Membership(ID.blind, in: ID.group), AuditFacts.Membership(ID.seen, in: ID.group),
        ]
        let defect = try #require(blind([grant(ID.group)], [policy([ID.seen])], members).first)
        #expect(defect.evidence == "a_group holds SELECT; no permissive policy applies to a_blind")
        #expect(defect.path == ["a_blind", "a_group"])
        #expect(blind([grant(ID.group)], [policy([ID.seen])], [members[1]]) == [])
        #expect(blind([grant(ID.group)], [policy([ID.seen])]).count == 1)
    }

    @Test func `a grant on a column counts, a grant to a superuser does not`() {
        #expect(blind([grant(ID.blind, column: "id")], [policy([ID.seen])]).count == 1)
        #expect(blind([grant(ID.superuser)], [policy([ID.seen])]) == [])
    }

    @Test func `who inherits from the owner sees all rows unless policies are forced`() {
        let member = [AuditFacts.Membership(ID.blind, in: ID.owner)]
        #expect(blind([grant(ID.blind)], [policy([ID.seen])], member, isForced: false) == [])
        #expect(blind([grant(ID.blind)], [policy([ID.seen])], member).count == 1)
    }

    @Test func `a grant to PUBLIC leaves every login blind that has no policy`() throws {
        let defect = try #require(blind([grant(0)], [policy([ID.seen])]).first)
        #expect(defect.evidence == "PUBLIC holds SELECT; no permissive policy applies to a_blind, a_login")
        #expect(defect.path == [])
        #expect(defect.remedies.last == #"REVOKE SELECT ON "app"."shared" FROM PUBLIC"#)
    }

    @Test func `a member of pg_read_all_data is granted every table, and may be blind`() throws {
        let member = [AuditFacts.Membership(ID.blind, in: ID.readAllData)]
        let defect = try #require(blind([], [policy([ID.seen])], member).first)
        #expect(defect.evidence.hasPrefix("pg_read_all_data holds SELECT"))
        #expect(defect.remedies.last == #"REVOKE "pg_read_all_data" FROM <member>"#)
        #expect(blind([], [policy([ID.seen])]) == [])
    }
}
