import Testing

@testable import PostgreSQLModules

private typealias ID = RecordedFacts.ID

@Suite struct RoleGraphTests {
    private func graph(
        _ memberships: [AuditFacts.Membership], databaseOwner: Int64 = 10
    ) -> RoleGraph {
        RecordedFacts(
            databaseOwner: databaseOwner,
            roles: [RecordedFacts.login, RecordedFacts.group, RecordedFacts.owner, RecordedFacts.blind],
            memberships: memberships
        ).facts.graph
    }

    @Test func `privileges are inherited over several groups`() {
        let graph = graph([
            AuditFacts.Membership(ID.login, in: ID.group), AuditFacts.Membership(ID.group, in: ID.owner),
        ])
        #expect(graph.inherited(by: ID.login) == [ID.login, ID.group, ID.owner])
        #expect(graph.logins(inheriting: ID.owner) == [ID.login])
    }

    @Test func `a member that does not inherit can still become the group`() {
        let graph = graph([AuditFacts.Membership(ID.login, in: ID.group, inherits: false)])
        #expect(graph.inherited(by: ID.login) == [ID.login])
        #expect(graph.reach(from: ID.login).chain(becoming: ID.group) == [ID.login, ID.group])
    }

    @Test func `inherited privileges do not open SET ROLE of the next group`() {
        let graph = graph([
            AuditFacts.Membership(ID.login, in: ID.group, canSet: false),
            AuditFacts.Membership(ID.group, in: ID.owner, inherits: false),
        ])
        #expect(graph.reach(from: ID.login).chain(using: ID.owner) == nil)
    }

    @Test func `a membership without any option leads nowhere`() {
        let graph = graph([AuditFacts.Membership(ID.login, in: ID.group, inherits: false, canSet: false)])
        #expect(graph.reach(from: ID.login).chain(using: ID.group) == nil)
        #expect(graph.isMember(ID.login, of: ID.group))
    }

    @Test func `the owner of the database is a member of pg_database_owner`() {
        let graph = graph([], databaseOwner: ID.blind)
        #expect(graph.inherited(by: ID.blind).contains(ID.databaseOwner))
        #expect(!graph.inherited(by: ID.login).contains(ID.databaseOwner))
    }
}
