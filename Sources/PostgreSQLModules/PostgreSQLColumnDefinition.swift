/// A column as a task writes it: `numeric(10,2) NOT NULL DEFAULT 0`, in parts.
struct PostgreSQLColumnDefinition: Equatable {
    /// How a generated column gets its value.
    enum Generation: Equatable {
        /// `a` for ALWAYS, `d` for BY DEFAULT, as the catalog has it.
        case identity(String)
        /// The expression of a computed column.
        case computed(String)
    }

    let name: String
    /// The type as it was written; a serial type as the integer type that it stands for.
    let type: String
    /// Whether the type is a serial one: an integer with a sequence of its own.
    let isSerial: Bool
    /// Levels of the collation's name, where one is written.
    let collation: [String]?
    /// `true` for NOT NULL (or PRIMARY KEY), `false` for NULL, `nil` when the task says neither.
    let isNotNull: Bool?
    /// The default's expression, where one is written.
    let defaultExpression: String?
    let generation: Generation?
    let isPrimaryKey: Bool
    /// Everything after the name, as it was written.
    let text: String

    /// Words that end a type or an expression.
    ///
    /// Source: PostgreSQL 17 manual, `CREATE TABLE`.
    private static let clauseWords: Set<String> = [
        "collate", "storage", "compression", "constraint", "not", "null", "check", "default", "generated",
        "unique", "primary", "references", "deferrable", "initially", "options", "no", "enforced",
    ]

    /// Source: PostgreSQL 17 manual, 8.1.4 "Serial Types".
    private static let serialTypes: [String: String] = [
        "serial": "integer", "serial4": "integer", "bigserial": "bigint", "serial8": "bigint",
        "smallserial": "smallint", "serial2": "smallint",
    ]

    /// A definition in parts; `nil` when it does not begin with a name and a type.
    init?(_ tokens: PostgreSQLTokens) {
        var rest = tokens
        guard let name = rest.first?.name else { return nil }
        rest.take()
        text = rest.text
        let type = rest.take { Self.isClause($0) }
        guard !type.isEmpty else { return nil }
        self.name = name
        let serial = type.tokens.count == 1 ? Self.serialTypes[type.first?.text ?? ""] : nil
        self.type = serial ?? type.text
        isSerial = serial != nil
        var clauses = Clauses()
        while !rest.isEmpty { clauses.take(from: &rest) }
        collation = clauses.collation
        isNotNull = clauses.isPrimaryKey || isSerial ? true : clauses.isNotNull
        defaultExpression = clauses.defaultExpression
        generation = clauses.generation
        isPrimaryKey = clauses.isPrimaryKey
    }

    private static func isClause(_ token: PostgreSQLTokens.Token) -> Bool {
        token.kind == .word && clauseWords.contains(token.text)
    }

    /// What the clauses after the type say.
    private struct Clauses {
        var collation: [String]?
        var isNotNull: Bool?
        var defaultExpression: String?
        var generation: Generation?
        var isPrimaryKey = false

        mutating func take(from rest: inout PostgreSQLTokens) {
            if rest.take(words: "not", "null") {
                isNotNull = true
            } else if rest.take(words: "null") {
                isNotNull = false
            } else if rest.take(words: "collate") {
                collation = rest.takeName()
            } else if rest.take(words: "primary", "key") {
                isPrimaryKey = true
            } else if rest.take(words: "constraint") {
                _ = rest.takeName()
            } else if rest.take(words: "default") {
                // The first token belongs to the expression whatever it is: DEFAULT NULL.
                let whole = rest
                rest.take()
                let more = rest.take { PostgreSQLColumnDefinition.isClause($0) }
                var copy = whole
                defaultExpression = copy.take(1 + more.tokens.count).text
            } else if rest.take(words: "generated") {
                takeGeneration(from: &rest)
            } else if rest.first?.isWord("storage", "compression") == true {
                // Their value may be the word DEFAULT.
                rest.take(2)
            } else {
                // A constraint that is not compared, or an option: CHECK (...), REFERENCES t ON DELETE SET NULL.
                let isReference = rest.first?.isWord("references") == true
                rest.take()
                if isReference { Self.skipReference(&rest) } else { _ = rest.takeParentheses() }
            }
        }

        private mutating func takeGeneration(from rest: inout PostgreSQLTokens) {
            let isAlways = rest.take(words: "always")
            if !isAlways { _ = rest.take(words: "by", "default") }
            _ = rest.take(words: "as")
            if rest.take(words: "identity") {
                generation = .identity(isAlways ? "a" : "d")
                isNotNull = true
                _ = rest.takeParentheses()
            } else {
                generation = .computed(rest.takeParentheses()?.text ?? "")
            }
        }

        /// SET NULL and SET DEFAULT of a foreign key say nothing about the column.
        private static func skipReference(_ rest: inout PostgreSQLTokens) {
            _ = rest.takeName()
            _ = rest.takeParentheses()
            while rest.first?.isWord("match", "on") == true {
                rest.take(rest.first?.isWord("on") == true ? 2 : 1)
                if rest.first?.isWord("set", "no") == true { rest.take() }
                rest.take()
                _ = rest.takeParentheses()
            }
        }
    }
}
