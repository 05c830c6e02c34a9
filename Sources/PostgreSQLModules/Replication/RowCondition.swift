import ModuleKit
import SQLClient

/// Which rows of a table are published, as an SQL expression.
struct RowCondition: Equatable {
    /// As it was written, without `WHERE`.
    let text: String

    /// What the server's catalog holds.
    init(stored text: String) {
        self.text = text
    }

    /// What a task wrote, with or without `WHERE` and parentheses.
    ///
    /// - Returns: `nil` when nothing but blanks was written.
    /// - Throws: `ModuleFailure.impossible` for what can be no single expression.
    init?(written: String, of table: String) throws(ModuleFailure) {
        var text = written.withoutOuterSpaces
        if text.prefix(5).lowercased() == "where" { text = text.dropFirst(5).withoutOuterSpaces }
        guard !text.isEmpty else { return nil }
        guard Self.isOneExpression(text) else {
            throw .impossible(
                "the condition on \(table) is not one expression: \(text)",
                hint: "do its quotes and parentheses fit together?")
        }
        self.text = text
    }

    /// The condition as it stands in a statement: always in parentheses.
    var clause: SQLStatement {
        Self.isEnclosed(text) ? "\(userText: text)" : "(\(userText: text)\(statement: lineEnd))"
    }

    /// A comment at the end must not swallow the parenthesis.
    private var lineEnd: SQLStatement { text.containsScalars("--") ? "\n" : "" }

    /// Parentheses around the whole say nothing.
    private var bare: String {
        Self.isEnclosed(text) ? RowCondition(stored: Self.inner(text)).bare : text
    }

    /// The same text, but for parentheses around the whole.
    static func == (left: RowCondition, right: RowCondition) -> Bool { left.bare == right.bare }

    private static func inner(_ text: String) -> String {
        text.dropFirst().dropLast().withoutOuterSpaces
    }

    private static func isEnclosed(_ text: String) -> Bool {
        text.utf8.first == UInt8(ascii: "(") && depths(text)?.dropLast().allSatisfy { $0 > 0 } == true
            && text.utf8.last == UInt8(ascii: ")")
    }

    private static func isOneExpression(_ text: String) -> Bool {
        guard let depths = depths(text) else { return false }
        return depths.allSatisfy { $0 >= 0 } && depths.last == 0
    }

    /// How many parentheses are open behind each byte, texts and quoted names left out.
    ///
    /// - Returns: `nil` for a quote that never ends, and for a semicolon, which would begin another statement.
    private static func depths(_ text: String) -> [Int]? {
        var depths: [Int] = []
        var depth = 0
        var quote: UInt8?
        for byte in text.utf8 {
            if let open = quote {
                if byte == open { quote = nil }
            } else if byte == UInt8(ascii: "'") || byte == UInt8(ascii: "\"") {
                quote = byte
            } else if byte == UInt8(ascii: "(") {
                depth += 1
            } else if byte == UInt8(ascii: ")") {
                depth -= 1
            } else if byte == UInt8(ascii: ";") {
                return nil
            }
            depths.append(depth)
        }
        return quote == nil ? depths : nil
    }
}
