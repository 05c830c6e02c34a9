import ModuleKit
import SQLClient

/// Reads a subscription of the session's database.
struct SubscriptionReader {
    let session: any SQLSession
    let name: String
    let owner: String

    /// Who may create a subscription: superusers, and since 16 the members of a role.
    private var missingRight: SQLStatement {
        session.serverVersion < 160_000
            ? """
            CASE WHEN NOT r.rolsuper THEN 'superuser' END
            """
            : """
            CASE WHEN r.rolsuper THEN NULL
                 WHEN NOT pg_catalog.pg_has_role('pg_create_subscription', 'USAGE')
                   THEN 'a member of pg_create_subscription'
                 WHEN NOT pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CREATE')
                   THEN 'allowed to CREATE in the database' END
            """
    }

    /// Before 14 only superusers see the number of a subscription, by which its comment is found, and `synchronous_commit`.
    ///
    /// Source: PostgreSQL 13 and 14, `src/backend/catalog/system_views.sql`, `GRANT SELECT (…) ON pg_subscription`.
    private func seesEverything() throws(ModuleFailure) -> Bool {
        if session.serverVersion >= 140_000 { return true }
        let rows = try session.observedRecords(
            "SELECT pg_catalog.has_column_privilege('pg_catalog.pg_subscription', 'oid', 'SELECT') AS sees")
        return rows.first?.bool("sees") == true
    }

    /// The subscription, with these other names as the server writes them.
    func state(names: [String]) throws(ModuleFailure) -> SubscriptionState {
        let seesEverything = try seesEverything()
        let known = SubscriptionParameter.all.filter {
            $0.since <= session.serverVersion && $0.column != nil
                && (seesEverything || $0.name != "synchronous_commit")
        }
        let comment: SQLStatement =
            seesEverything ? "coalesce(pg_catalog.obj_description(s.oid, 'pg_subscription'), '')" : "''"
        let columns = known.compactMap { parameter in
            parameter.column.map { ", \(statement: $0) AS \(identifier: parameter.name)" as SQLStatement }
        }
        .joined(separator: "")
        let words = SQLValue.array(names.map(SQLValue.text))
        let rows = try session.observedRecords(
            """
            SELECT s.subname, pg_catalog.pg_get_userbyid(s.subowner) AS owner, s.subpublications,
                   \(statement: comment) AS comment,
                   r.rolname AS session_role,
                   ARRAY(SELECT pg_catalog.quote_ident(w) FROM unnest(\(value: words)::text[])
                           WITH ORDINALITY AS k (w, position) ORDER BY position) AS quoted,
                   pg_catalog.has_column_privilege('pg_catalog.pg_subscription', 'subconninfo', 'SELECT')
                     AS can_read,
                   EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = \(value: .text(owner)))
                     AS owner_exists,
                   \(statement: missingRight) AS missing_right,
                   pg_catalog.current_setting('log_statement') <> 'none' AS logs\(statement: columns)
              FROM pg_catalog.pg_roles AS r
              LEFT JOIN pg_catalog.pg_subscription AS s
                ON s.subname = \(value: .text(name))
               AND s.subdbid = (SELECT oid FROM pg_catalog.pg_database
                                 WHERE datname = pg_catalog.current_database())
             WHERE r.rolname = current_user
            """)
        guard let row = rows.first else {
            throw .impossible("the server did not tell about subscription \"\(name)\"", hint: nil)
        }
        return SubscriptionState(
            subscription: row.text("subname") == nil ? nil : try subscription(of: row, known),
            sessionRole: row.text("session_role") ?? "",
            quotedNames: Dictionary(zip(names, row.texts("quoted"))) { first, _ in first },
            ownerExists: row.bool("owner_exists"), missingRight: row.text("missing_right"),
            logsStatements: row.bool("logs"))
    }

    private func subscription(
        of row: SQLRecord, _ known: [SubscriptionParameter]
    ) throws(ModuleFailure) -> SubscriptionState.Subscription {
        var parameters: [String: String] = [:]
        for parameter in known {
            parameters[parameter.name] = row.text(parameter.name).flatMap {
                SubscriptionParameter.canonical($0, of: parameter.name)
            }
        }
        return SubscriptionState.Subscription(
            owner: row.text("owner") ?? "", comment: row.text("comment") ?? "",
            connection: row.bool("can_read") ? try connectionString() : nil,
            publications: row.texts("subpublications"), parameters: parameters)
    }

    private func connectionString() throws(ModuleFailure) -> ConnectionString {
        let rows = try session.observedRecords(
            """
            SELECT s.subconninfo
              FROM pg_catalog.pg_subscription AS s
              JOIN pg_catalog.pg_database AS d ON d.oid = s.subdbid
             WHERE s.subname = \(value: .text(name)) AND d.datname = pg_catalog.current_database()
            """)
        return ConnectionString(parsing: rows.first?.text("subconninfo") ?? "")
    }
}
