import Testing

@testable import PostgreSQLModules

@Suite struct PostgreSQLTokensTests {
    @Test(arguments: [
        ("Id, NAME", ["id", ",", "name"]), (#""a""b" x"#, [#"a"b"#, "x"]),
        ("'it''s' E'\\'x' $$a,b$$ $t$ $$ $t$", ["'it''s'", "E'\\'x'", "$$a,b$$", "$t$ $$ $t$"]),
        ("a /* b /* c */ */ -- d\n e", ["a", "e"]), ("1.5e3+.2", ["1.5e3", "+", ".2"]),
        ("çÀ a$1", ["çÀ", "a$1"]), ("'open", ["'open"]), (#""open"#, ["open"]), ("$1", ["$", "1"]), ("", []),
    ])
    func `a text is cut where the server cuts it`(text: String, tokens: [String]) {
        #expect(PostgreSQLTokens(text).tokens.map(\.text) == tokens)
    }

    @Test func `parts keep their text, and commas inside parentheses do not split`() {
        let parts = PostgreSQLTokens("f(a, b) , (c[1,2]) ,d DESC").split().map(\.text)
        #expect(parts == ["f(a, b)", "(c[1,2])", "d DESC"])
    }

    @Test func `parentheses that never close are not taken`() {
        var tokens = PostgreSQLTokens("(a, (b)")
        #expect(tokens.takeParentheses() == nil)
        #expect(tokens.tokens.count == 6)
    }
}
