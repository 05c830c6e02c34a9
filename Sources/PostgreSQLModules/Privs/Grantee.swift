import ModuleKit
import SQLClient

/// A role that gets or loses privileges, as the task names it.
struct Grantee: Hashable {
    /// Words that stand for a role without being its name.
    ///
    /// Source: PostgreSQL 17 manual, GRANT; CURRENT_ROLE since 14.
    static let words: Set<String> = ["PUBLIC", "CURRENT_USER", "SESSION_USER", "CURRENT_ROLE"]

    /// What the catalogs call it; empty for everybody.
    let name: String
    /// The word instead of the name; `nil` for a name.
    let word: String?

    /// As it stands in GRANT and REVOKE.
    var reference: SQLStatement { word.map { SQLStatement(userText: $0) } ?? "\(identifier: name)" }

    /// Finds the roles of a list.
    ///
    /// - Returns: Those that exist, in the order of the list, and the names of the others.
    static func resolve(
        _ texts: [String], _ session: any SQLSession
    ) throws(ModuleFailure) -> (found: [Grantee], missing: [String]) {
        let rows = try session.observedRecords(
            """
            SELECT r.rolname AS name, current_user::text AS current_name, session_user::text AS session_name
              FROM (SELECT 1) AS one
              LEFT JOIN pg_catalog.pg_roles AS r
                ON r.rolname = ANY (\(value: .array(texts.map(SQLValue.text)))::name[])
            """)
        let known = Set(rows.compactMap { $0.text("name") })
        let current = rows.first?.text("current_name") ?? ""
        let session = rows.first?.text("session_name") ?? ""
        var found: [Grantee] = []
        var missing: [String] = []
        for text in texts {
            switch text.uppercased() {
            case "PUBLIC": found.append(Grantee(name: "", word: "PUBLIC"))
            case "CURRENT_USER", "CURRENT_ROLE": found.append(Grantee(name: current, word: text.uppercased()))
            case "SESSION_USER": found.append(Grantee(name: session, word: "SESSION_USER"))
            default:
                if known.contains(text) {
                    found.append(Grantee(name: text, word: nil))
                } else {
                    missing.append(text)
                }
            }
        }
        return (found, missing)
    }
}
