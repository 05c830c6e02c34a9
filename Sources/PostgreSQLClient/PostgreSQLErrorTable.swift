import SQLClient

/// Translation of SQLSTATE codes into what a caller can act upon.
///
/// Source: PostgreSQL 17 manual, appendix A.
enum PostgreSQLErrorTable {
    /// What the server says, as an internal error, when another session changed or dropped a catalog row between the look
    /// and the change. Internal errors are never translated.
    private static let catalogRaces = [
        "tuple concurrently", "cache lookup failed for", "could not find tuple for",
        "could not open relation with OID",
    ]

    /// What the message means.
    static func failure(_ message: SQLServerMessage, server: String) -> SQLFailure {
        switch message.sqlState {
        case "42501": return .permissionDenied(message)
        case "42710", "42P04", "42P06", "42P07", "42723", "42701", "42712": return .alreadyExists(message)
        case "23505" where message.text.contains("pg_"):
            // Two sessions created the same object: the second trips over a catalog's unique index.
            return .alreadyExists(message)
        case "42704", "3D000", "3F000", "42P01", "42883", "42703": return .missing(message)
        case "2BP01": return .dependentObjects(message)
        case "55006", "55P02": return .inUse(message)
        case "55P03": return .lockTimeout(message)
        case "57014": return .cancelled(message)
        case "40001", "40P01": return .conflict(message)
        case "XX000" where catalogRaces.contains { message.text.contains($0) }: return .conflict(message)
        case "57P01", "57P02", "57P03", "57P05": return .connectionLost(server: server, reason: message.text)
        // Class 08 is about another server, a publisher for one: who lost this one hears nothing from it.
        default: return .refused(message)
        }
    }
}
