import ModuleKit
import SQLClient

/// The options of COPY, as the statement has them: `(format csv, null 'N')`.
enum CopyOptions {
    /// Options whose value is a text to the server, whatever it looks like.
    ///
    /// Source: PostgreSQL 18 manual, COPY.
    private static let texts: Set<String> = ["DELIMITER", "NULL", "QUOTE", "ESCAPE", "ENCODING", "DEFAULT"]

    /// The options in parentheses; `nil` when there are none.
    static func clause(_ options: ArgumentDictionary) throws(ModuleFailure) -> SQLStatement? {
        guard !options.members.isEmpty else { return nil }
        var parts: [SQLStatement] = []
        for (name, value) in options.members.sorted(by: { $0.key < $1.key }) {
            guard isWord(name), name.first?.isLetter == true else {
                throw .impossible("\(name) is not the name of an option of COPY", hint: nil)
            }
            parts.append("\(userText: name) \(statement: try self.value(value, of: name))")
        }
        return "(\(statement: parts.joined(separator: ", ")))"
    }

    private static func value(_ value: JSONValue, of name: String) throws(ModuleFailure) -> SQLStatement {
        switch value {
        case .array(let elements):
            return list(elements.map(\.asParameterText))
        case .bool(let truth):
            return truth ? "true" : "false"
        case .object, .null:
            throw .impossible("option \(name) of COPY is neither a text, a number nor a list", hint: nil)
        case .int, .double, .string:
            break
        }
        let text = value.asParameterText
        if texts.contains(name.uppercased()) { return "\(literal: quoteless(text, name))" }
        if isWord(text) || text == "*" { return "\(userText: text)" }
        if text.hasPrefix("("), text.hasSuffix(")") {
            return list(text.dropFirst().dropLast().split(separator: ",").map(String.init))
        }
        return "\(literal: text)"
    }

    /// `default` came after the others: community.postgresql does not quote it, so that tasks do.
    private static func quoteless(_ text: String, _ name: String) -> String {
        guard name.uppercased() == "DEFAULT", text.count > 1, text.hasPrefix("'"), text.hasSuffix("'") else {
            return text
        }
        return String(text.dropFirst().dropLast()).replacing("''", with: "'")
    }

    private static func list(_ columns: [String]) -> SQLStatement {
        let columns = columns.map { CopyColumn.statement($0, reserved: []) }
        return "(\(statement: columns.joined(separator: ",")))"
    }

    private static func isWord(_ text: String) -> Bool {
        !text.isEmpty && text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
    }
}
