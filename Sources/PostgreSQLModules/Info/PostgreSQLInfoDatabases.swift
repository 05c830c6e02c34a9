import ModuleKit
import SQLClient

/// Reads what `postgresql_info` tells of the databases: one statement for all, then one connection for each.
struct PostgreSQLInfoDatabases {
    let arguments: PostgreSQLConnectionArguments
    let context: ModuleContext
    /// The session that the other parts were read in; closed before the first other connection, since the login role may
    /// be limited to one.
    let first: any SQLSession

    /// Most names that a warning lists.
    private static let namesShownMax = 10

    /// All databases but `template0`, by name.
    func found() throws(SQLFailure) -> PostgreSQLInfoPart.Found {
        let rows = try list()
        let (subscriptions, closedColumns) = try subscriptions()
        let current = first.database
        var own: [String: JSONValue]?
        if rows.contains(where: { $0.text("name") == current }) { own = try contents(first) }
        first.close()
        var databases: [String: JSONValue] = [:]
        var skipped: [String] = []
        for row in rows {
            let name = row.text("name") ?? ""
            var database = json(row.text("document"))
            let contents = name == current ? own ?? Self.nothing : try contents(of: name, row)
            database.merge(contents) { _, new in new }
            database["subscriptions"] = .object(subscriptions[name] ?? [:])
            if database["error"] != nil { skipped.append(name) }
            databases[name] = .object(database)
        }
        var warnings: [String] = []
        if !skipped.isEmpty {
            warnings.append(
                "databases: nothing is known of what is in \(Self.shown(skipped)); error tells why")
        }
        if !subscriptions.isEmpty, !closedColumns.isEmpty {
            warnings.append(
                "databases: the login role may not read these columns of pg_subscription: "
                    + closedColumns.joined(separator: ", "))
        }
        return .init(document: .object(databases), warnings: warnings)
    }

    /// How often the list is read when databases are dropped while their sizes are taken.
    private static let readingsMax = 10

    private func list() throws(SQLFailure) -> [SQLRecord] {
        for _ in 1..<Self.readingsMax {
            do throws(SQLFailure) {
                return try first.records(Self.listStatement)
            } catch {
                guard Self.isGoneMeanwhile(error) else { throw error }
            }
        }
        return try first.records(Self.listStatement)
    }

    private static func isGoneMeanwhile(_ failure: SQLFailure) -> Bool {
        if case .missing = failure { return true }
        if case .conflict = failure { return true }
        return false
    }

    private static func shown(_ names: [String]) -> String {
        let more = names.count - namesShownMax
        return names.prefix(namesShownMax).joined(separator: ", ") + (more > 0 ? " and \(more) more" : "")
    }

    private func json(_ text: String?) -> [String: JSONValue] {
        text.flatMap(context.host.json)?.object ?? [:]
    }

    // MARK: One database

    private static let nothing: [String: JSONValue] = [
        "namespaces": [:], "languages": [:], "extensions": [:], "publications": [:],
    ]

    /// What is in a database, or why nothing can be told of it.
    private func contents(of name: String, _ row: SQLRecord) throws(SQLFailure) -> [String: JSONValue] {
        guard row.bool("takes_connections") else { return Self.refused("it does not accept connections") }
        guard row.bool("may_connect") else {
            return Self.refused("the login role does not hold the CONNECT privilege")
        }
        do throws(SQLFailure) {
            let session = try context.connector.connect(parameters(database: name))
            defer { session.close() }
            try arguments.switchRole(session)
            return try contents(session)
        } catch {
            switch error {
            // A rule of pg_hba.conf, a connection limit, or a database that was dropped meanwhile, by force perhaps.
            case .loginRefused, .connectionLost, .missing, .conflict: return Self.refused(error.message)
            case .permissionDenied, .libraryMissing, .unreachable, .alreadyExists, .dependentObjects, .inUse,
                .lockTimeout, .cancelled, .refused, .unsupported, .resultTooLarge:
                throw error
            }
        }
    }

    private static func refused(_ reason: String) -> [String: JSONValue] {
        unread("Could not connect to the database: \(reason)")
    }

    private static func unread(_ error: String) -> [String: JSONValue] {
        nothing.merging(["error": .string(error)]) { $1 }
    }

    /// `connect_params` may name a database of its own. Of two `dbname` libpq takes the last, and as a plain name.
    ///
    /// Source: PostgreSQL 17 manual 32.1, `PQconnectdbParams`.
    private func parameters(database: String) -> [SQLConnectionParameter] {
        arguments.parameters(database: database, module: PostgreSQLInfoModule.name)
            + [SQLConnectionParameter("dbname", database)]
    }

    private func contents(_ session: any SQLSession) throws(SQLFailure) -> [String: JSONValue] {
        let row: SQLRecord?
        do throws(SQLFailure) {
            row = try session.records(Self.contentsStatement).first
        } catch {
            // A hardened database may have closed one of the catalogs.
            guard case .permissionDenied = error else { throw error }
            return Self.unread("Could not read the database: \(error.message)")
        }
        var members = json(row?.text("document"))
        members["extensions"] = .object(
            (members["extensions"]?.object ?? [:]).mapValues(Self.withVersionNumbers))
        return members
    }

    private static func withVersionNumbers(_ installed: JSONValue) -> JSONValue {
        guard var described = installed.object else { return installed }
        let raw = described["extversion"]?.string ?? ""
        let version = PostgreSQLExtensionVersion(raw)
        described["extversion"] = [
            "major": version.major.map(JSONValue.int) ?? .null,
            "minor": version.minor.map(JSONValue.int) ?? .null, "raw": .string(raw),
        ]
        return .object(described)
    }

    // MARK: Subscriptions, which belong to the cluster

    private typealias Subscriptions = [String: [String: JSONValue]]

    /// By database and name, without the columns that are closed to the login role, which come second.
    private func subscriptions() throws(SQLFailure) -> (Subscriptions, closedColumns: [String]) {
        let columns = try first.records(
            """
            SELECT a.attname AS name,
                   pg_catalog.has_column_privilege(a.attrelid, a.attnum, 'SELECT') AS is_open
              FROM pg_catalog.pg_attribute AS a
             WHERE a.attrelid = 'pg_catalog.pg_subscription'::pg_catalog.regclass
               AND a.attnum > 0
               AND NOT a.attisdropped
             ORDER BY a.attnum
            """)
        let open = columns.filter { $0.bool("is_open") }.compactMap { $0.text("name") }
        let closed = columns.filter { !$0.bool("is_open") }.compactMap { $0.text("name") }
        let list = open.map(Self.column).joined(separator: ", ")
        let result = try first.execute(
            """
            SELECT d.datname AS dbname,
                   pg_catalog.pg_get_userbyid(s.subowner) AS ownername,
                   \(statement: list)
              FROM pg_catalog.pg_subscription AS s
              JOIN pg_catalog.pg_database AS d
                ON d.oid = s.subdbid
             ORDER BY s.subname
            """)
        var subscriptions: Subscriptions = [:]
        for row in ResultRows(host: context.host).json(result).array ?? [] {
            guard var members = row.object, let database = members.removeValue(forKey: "dbname")?.string,
                let name = members.removeValue(forKey: "subname")?.string
            else { continue }
            subscriptions[database, default: [:]][name] = .object(members)
        }
        return (subscriptions, closed)
    }

    /// The connection string of a subscription usually holds a password.
    private static func column(_ name: String) -> SQLStatement {
        guard name == "subconninfo" else { return "s.\(identifier: name)" }
        return "\(statement: ConnectionStringMask.masked("s.subconninfo")) AS subconninfo"
    }
}

extension PostgreSQLInfoDatabases {
    /// All databases; a name whose drop was interrupted has the connection limit -2.
    ///
    /// The connection is made as the session user, whatever role the session has switched to.
    private static let listStatement: SQLStatement = """
        SELECT d.datname AS name,
               d.datallowconn AND d.datconnlimit <> -2 AS takes_connections,
               pg_catalog.has_database_privilege(session_user, d.oid, 'CONNECT') AS may_connect,
               pg_catalog.json_build_object(
                   'owner', pg_catalog.pg_get_userbyid(d.datdba),
                   'encoding', pg_catalog.pg_encoding_to_char(d.encoding),
                   'collate', d.datcollate,
                   'ctype', d.datctype,
                   'access_priv', coalesce(pg_catalog.array_to_string(d.datacl, pg_catalog.chr(10)), ''),
                   'size', CASE WHEN pg_catalog.has_database_privilege(d.oid, 'CONNECT')
                                  OR pg_catalog.pg_has_role('pg_read_all_stats', 'USAGE')
                                THEN pg_catalog.pg_database_size(d.oid)::text
                                ELSE 'No Access'
                           END) AS document
          FROM pg_catalog.pg_database AS d
         WHERE d.datname <> 'template0'
         ORDER BY d.datname
        """

    /// What is in the database of the session.
    private static let contentsStatement: SQLStatement = """
        SELECT pg_catalog.json_build_object(
                   'namespaces',
                   (SELECT coalesce(
                               pg_catalog.json_object_agg(
                                   n.nspname,
                                   pg_catalog.json_build_object(
                                       'nspowner', pg_catalog.pg_get_userbyid(n.nspowner),
                                       'nspacl', coalesce(n.nspacl::text, ''))),
                               '{}')
                      FROM pg_catalog.pg_namespace AS n),
                   'languages',
                   (SELECT coalesce(
                               pg_catalog.json_object_agg(
                                   l.lanname,
                                   pg_catalog.json_build_object(
                                       'lanowner', pg_catalog.pg_get_userbyid(l.lanowner),
                                       'lanacl', coalesce(l.lanacl::text, ''))),
                               '{}')
                      FROM pg_catalog.pg_language AS l),
                   'extensions',
                   (SELECT coalesce(
                               pg_catalog.json_object_agg(
                                   e.extname,
                                   pg_catalog.json_build_object(
                                       'extversion', e.extversion,
                                       'nspname', n.nspname,
                                       'description', pg_catalog.obj_description(e.oid, 'pg_extension'))),
                               '{}')
                      FROM pg_catalog.pg_extension AS e
                      LEFT JOIN pg_catalog.pg_namespace AS n
                        ON n.oid = e.extnamespace),
                   'publications',
                   (SELECT coalesce(
                               pg_catalog.json_object_agg(
                                   p.pubname,
                                   pg_catalog.to_jsonb(p) - 'pubname'
                                       || pg_catalog.jsonb_build_object(
                                           'oid', p.oid::int8, 'pubowner', p.pubowner::int8,
                                           'ownername', pg_catalog.pg_get_userbyid(p.pubowner))),
                               '{}')
                      FROM pg_catalog.pg_publication AS p)) AS document
        """
}
