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

    /// Tags of statements that end or begin a transaction.
    static func controlsTransaction(_ tag: String) -> Bool {
        ["BEGIN", "START TRANSACTION", "COMMIT", "ROLLBACK", "PREPARE TRANSACTION", "COMMIT PREPARED"]
            .contains(tag)
    }
}
