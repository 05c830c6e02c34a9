import ModuleKit
import SQLClient

/// Reads one role from the catalogs, as far as the login role may.
struct PostgreSQLRoleCatalog {
    let session: any SQLSession
    let role: String

    typealias State = PostgreSQLUserModule.State

    /// The role's state.
    ///
    /// - Parameters:
    ///   - login: Tells whether the wanted password lets in, asked only when the stored one cannot be read.
    func state(
        expires: String?, readPassword: Bool, readDependents: Bool, login: () -> Bool?
    ) throws(ModuleFailure) -> State {
        let rows = try session.observedRecords(roleStatement(expires: expires))
        guard let row = rows.first else { return State(role: nil, dependents: [], policy: try policy()) }
        let password = readPassword ? try storedPassword(row, login) : .none
        let attributes = RoleAttribute.allCases.map { ($0, row.bool($0.column)) }
        return State(
            role: State.Role(
                attributes: Dictionary(uniqueKeysWithValues: attributes), password: password,
                validUntil: row.text("valid_until"), expiresAsAsked: row.bool("expires_as_asked"),
                connectionLimit: row.int("rolconnlimit") ?? -1, comment: row.text("comment") ?? "",
                settings: SessionSettings.stored(row.texts("settings"))),
            dependents: readDependents ? try dependents() : [], policy: Self.policy(row))
    }

    private func roleStatement(expires: String?) -> SQLStatement {
        let asked: SQLStatement = expires.map { "\(value: .text($0))::timestamptz" } ?? "NULL::timestamptz"
        return """
            SELECT r.rolsuper, r.rolcreaterole, r.rolcreatedb, r.rolinherit, r.rolcanlogin, r.rolreplication,
                   r.rolbypassrls, r.rolconnlimit,
                   r.rolvaliduntil::text AS valid_until,
                   coalesce(r.rolvaliduntil = \(statement: asked), false) AS expires_as_asked,
                   coalesce(r.rolvaliduntil < pg_catalog.now(), false) AS is_expired,
                   coalesce(pg_catalog.shobj_description(r.oid, 'pg_authid'), '') AS comment,
                   s.setconfig AS settings,
                   \(statement: Self.policyColumns),
                   pg_catalog.has_table_privilege('pg_catalog.pg_authid', 'SELECT') AS may_read_password
              FROM pg_catalog.pg_roles AS r
              LEFT JOIN pg_catalog.pg_db_role_setting AS s
                ON s.setrole = r.oid
               AND s.setdatabase = 0
             WHERE r.rolname = \(value: .text(role))
            """
    }

    private static let policyColumns: SQLStatement = """
        pg_catalog.current_setting('password_encryption') AS password_encryption,
        pg_catalog.current_setting('scram_iterations', true) AS scram_iterations
        """

    private func policy() throws(ModuleFailure) -> PostgreSQLRolePassword.Policy {
        let rows = try session.observedRecords("SELECT \(statement: Self.policyColumns)")
        return rows.first.map(Self.policy)
            ?? .init(method: "scram-sha-256", iterations: PostgreSQLRolePassword.defaultIterations)
    }

    /// `on` is how servers before 14 spell md5.
    private static func policy(_ row: SQLRecord) -> PostgreSQLRolePassword.Policy {
        let method = row.text("password_encryption") ?? ""
        return .init(
            method: method == "on" ? "md5" : method,
            iterations: row.text("scram_iterations").flatMap { Int($0) }
                ?? PostgreSQLRolePassword.defaultIterations)
    }

    private func storedPassword(
        _ row: SQLRecord, _ login: () -> Bool?
    ) throws(ModuleFailure) -> PostgreSQLRolePassword.Stored {
        guard row.bool("may_read_password") else {
            // The server refuses these roles as if the password were wrong, or before it asks for one.
            let canTell = row.bool("rolcanlogin") && !row.bool("is_expired")
            return .unreadable(loginWorks: canTell ? login() : nil)
        }
        let rows = try session.observedRecords(
            "SELECT a.rolpassword AS password FROM pg_catalog.pg_authid AS a WHERE a.rolname = \(value: .text(role))"
        )
        return rows.first?.text("password").map { .verifier(Secret($0)) } ?? .none
    }

    /// Databases (or the cluster) with objects that belong to the role or grant something to it.
    private func dependents() throws(ModuleFailure) -> [String] {
        let rows = try session.observedRecords(
            """
            SELECT coalesce(d.datname, 'the cluster') AS place,
                   s.deptype = 'o' AS is_owner,
                   count(*) AS objects
              FROM pg_catalog.pg_shdepend AS s
              LEFT JOIN pg_catalog.pg_database AS d
                ON d.oid = s.dbid
             WHERE s.refclassid = 'pg_catalog.pg_authid'::pg_catalog.regclass
               AND s.refobjid = (SELECT r.oid FROM pg_catalog.pg_roles AS r WHERE r.rolname = \(value: .text(role)))
             GROUP BY 1, 2
             ORDER BY 1, 2
            """)
        return rows.map { row in
            let what = row.bool("is_owner") ? "owner of" : "privileges or policies on"
            return "\(what) \(row.int("objects") ?? 0) objects in \(row.text("place") ?? "")"
        }
    }
}
