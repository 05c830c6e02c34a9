import SQLClient
import Testing

@Suite struct SQLStatementTests {
    @Test func `names are quoted, literals escaped, values bound and secrets masked`() {
        let statement: SQLStatement = """
            ALTER ROLE \(identifier: #"o"dd"#) PASSWORD \(secret: Secret("it's")) \
            CONNECTION LIMIT \(integer: 3) -- \(literal: #"a\b'c"#) \(value: .int(7))
            """
        #expect(
            statement.text(for: .postgreSQL)
                == #"ALTER ROLE "o""dd" PASSWORD 'it''s' CONNECTION LIMIT 3 -- E'a\\b''c' $1"#)
        #expect(
            statement.shown(for: .postgreSQL)
                == #"ALTER ROLE "o""dd" PASSWORD '********' CONNECTION LIMIT 3 -- E'a\\b''c' 7"#)
        #expect(statement.values == [.int(7)])
        #expect(statement.secrets == [Secret("it's")])
    }

    @Test(arguments: [
        (SQLDialect.postgreSQL, #""a"".b`]""#), (.mySQL, #"`a".b``]`"#), (.sqlServer, #"[a".b`]]]"#),
    ])
    func `each engine quotes its own closing mark`(dialect: SQLDialect, expected: String) {
        #expect(dialect.quoted(identifier: #"a".b`]"#) == expected)
    }

    @Test func `a combining mark after a quote does not hide the quote`() {
        #expect(SQLDialect.postgreSQL.quoted(identifier: "a\"\u{301}b") == "\"a\"\"\u{301}b\"")
        #expect(SQLDialect.postgreSQL.quoted(literal: "a'\u{301}b") == "'a''\u{301}b'")
        #expect(SQLDialect.postgreSQL.quoted(literal: "a\\\u{301}b") == "E'a\\\\\u{301}b'")
    }

    @Test func `qualified names are quoted level by level`() {
        let name = SQLIdentifier(schema: "a.b", "c")
        let statement: SQLStatement = "SELECT 1 FROM \(identifier: name)"
        #expect(statement.text(for: .postgreSQL) == #"SELECT 1 FROM "a.b"."c""#)
    }

    @Test func `parts are joined in order with their values`() {
        let parts: [SQLStatement] = ["a = \(value: .int(1))", "b = \(value: .text("x"))"]
        let statement: SQLStatement = "SELECT \(statement: parts.joined(separator: ", "))"
        #expect(statement.text(for: .postgreSQL) == "SELECT a = $1, b = $2")
        #expect(statement.shown(for: .postgreSQL) == "SELECT a = 1, b = 'x'")
    }

    @Test func `a secret never shows itself`() {
        let secret = Secret("hunter2")
        #expect("\(secret)" == "********")
        #expect(String(reflecting: secret) == "********")
        #expect(secret.reveal() == "hunter2")
    }
}
