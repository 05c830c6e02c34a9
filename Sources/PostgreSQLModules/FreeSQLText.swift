/// What the text of SQL that a person wrote says before the server runs it.
enum FreeSQLText {
    /// The first statement that ends the transaction, in capitals; `nil` when there is none.
    ///
    /// A check of free SQL is safe only as long as its transaction is: behind a COMMIT, and behind a ROLLBACK too, each
    /// statement counts for itself.
    ///
    /// Source: PostgreSQL 17 manual, "SQL Commands": COMMIT, END, ROLLBACK, ABORT, PREPARE TRANSACTION. A ROLLBACK TO ends
    /// only a savepoint.
    static func transactionEnd(in text: String) -> String? {
        statements(of: text).lazy.compactMap(transactionEnd).first
    }

    /// Whether a statement makes a table out of a SELECT: the server's tag for it is that of a SELECT.
    ///
    /// Source: PostgreSQL 17 manual, protocol message `CommandComplete`: "SELECT and CREATE TABLE AS".
    static func makesTable(_ text: String) -> Bool {
        statements(of: text).contains { statement in
            guard let verb = statement.first else { return false }
            if verb.isWord("create") { return true }
            guard verb.isWord("select", "with") else { return false }
            var depth = 0
            for token in statement {
                if token.isSymbol("(") { depth += 1 }
                if token.isSymbol(")") { depth -= 1 }
                if depth == 0, token.isWord("into") { return true }
            }
            return false
        }
    }

    private static func transactionEnd(_ statement: [PostgreSQLTokens.Token]) -> String? {
        guard let verb = statement.first, verb.kind == .word else { return nil }
        switch verb.text {
        case "commit", "end", "abort":
            return verb.text.uppercased()
        case "rollback":
            return statement.contains { $0.isWord("to") } ? nil : "ROLLBACK"
        case "prepare":
            return statement.dropFirst().first?.isWord("transaction") == true ? "PREPARE TRANSACTION" : nil
        default:
            return nil
        }
    }

    /// The statements between semicolons; the body of a routine (`BEGIN ATOMIC`) belongs to its CREATE.
    private static func statements(of text: String) -> [[PostgreSQLTokens.Token]] {
        var statements: [[PostgreSQLTokens.Token]] = []
        var current: [PostgreSQLTokens.Token] = []
        var depth = 0
        for token in PostgreSQLTokens(text).tokens {
            if depth == 0, token.isSymbol(";") {
                statements.append(current)
                current = []
                continue
            }
            if current.first?.isWord("create") == true {
                let opensBody = token.isWord("atomic") && current.last?.isWord("begin") == true
                if opensBody || (depth > 0 && token.isWord("case")) { depth += 1 }
                if depth > 0, token.isWord("end") { depth -= 1 }
            }
            current.append(token)
        }
        return statements + [current]
    }
}
