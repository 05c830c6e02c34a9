import Testing

@testable import PostgreSQLModules

@Suite struct CopyColumnTests {
    @Test(arguments: [
        ("id", "id", "id"), (" name", " name", "name"), ("Name", "Name", "name"),
        ("\"Name\"", "\"Name\"", "Name"),
        ("B c", "\"B c\"", "B c"), ("é", "\"é\"", "é"), ("order", "\"order\"", "order"),
        ("\"a\"\"b\"", "\"a\"\"b\"", "a\"b"), ("a); DROP", "\"a); DROP\"", "a); DROP"),
        ("a.b", "\"a.b\"", "a.b"),
    ])
    func `a column is quoted where it must be`(text: String, statement: String, stored: String) {
        #expect(CopyColumn.statement(text, reserved: ["order"]).text(for: .postgreSQL) == statement)
        #expect(CopyColumn.stored(text) == stored)
    }
}
