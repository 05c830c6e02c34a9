import Testing

@testable import PostgreSQLModules

private typealias Grant = AuditFacts.Grant

private func grant(
    _ objectClass: Grant.ObjectClass, _ name: String, _ privilege: String, schema: String? = nil,
    id: Int64 = 2200, to grantee: Int64 = 0, isDefault: Bool = false
) -> Grant {
    Grant(
        objectClass: objectClass, objectID: id, schema: schema, name: name, column: nil, grantee: grantee,
        privilege: privilege, isDefault: isDefault)
}

let looseRoutine = AuditFacts.DefinerRoutine(
    id: 16406, schema: "app", name: "loose", arguments: "i integer, t text", isProcedure: false,
    isTrigger: false, owner: 10, settings: [])

@Suite struct AccessRulesTests {
    @Test func `CREATE for PUBLIC on schema public is a defect`() {
        let facts = RecordedFacts(grants: [
            grant(.schema, "public", "CREATE", schema: "public"),
            grant(.schema, "public", "USAGE", schema: "public"),
        ])
        #expect(facts.defects(AccessRules.createInPublic) == ["public"])
    }

    @Test func `USAGE for PUBLIC and CREATE for one role are none`() {
        let facts = RecordedFacts(grants: [
            grant(.schema, "public", "USAGE", schema: "public"),
            grant(.schema, "public", "CREATE", schema: "public", to: RecordedFacts.ID.login),
        ])
        #expect(facts.defects(AccessRules.createInPublic) == [])
    }

    @Test func `CONNECT for PUBLIC is a defect of each database, also by the built-in default`() throws {
        let facts = RecordedFacts(grants: [
            grant(.database, "mairie", "CONNECT", to: RecordedFacts.ID.login),
            grant(.database, "postgres", "CONNECT", isDefault: true),
            grant(.database, "postgres", "TEMPORARY", isDefault: true),
        ])
        let defects = facts.outcome(AccessRules.connect).defects
        #expect(defects.map(\.object.database) == ["postgres"])
        #expect(defects.first?.evidence.contains("built-in default") == true)
        #expect(defects.first?.remedies == [#"REVOKE CONNECT ON DATABASE "postgres" FROM PUBLIC"#])
    }

    @Test func `EXECUTE for PUBLIC on a SECURITY DEFINER function is a defect`() throws {
        var facts = RecordedFacts(
            routines: [looseRoutine],
            grants: [grant(.routine, "loose", "EXECUTE", schema: "app", id: 16406, isDefault: true)])
        let defect = try #require(facts.outcome(AccessRules.runAsOwner).defects.first)
        #expect(defect.object.name == "loose(i integer, t text)")
        #expect(defect.evidence.contains("PUBLIC has no USAGE on the schema"))
        #expect(
            defect.remedies == [#"REVOKE EXECUTE ON ROUTINE "app"."loose"(i integer, t text) FROM PUBLIC"#])
        facts.grants = [grant(.routine, "loose", "EXECUTE", schema: "app", id: 16406, to: 16392)]
        #expect(facts.defects(AccessRules.runAsOwner) == [])
    }
}
