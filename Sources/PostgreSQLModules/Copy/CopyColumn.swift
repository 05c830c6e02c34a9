import SQLClient

/// A column as a task writes it.
enum CopyColumn {
    /// What needs no quotes stands as it is written, so that capitals fold as in any statement; what has quotes keeps them;
    /// everything else is the name as it is stored. Blanks around it stay, since the statement is compared as text.
    static func statement(_ text: String, reserved: Set<String>) -> SQLStatement {
        let blanks = String(text.prefix { $0 == " " })
        let name = trimmed(text)
        if isPlain(name), !reserved.contains(name.lowercased()) { return "\(userText: blanks + name)" }
        return "\(userText: blanks)\(identifier: unquoted(name))"
    }

    /// The name in the catalog.
    static func stored(_ text: String) -> String {
        let name = trimmed(text)
        return isPlain(name) ? name.lowercased() : unquoted(name)
    }

    private static func trimmed(_ text: String) -> String {
        String(text.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }

    private static func isPlain(_ name: String) -> Bool {
        guard let first = name.first, first.isASCII, first.isLetter || first == "_" else { return false }
        return name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_" || $0 == "$") }
    }

    private static func unquoted(_ name: String) -> String {
        guard name.count > 1, name.hasPrefix("\""), name.hasSuffix("\"") else { return name }
        return String(name.dropFirst().dropLast()).replacing("\"\"", with: "\"")
    }
}
