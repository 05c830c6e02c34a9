import ModuleKit
import SQLClient
import Testing

@testable import PostgreSQLModules

private let order = ["SELECT", "INSERT", "UPDATE"]
private let ann = Grantee(name: "ann", word: nil)
private let bob = Grantee(name: "bob", word: nil)

private func table(_ name: String) -> AccessItem { .object(schema: "s", name: name, signature: nil) }

private func held(
    _ grantee: Grantee, _ privileges: String..., grantor: String? = nil, grantable: Bool = false,
    onColumns: Bool = false
) -> Set<HeldPrivilege> {
    Set(
        privileges.map {
            HeldPrivilege(
                grantee: grantee.name, privilege: $0, grantor: grantor, isGrantable: grantable,
                isOnColumns: onColumns)
        })
}

private func steps(
    _ items: [AccessItem], from: [AccessItem: Set<HeldPrivilege>], to: [AccessItem: Set<HeldPrivilege>]
) -> [AccessPlan.Step] {
    AccessPlan.steps(
        items: items, grantees: [ann, bob], from: { from[$0] ?? [] }, to: { to[$0] ?? [] },
        order: { _ in order })
}

@Suite struct AccessPlanTests {
    @Test func `objects and roles that lack the same share a statement`() {
        let both = held(ann, "SELECT", "INSERT").union(held(bob, "SELECT", "INSERT"))
        let plan = steps([table("a"), table("b")], from: [:], to: [table("a"): both, table("b"): both])
        #expect(
            plan == [
                AccessPlan.Step(
                    action: .init(verb: .grant), privileges: ["SELECT", "INSERT"], grantees: [ann, bob],
                    items: [table("a"), table("b")])
            ])
    }

    @Test func `only what is missing is granted`() {
        let wanted = held(ann, "SELECT", "INSERT")
        let plan = steps(
            [table("a"), table("b"), table("c")],
            from: [table("a"): held(ann, "SELECT"), table("c"): wanted],
            to: [table("a"): wanted, table("b"): wanted, table("c"): wanted])
        #expect(plan.map(\.privileges) == [["INSERT"], ["SELECT", "INSERT"]])
        #expect(plan.map(\.items) == [[table("a")], [table("b")]])
    }

    @Test func `what goes goes first, and grant options by themselves`() {
        let plan = steps(
            [table("a")], from: [table("a"): held(ann, "SELECT").union(held(bob, "UPDATE", grantable: true))],
            to: [table("a"): held(ann, "INSERT", grantable: true).union(held(bob, "UPDATE"))])
        #expect(plan.map(\.action.verb) == [.revoke, .revokeOption, .grantWithOption])
    }

    @Test func `a privilege on the table and on its columns is revoked once`() {
        let plan = steps(
            [table("a")],
            from: [table("a"): held(ann, "SELECT").union(held(ann, "SELECT", "UPDATE", onColumns: true))],
            to: [:])
        #expect(plan.map(\.privileges) == [["SELECT", "UPDATE"]])
    }

    @Test func `each grantor is a statement of its own`() {
        let plan = steps(
            [table("a")],
            from: [table("a"): held(ann, "SELECT").union(held(ann, "SELECT", grantor: "carl"))], to: [:])
        #expect(plan.map(\.action.grantor) == [nil, "carl"])
    }
}

@Suite struct ItemAccessTests {
    private static func entry(
        _ grantee: String, _ privilege: String, by grantor: String, grantable: Bool = false,
        passable: Bool = false
    ) -> AccessEntry {
        AccessEntry(
            grantee: grantee, grantor: grantor, privilege: privilege, isGrantable: grantable,
            isOnColumns: false,
            isPassable: passable)
    }

    private static func access(_ entries: [AccessEntry], isOwner: Bool) -> ItemAccess {
        ItemAccess(
            entries: entries, grantees: ["ann"], owner: "own", isOwner: isOwner, sessionRole: "me",
            needed: ["SELECT", "UPDATE"])
    }

    @Test func `the owner acts in its own name, and sees other grantors as others`() {
        let access = Self.access(
            [Self.entry("ann", "SELECT", by: "own"), Self.entry("ann", "UPDATE", by: "carl")], isOwner: true)
        #expect(access.authority == GrantAuthority(grantor: "own", privileges: nil))
        #expect(access.held == held(ann, "SELECT").union(held(ann, "UPDATE", grantor: "carl")))
    }

    @Test func `without the owner's rights the role that can pass on most is the grantor`() {
        let access = Self.access(
            [
                Self.entry("me", "SELECT", by: "own", grantable: true, passable: true),
                Self.entry("club", "SELECT", by: "own", grantable: true, passable: true),
                Self.entry("club", "UPDATE", by: "own", grantable: true, passable: true),
            ], isOwner: false)
        #expect(access.authority == GrantAuthority(grantor: "club", privileges: ["SELECT", "UPDATE"]))
    }

    @Test func `without any grant option nothing can be done`() {
        let access = Self.access([Self.entry("ann", "SELECT", by: "own")], isOwner: false)
        #expect(!access.authority.covers("SELECT"))
        #expect(access.held == held(ann, "SELECT", grantor: "own"))
    }
}
