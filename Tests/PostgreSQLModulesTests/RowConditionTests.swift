import ModuleKit
import Testing

@testable import PostgreSQLModules

@Suite struct RowConditionTests {
    private func clause(_ written: String) throws -> String? {
        try RowCondition(written: written, of: "t")?.clause.text(for: .postgreSQL)
    }

    @Test(arguments: [
        ("(id > 3)", "(id > 3)"), ("WHERE (\"id\" < 10)", "(\"id\" < 10)"), ("where id > 3", "(id > 3)"),
        ("(a) or (b)", "((a) or (b))"), ("n = ')' and (b)", "(n = ')' and (b))"),
        ("id > 3 -- new ones", "(id > 3 -- new ones\n)"), ("n = 'it''s;'", "(n = 'it''s;')"),
    ])
    func `a condition gets parentheses where it has none`(written: String, sql: String) throws {
        #expect(try clause(written) == sql)
    }

    @Test(arguments: ["", "  ", "WHERE "]) func `nothing is no condition`(written: String) throws {
        #expect(try clause(written) == nil)
    }

    @Test(arguments: ["id > 3); DROP TABLE t", "(id > 3", "id > 3) OR (true", "n = 'x", "a; b"])
    func `what is not one expression is refused`(written: String) {
        #expect(throws: ModuleFailure.self) { try clause(written) }
    }

    @Test func `parentheses around the whole say nothing`() throws {
        let stored = RowCondition(stored: "((a > 1) AND (b > 2))")
        #expect(try RowCondition(written: "(a > 1) AND (b > 2)", of: "t") == stored)
        #expect(try RowCondition(written: "(a > 1 AND b > 2)", of: "t") != stored)
    }

    @Test(arguments: [
        ("ARRAY[(id > 3), (id > 3)]", true), ("ARRAY[(id > 3), (id > 4)]", false),
        ("ARRAY[(n = 'a, a'::text), (n = 'a, a'::text)]", true), ("ARRAY[a, ab]", false), ("a", false),
        (#"ARRAY[(\"N\" = ']\"'), (\"N\" = ']\"')]"#, true),
    ])
    func `a plan shows whether both are written alike`(output: String, isAlike: Bool) {
        let plan = "[{\"Plan\": {\"Node Type\": \"Seq Scan\", \"Output\": [\"\(output)\"]}}]"
        #expect(PlannedPair(plan: plan).isAlike == isAlike)
    }
}
