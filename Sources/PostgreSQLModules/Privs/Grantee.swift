import ModuleKit
import SQLClient

/// A role that gets or loses privileges, as the task names it.
struct Grantee: Hashable {
    /// What the catalogs call it; empty for everybody.
    let name: String
    /// The word instead of the name; `nil` for a name.
    let word: String?

    /// As it stands in GRANT and REVOKE.
    var reference: SQLStatement { word.map { SQLStatement(userText: $0) } ?? "\(identifier: name)" }

    /// The roles of a list.
    struct Resolved {
        /// Those that exist, in the order of the list, each once.
        var found: [Grantee] = []
        var missing: [String] = []
        /// The role that the session acts as.
        let current: String
    }

    /// Finds the roles of a list.
    static func resolve(_ texts: [String], _ session: any SQLSession) throws(ModuleFailure) -> Resolved {
        let rows = try session.observedRecords(
            """
            SELECT r.rolname::text AS name, current_user::text AS current_name, session_user::text AS session_name
              FROM (SELECT 1) AS one
              LEFT JOIN pg_catalog.pg_roles AS r
                ON r.rolname::text = ANY (\(value: .array(texts.map(SQLValue.text)))::text[])
            """)
        let known = Set(rows.compactMap { $0.text("name") })
        var roles = Resolved(current: rows.first?.text("current_name") ?? "")
        for text in texts {
            let grantee: Grantee
            switch text.uppercased() {
            case "PUBLIC": grantee = Grantee(name: "", word: "PUBLIC")
            case "CURRENT_ROLE" where session.serverVersion < PrivsVersions.currentRole:
                roles.missing.append(text)
                continue
            case "CURRENT_USER", "CURRENT_ROLE":
                grantee = Grantee(name: roles.current, word: text.uppercased())
            case "SESSION_USER":
                grantee = Grantee(name: rows.first?.text("session_name") ?? "", word: "SESSION_USER")
            default:
                guard known.contains(text) else {
                    roles.missing.append(text)
                    continue
                }
                grantee = Grantee(name: text, word: nil)
            }
            if !roles.found.contains(where: { $0.name == grantee.name }) { roles.found.append(grantee) }
        }
        return roles
    }
}
