import ModuleKit
import SQLClient
import Testing

@testable import PostgreSQLModules

@Suite struct PlaceholderTextTests {
    private func text(_ query: String, _ values: PlaceholderValues) throws -> String {
        try PlaceholderText.statement(query, values).text(for: .postgreSQL)
    }

    @Test func `values become literals of their type`() throws {
        let values: [JSONValue] = ["it's", 5, -5, true, .null, 1.5, ["a", 2, "c\"d"], [1, 2, 3]]
        #expect(
            try text("SELECT %s, %s, %s, %s, %s, %s, %s, %s, 5 %% 2", .positional(values))
                == #"SELECT 'it''s', 5,  -5, true, NULL,  1.5, E'{"a", 2, "c\\"d"}', '{1, 2, 3}', 5 % 2"#)
    }

    @Test func `named placeholders may repeat`() throws {
        #expect(
            try text("SELECT %(a)s, %(b)s, %(a)s", .named(["a": "x", "b": 2])) == "SELECT 'x', 2, 'x'")
    }

    @Test func `a query without arguments is taken as it is`() throws {
        #expect(try text("SELECT '100%' LIKE '%s'", .none) == "SELECT '100%' LIKE '%s'")
    }

    @Test(arguments: [
        ("SELECT %s", PlaceholderValues.positional([1, 2]), "only 1 placeholders for 2"),
        ("SELECT %s, %s", .positional([1]), "more placeholders than the 1"),
        ("SELECT %(a)s", .positional([1]), "mixes"), ("SELECT %s", .named(["a": 1]), "mixes"),
        ("SELECT %(a)s", .named(["b": 1]), "no value for the placeholder %(a)s"),
        ("SELECT 5 % 2", .positional([1]), "a percent sign"),
        ("SELECT %s", .positional([["a": 1]]), "dictionary"),
    ])
    func `arguments that do not fit are refused`(query: String, values: PlaceholderValues, reason: String) {
        do {
            _ = try PlaceholderText.statement(query, values)
            Issue.record("accepted")
        } catch {
            #expect("\(error)".contains(reason))
        }
    }

    @Test(arguments: [
        ("SELECT 3", false), ("SHOW", false), ("INSERT 0 0", false), ("INSERT 0 2", true),
        ("UPDATE 0", false),
        ("DELETE 1", true), ("MERGE 0", false), ("CREATE TABLE", true), ("SET", true), ("", false),
    ])
    func `command tags say what changed`(tag: String, changed: Bool) {
        #expect(CommandTag.saysChanged(tag) == changed)
    }

    @Test(arguments: [
        ("public", false), ("a'; DROP TABLE x", true), ("x UNION ALL SELECT 1", true), ("a\" --", true),
        ("-- '", false), ("a\nb", false), ("curious;\nSELECT", false),
    ])
    func `suspicious input is found by the known patterns`(text: String, isDangerous: Bool) {
        #expect(SuspiciousInput.isDangerous(text) == isDangerous)
    }
}
