import Testing

@testable import PostgreSQLModules

private typealias ID = RecordedFacts.ID

@Suite struct ObjectRulesTests {
    private func ownership(_ owner: Int64, _ schema: String?, _ kind: String, _ count: Int64 = 1)
        -> AuditFacts.Ownership
    {
        AuditFacts.Ownership(
            owner: owner, database: "audit_probe", schema: schema, kind: kind, count: count,
            examples: ["mine"])
    }

    @Test func `what a login role owns is one finding per schema`() throws {
        let facts = RecordedFacts(
            roles: [RecordedFacts.login, RecordedFacts.owner],
            ownerships: [
                ownership(ID.login, nil, "databases"), ownership(ID.login, "app", "tables", 7),
                ownership(ID.login, "app", "functions"), ownership(ID.owner, "app", "schemas"),
                ownership(10, "public", "tables"),
            ])
        let defects = facts.outcome(ObjectRules.loginOwner).defects
        #expect(defects.map(\.object.schema) == [nil, "app"])
        #expect(
            defects.last?.evidence
                == "a_login can log in and owns tables: 7 (mine, ...), functions: 1 (mine)")
        #expect(
            defects.first?.remedies == [#"ALTER DATABASE "audit_probe" OWNER TO <role without LOGIN>"#])
        #expect(facts.defects(ObjectRules.loginOwner, AuditPolicy(.owners, "a_*")) == [])
    }

    @Test func `a group and the bootstrap role may own`() {
        let facts = RecordedFacts(
            roles: [RecordedFacts.owner],
            ownerships: [ownership(ID.owner, "app", "tables"), ownership(10, "public", "tables")])
        #expect(facts.defects(ObjectRules.loginOwner) == [])
    }

    @Test func `a SECURITY DEFINER function without search_path is a defect`() throws {
        let facts = RecordedFacts(routines: [looseRoutine])
        let defect = try #require(facts.outcome(ObjectRules.looseSearchPath).defects.first)
        #expect(
            defect.remedies == [
                #"ALTER ROUTINE "app"."loose"(i integer, t text) SET search_path = pg_catalog, "app", pg_temp"#
            ])
    }

    @Test func `a search_path among other settings is enough, any other setting is not`() {
        func routine(_ settings: [String]) -> AuditFacts.DefinerRoutine {
            AuditFacts.DefinerRoutine(
                id: 16406, schema: "app", name: "f", arguments: "", isProcedure: true, isTrigger: false,
                owner: 10, settings: settings)
        }
        let pinned = RecordedFacts(routines: [routine(["work_mem=8MB", "search_path=pg_catalog, app"])])
        #expect(pinned.defects(ObjectRules.looseSearchPath) == [])
        let loose = RecordedFacts(routines: [routine(["work_mem=8MB"])])
        #expect(loose.defects(ObjectRules.looseSearchPath) == ["f()"])
        #expect(loose.outcome(ObjectRules.looseSearchPath).defects.first?.object.kind == .procedure)
    }
}
