/// The parts of an index definition, as a task or the server wrote them.
struct PostgreSQLIndexDefinition: Equatable {
    /// One key of the index.
    struct Key: Equatable {
        /// A column's name, or `nil` for an expression.
        let column: String?
        /// The column or expression as it was written.
        let text: String
        /// Levels of the collation's name, where one is written.
        let collation: [String]?
        /// Levels of the operator class's name, where one is written.
        let operatorClass: [String]?
        /// Parameters of the operator class, as they were written.
        let operatorClassParameters: String?
        let isDescending: Bool
        let isNullsFirst: Bool
    }

    /// In lower case.
    let method: String
    let keys: [Key]
    let included: [String]
    let isNullsNotDistinct: Bool
    /// The condition as it was written.
    let condition: String?

    /// A definition as a task writes it; `nil` when its parts cannot be told apart.
    ///
    /// The list of columns may close its own parenthesis and add `INCLUDE (…`, as playbooks for
    /// community.postgresql do that has no option for it.
    init?(method: String, columns: String, condition: String?) {
        self.init(method: method, rest: PostgreSQLTokens("(\(columns))"), condition: condition)
    }

    /// A definition as the server writes it (`pg_get_indexdef`).
    init?(server definition: String) {
        var rest = PostgreSQLTokens(definition)
        _ = rest.take { $0.isWord("using") }
        rest.take()
        guard let method = rest.takeName()?.first else { return nil }
        self.init(method: method, rest: rest, condition: nil)
    }

    private init?(method: String, rest: PostgreSQLTokens, condition: String?) {
        var rest = rest
        guard let list = rest.takeParentheses() else { return nil }
        var keys: [Key] = []
        for part in list.split() {
            guard let key = Self.key(part) else { return nil }
            keys.append(key)
        }
        var included: [String] = []
        if rest.take(words: "include") {
            guard let names = rest.takeParentheses()?.split() else { return nil }
            included = names.compactMap { $0.first?.name }
        }
        isNullsNotDistinct = rest.take(words: "nulls", "not", "distinct")
        _ = rest.take(words: "nulls", "distinct")
        if rest.take(words: "with") {
            guard rest.takeParentheses() != nil else { return nil }
        }
        if rest.take(words: "where") {
            self.condition = rest.text
        } else {
            guard rest.isEmpty else { return nil }
            self.condition = condition
        }
        self.method = method.lowercased()
        self.keys = keys
        self.included = included
    }

    private static func key(_ tokens: PostgreSQLTokens) -> Key? {
        var rest = tokens
        guard let (column, text) = takeExpression(&rest) else { return nil }
        var collation: [String]?
        if rest.take(words: "collate") {
            guard let name = rest.takeName() else { return nil }
            collation = name
        }
        var operatorClass: [String]?
        var parameters: String?
        if let next = rest.first, next.name != nil, !next.isWord("asc", "desc", "nulls") {
            operatorClass = rest.takeName()
            parameters = rest.takeParentheses()?.text
        }
        let isDescending = rest.take(words: "desc")
        if !isDescending { _ = rest.take(words: "asc") }
        let isNullsFirst = rest.take(words: "nulls", "first")
        let isNullsLast = rest.take(words: "nulls", "last")
        guard rest.isEmpty else { return nil }
        return Key(
            column: column, text: text, collation: collation, operatorClass: operatorClass,
            operatorClassParameters: parameters, isDescending: isDescending,
            isNullsFirst: isNullsFirst || (isDescending && !isNullsLast))
    }

    /// A column, a function call, or an expression in parentheses.
    private static func takeExpression(_ rest: inout PostgreSQLTokens) -> (column: String?, text: String)? {
        let whole = rest
        if let inside = rest.takeParentheses() {
            // "((id))" is the column.
            var nested = inside
            let column = takeExpression(&nested)?.column
            return (nested.isEmpty ? column : nil, inside.text)
        }
        guard let name = rest.takeName() else { return nil }
        let levels = name.count * 2 - 1
        guard rest.first?.isSymbol("(") == true else {
            return name.count == 1 ? (name[0], whole.text(first: levels)) : nil
        }
        let before = rest.tokens.count
        guard rest.takeParentheses() != nil else { return nil }
        return (nil, whole.text(first: levels + before - rest.tokens.count))
    }
}

extension PostgreSQLTokens {
    /// The text of the first tokens, as it was written.
    fileprivate func text(first count: Int) -> String {
        var copy = self
        return copy.take(count).text
    }
}
