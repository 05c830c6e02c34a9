import ModuleKit
import SQLClient

/// A name as a task writes it: levels separated by dots, each as it is stored or in double quotes.
///
/// `public.invoice` has two levels, `"a.b".invoice` too; a dot at either end belongs to the name. The same reading as
/// `pg_quote_identifier` of community.postgresql 4.2, whose playbooks rely on it.
enum PostgreSQLObjectName {
    /// What a name stands for, with the most levels that it may have.
    enum Kind: String {
        case database, role, tablespace, publication, schema, table, sequence, column

        var levelsMax: Int {
            switch self {
            case .database, .role, .tablespace, .publication: 1
            case .schema: 2
            case .table, .sequence: 3
            case .column: 4
            }
        }
    }

    /// The levels of a name, unquoted.
    ///
    /// - Throws: `ModuleFailure.impossible` for an empty level, a stray quote, or too many levels.
    static func identifier(_ text: String, as kind: Kind) throws(ModuleFailure) -> SQLIdentifier {
        let levels = try levels(of: text)
        guard levels.count <= kind.levelsMax else {
            throw .impossible(
                "PostgreSQL does not support \(kind.rawValue) with more than \(kind.levelsMax) dots",
                hint: "is the dot in \(text) part of the name? then put the name in double quotes")
        }
        return SQLIdentifier(parts: levels)
    }

    /// A name of one level, in which dots are part of it: as it is stored, or in double quotes with inner ones doubled.
    ///
    /// - Throws: `ModuleFailure.impossible` for a quoted name with a stray quote in it.
    static func unquoted(_ name: String) throws(ModuleFailure) -> String {
        let isQuoted = isQuoted(name)
        let inner = isQuoted ? String(name.unicodeScalars.dropFirst().dropLast()) : name
        guard !inner.replacingScalars("\"\"", with: "").containsScalars("\"") else { throw strayQuote(name) }
        return isQuoted ? inner.replacingScalars("\"\"", with: "\"") : inner
    }

    /// Whether a name begins and ends with a double quote.
    static func isQuoted(_ name: String) -> Bool {
        let scalars = name.unicodeScalars
        return scalars.count >= 2 && scalars.first == "\"" && scalars.last == "\""
    }

    private static func strayQuote(_ text: String) -> ModuleFailure {
        .impossible("User escaped identifiers must escape extra quotes", hint: "what is \(text)?")
    }

    private static func levels(of text: String) throws(ModuleFailure) -> [String] {
        guard !text.isEmpty else {
            throw .impossible("Identifier name unspecified or unquoted trailing dot", hint: nil)
        }
        let scalars = text.unicodeScalars
        if let level = quotedLevel(scalars) {
            guard let rest = level.rest else { return [level.name] }
            guard rest.first == "." else {
                throw strayQuote(text)
            }
            return [level.name] + (try levels(of: String(rest.dropFirst())))
        }
        guard let dot = scalars.firstIndex(of: "."), dot != scalars.startIndex,
            scalars.index(after: dot) != scalars.endIndex
        else { return [text] }
        return [String(scalars[..<dot])] + (try levels(of: String(scalars[scalars.index(after: dot)...])))
    }

    /// The first level of a text that begins with a quote, and what follows it; `nil` when no quote begins it or the
    /// quote never ends.
    private static func quotedLevel(
        _ text: String.UnicodeScalarView
    ) -> (name: String, rest: Substring.UnicodeScalarView?)? {
        guard text.first == "\"" else { return nil }
        var name = ""
        var rest = text.dropFirst()
        while let scalar = rest.popFirst() {
            guard scalar == "\"" else {
                name.unicodeScalars.append(scalar)
                continue
            }
            guard rest.first == "\"" else { return (name, rest.isEmpty ? nil : rest) }
            rest.removeFirst()
            name.append("\"")
        }
        return nil
    }
}
