/// The columns and the primary key that a task writes for a table.
struct PostgreSQLTableDefinition: Equatable {
    private(set) var columns: [PostgreSQLColumnDefinition] = []
    /// Columns of the primary key; empty when the task writes none.
    private(set) var primaryKey: [String] = []
    /// Items of which not even the name could be read.
    private(set) var unread: [String] = []

    /// Words that begin a constraint of the table.
    ///
    /// Source: PostgreSQL 17 manual, `CREATE TABLE`: all but EXCLUDE are reserved.
    private static let constraintWords: Set<String> = [
        "constraint", "check", "unique", "primary", "foreign", "like", "not",
    ]

    /// The definition of these items, which a comma inside parentheses may have torn apart.
    init(_ items: [String]) {
        guard !items.isEmpty else { return }
        for item in PostgreSQLTokens(items.joined(separator: ",")).split() where !item.isEmpty {
            if let key = Self.primaryKey(item) {
                primaryKey = key
            } else if Self.isConstraint(item) {
                continue
            } else if let column = PostgreSQLColumnDefinition(item) {
                columns.append(column)
                if column.isPrimaryKey { primaryKey = [column.name] }
            } else {
                unread.append(item.text)
            }
        }
    }

    private static func isConstraint(_ item: PostgreSQLTokens) -> Bool {
        guard let first = item.first, first.kind == .word else { return false }
        if first.text == "exclude" {
            return item.token(1)?.isSymbol("(") == true || item.token(1)?.isWord("using") == true
        }
        return constraintWords.contains(first.text)
    }

    private static func primaryKey(_ item: PostgreSQLTokens) -> [String]? {
        var rest = item
        if rest.take(words: "constraint") { _ = rest.takeName() }
        guard rest.take(words: "primary", "key") else { return nil }
        return rest.takeParentheses()?.split().compactMap { $0.first?.name }
    }
}
