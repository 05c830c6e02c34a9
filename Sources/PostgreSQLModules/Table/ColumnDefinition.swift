import ModuleKit
import SQLClient

/// What a task says of a column, as far as it can be compared with the catalogs.
struct ColumnDefinition: Equatable {
    let name: String
    /// Without what stands in parentheses, for the server to read.
    let baseType: String
    /// What stands in parentheses behind the type, without spaces; empty for none.
    let modifier: String
    /// As the task has it.
    let text: String

    /// Words that begin a constraint of the table instead of a column.
    ///
    /// Source: PostgreSQL 17 manual, CREATE TABLE.
    private static let tableConstraints: Set<String> = [
        "CONSTRAINT", "CHECK", "UNIQUE", "PRIMARY", "EXCLUDE", "FOREIGN", "LIKE",
    ]

    /// Words that end the type of a column.
    private static let columnConstraints: Set<String> = [
        "CONSTRAINT", "NOT", "NULL", "CHECK", "DEFAULT", "GENERATED", "UNIQUE", "PRIMARY", "REFERENCES",
        "COLLATE", "STORAGE", "COMPRESSION", "DEFERRABLE", "INITIALLY", "OPTIONS",
    ]

    /// Types that stand for another type and a default.
    private static let serials = [
        "smallserial": "smallint", "serial2": "smallint", "serial": "integer", "serial4": "integer",
        "bigserial": "bigint", "serial8": "bigint",
    ]

    /// Nothing for a constraint of the table, or a text that is no column.
    init?(_ text: String) {
        let words = Self.words(text)
        guard let first = words.first, words.count > 1, !Self.tableConstraints.contains(first.uppercased())
        else { return nil }
        let type = words.dropFirst().prefix { !Self.columnConstraints.contains($0.uppercased()) }
        guard !type.isEmpty else { return nil }
        let whole = type.joined(separator: " ")
        name = Self.name(first)
        self.text = text
        modifier = Self.modifier(of: whole)
        let base = Self.withoutParentheses(whole)
        baseType = Self.serials[base.lowercased()] ?? base
    }

    /// What stands in the first parentheses of a type's name, without spaces.
    static func modifier(of type: String) -> String {
        guard let open = type.firstIndex(of: "("), let close = type[open...].firstIndex(of: ")") else {
            return ""
        }
        return type[open...close].filter { !$0.isWhitespace }
    }

    private static func withoutParentheses(_ type: String) -> String {
        guard let open = type.firstIndex(of: "("), let close = type[open...].firstIndex(of: ")") else {
            return type
        }
        let parts = [type[..<open], type[type.index(after: close)...]].map { $0.filter { _ in true } }
        return words(parts.joined(separator: " ")).joined(separator: " ")
    }

    /// Words, where quotes and parentheses hold together.
    private static func words(_ text: String) -> [String] {
        var words: [String] = []
        var word = ""
        var depth = 0
        var isQuoted = false
        for scalar in text.unicodeScalars {
            if scalar == "\"" { isQuoted.toggle() }
            if scalar == "(", !isQuoted { depth += 1 }
            if scalar == ")", !isQuoted { depth -= 1 }
            if scalar.properties.isWhitespace, depth == 0, !isQuoted {
                if !word.isEmpty { words.append(word) }
                word = ""
            } else {
                word.unicodeScalars.append(scalar)
            }
        }
        return word.isEmpty ? words : words + [word]
    }

    /// As the catalogs have it: folded to lower case unless it is in quotes.
    private static func name(_ word: String) -> String {
        guard word.count > 2, PostgreSQLObjectName.isQuoted(word) else { return word.lowercased() }
        return String(word.unicodeScalars.dropFirst().dropLast()).replacingScalars("\"\"", with: "\"")
    }
}
