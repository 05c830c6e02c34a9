import ModuleKit
import SQLClient
import Testing

@testable import PostgreSQLModules

@Suite struct PostgreSQLObjectNameTests {
    @Test(arguments: [
        ("invoice", ["invoice"]), ("public.invoice", ["public", "invoice"]),
        (#""a.b".invoice"#, ["a.b", "invoice"]), (#"a."b.c""#, ["a", "b.c"]),
        (#""say ""hi""""#, [#"say "hi""#]), (".hidden", [".hidden"]), ("trailing.", ["trailing."]),
        (#"in"ner"#, [#"in"ner"#]), (#""never ends"#, [#""never ends"#]), ("çà.là", ["çà", "là"]),
        // A combining mark makes one character of a quote or a dot and itself.
        ("\"\u{301}a.b\".c", ["\u{301}a.b", "c"]), ("a.\u{301}b", ["a", "\u{301}b"]),
    ])
    func `levels are split at dots outside quotes`(text: String, levels: [String]) throws {
        #expect(try PostgreSQLObjectName.identifier(text, as: .table).parts == levels)
    }

    @Test(arguments: [
        ("", "Identifier name unspecified or unquoted trailing dot"),
        (#""a"b"#, "User escaped identifiers must escape extra quotes"),
        ("a.b.c.d", "PostgreSQL does not support table with more than 3 dots"),
    ])
    func `what is no name is refused`(text: String, message: String) {
        #expect(throws: ModuleFailure.self) {
            do throws(ModuleFailure) {
                _ = try PostgreSQLObjectName.identifier(text, as: .table)
            } catch {
                guard case .impossible(let told, _) = error else { throw error }
                #expect(told == message)
                throw error
            }
        }
    }
}
