/// The server's command tags (`INSERT 0 3`).
///
/// Source: PostgreSQL 17 manual, protocol message `CommandComplete`.
enum CommandTag {
    private static let counting: Set<Substring> = ["INSERT", "UPDATE", "DELETE", "MERGE"]

    /// Whether a statement with this tag changed something; statements that do not count rows are taken as changes.
    static func saysChanged(_ tag: String) -> Bool {
        let words = tag.split(separator: " ")
        guard let verb = words.first else { return false }
        if verb == "SELECT" || verb == "SHOW" || verb == "FETCH" || verb == "EXPLAIN" { return false }
        return counting.contains(verb) ? words.last != "0" : true
    }

    /// Tags of statements that concern nothing but their own session.
    private static let ofSession: Set<String> = [
        "SET", "RESET", "DISCARD", "SAVEPOINT", "RELEASE", "LISTEN", "UNLISTEN", "PREPARE", "DEALLOCATE",
        "DECLARE CURSOR",
        "CLOSE CURSOR", "MOVE", "SET CONSTRAINTS", "LOCK TABLE",
    ]

    /// Whether a statement with this tag changed something that outlives its session, among others in one text.
    static func saysWritten(_ tag: String) -> Bool {
        saysChanged(tag) && !controlsTransaction(tag) && !ofSession.contains(tag)
    }

    /// Tags of statements that end or begin a transaction.
    static func controlsTransaction(_ tag: String) -> Bool {
        ["BEGIN", "START TRANSACTION", "COMMIT", "ROLLBACK", "PREPARE TRANSACTION", "COMMIT PREPARED"]
            .contains(tag)
    }
}
