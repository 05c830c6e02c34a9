import ModuleKit
import SQLClient

/// A table of a publication: which columns of it, and which rows.
struct PublishedTable: Equatable {
    var schema: String
    var name: String
    /// Columns in the order of the statement; `nil` publishes all, also those to come.
    var columns: [String]?
    /// Condition on rows without `WHERE`; `nil` publishes all.
    var filter: String?

    /// The table as a reply names it.
    var quotedName: String { identifier.quoted(for: .postgreSQL) }

    /// The name for statements.
    var identifier: SQLIdentifier { SQLIdentifier(schema: schema, name) }

    /// The table as it stands behind `FOR TABLE`, `ADD TABLE` and `SET TABLE`.
    var clause: SQLStatement {
        var clause: SQLStatement = "\(identifier: identifier)"
        if let columns {
            let names = columns.map { "\(identifier: $0)" as SQLStatement }.joined(separator: ", ")
            clause = clause + " (\(statement: names))"
        }
        guard let filter else { return clause }
        let isEnclosed = Self.withoutOuterParentheses(filter) != filter
        return clause + (isEnclosed ? " WHERE \(userText: filter)" : " WHERE (\(userText: filter))")
    }

    /// The table of a task's text: without a schema it is in `public`, as for the module this one is compatible with.
    init(named text: String, columns: [String]?, filter: String?) throws(ModuleFailure) {
        let parts = try PostgreSQLObjectName.identifier(Self.trimmed(text), as: .table).parts
        guard parts.count <= 2, let name = parts.last else {
            throw .impossible("\(text) is not a table of this database", hint: "is it written schema.table?")
        }
        self.init(
            schema: parts.count == 2 ? parts[0] : "public", name: name, columns: columns,
            filter: filter.flatMap(Self.condition))
    }

    /// A table of the catalogs.
    init(schema: String, name: String, columns: [String]?, filter: String?) {
        self.schema = schema
        self.name = name
        self.columns = columns
        self.filter = filter
    }

    /// Whether the columns are the same, whatever their order.
    func hasColumns(of other: PublishedTable) -> Bool {
        columns.map(Set.init) == other.columns.map(Set.init)
    }

    /// Whether the conditions mean the same, as far as their texts show it.
    ///
    /// The server writes a condition anew: in parentheses, with casts, without needless quotes.
    func hasFilter(of other: PublishedTable) -> Bool {
        guard let mine = filter, let others = other.filter else { return filter == other.filter }
        if Self.normalized(mine) == Self.normalized(others) { return true }
        // Without a mixture of AND and OR, parentheses inside a condition say nothing.
        let isPlain = [mine, others].allSatisfy { text in
            let words = Set(text.lowercased().split { !$0.isLetter }.map(String.init))
            return !(words.contains("and") && words.contains("or")) && !words.contains("not")
        }
        func flat(_ text: String) -> String {
            Self.normalized(text).filter { $0 != "(" && $0 != ")" }
        }
        return isPlain && flat(mine) == flat(others)
    }

    /// The condition without the word that introduces it; `nil` when nothing is left.
    private static func condition(_ text: String) -> String? {
        var condition = trimmed(text)
        if condition.prefix(5).lowercased() == "where" { condition = trimmed(String(condition.dropFirst(5))) }
        return condition.isEmpty ? nil : condition
    }

    private static func trimmed(_ text: String) -> String {
        String(text.drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed())
    }

    /// Without blanks and quotes of names, in lower case, outside of literals; casts of literals are dropped.
    private static func normalized(_ text: String) -> String {
        var out = ""
        var rest = Substring(text)
        while let character = rest.popFirst() {
            if character == "'" {
                let literal = rest.prefix { $0 != "'" }
                out += "'\(literal)'"
                rest = rest.dropFirst(literal.count + 1)
                if rest.hasPrefix("::") {
                    rest = rest.dropFirst(2).drop { $0.isLetter || $0.isNumber || $0 == "_" || $0 == " " }
                }
            } else if !character.isWhitespace, character != "\"" {
                out += character.lowercased()
            }
        }
        return withoutOuterParentheses(out)
    }

    private static func withoutOuterParentheses(_ text: String) -> String {
        guard text.hasPrefix("("), text.hasSuffix(")") else { return text }
        var depth = 0
        for (index, character) in text.enumerated() {
            if character == "(" { depth += 1 }
            if character == ")" { depth -= 1 }
            if depth == 0, index < text.count - 1 { return text }
        }
        return withoutOuterParentheses(String(text.dropFirst().dropLast()))
    }
}
