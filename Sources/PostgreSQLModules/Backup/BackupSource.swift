import ModuleKit
import SQLClient

/// What the server says of itself and of the databases to dump.
struct BackupSource {
    let version: Int
    let versionText: String
    let systemIdentifier: String
    let timeline: Int64
    let clusterName: String
    let isStandby: Bool
    let databases: [Database]

    struct Database: Equatable {
        let name: String
        let bytes: Int64
        let encoding: String
        let collationVersion: String
    }

    /// Reads it; only reads.
    static func observe(_ session: any SQLSession) throws(ModuleFailure) -> BackupSource {
        let rows = try session.observedRecords(
            """
            SELECT pg_catalog.current_setting('server_version') AS version,
                   (SELECT s.system_identifier::text FROM pg_catalog.pg_control_system() AS s) AS identifier,
                   (SELECT c.timeline_id FROM pg_catalog.pg_control_checkpoint() AS c) AS timeline,
                   pg_catalog.current_setting('cluster_name') AS cluster_name,
                   pg_catalog.pg_is_in_recovery() AS is_standby
            """)
        guard let row = rows.first else { throw .impossible("the server says nothing of itself", hint: nil) }
        return BackupSource(
            version: session.serverVersion, versionText: row.text("version") ?? "",
            systemIdentifier: row.text("identifier") ?? "", timeline: row.int("timeline") ?? 0,
            clusterName: row.text("cluster_name") ?? "", isStandby: row.bool("is_standby"),
            databases: try databases(session))
    }

    private static func databases(_ session: any SQLSession) throws(ModuleFailure) -> [Database] {
        // The version of the collation came with PostgreSQL 15.
        let collation: SQLStatement =
            session.serverVersion >= 150_000 ? "coalesce(d.datcollversion, '')" : "''"
        let rows = try session.observedRecords(
            """
            SELECT d.datname AS name,
                   CASE WHEN pg_catalog.has_database_privilege(d.oid, 'CONNECT')
                        THEN pg_catalog.pg_database_size(d.oid)
                        ELSE 0
                   END AS bytes,
                   pg_catalog.pg_encoding_to_char(d.encoding) AS encoding,
                   \(statement: collation) AS collation_version
              FROM pg_catalog.pg_database AS d
             WHERE d.datallowconn
               AND NOT d.datistemplate
             ORDER BY d.datname
            """)
        return rows.map {
            Database(
                name: $0.text("name") ?? "", bytes: $0.int("bytes") ?? 0, encoding: $0.text("encoding") ?? "",
                collationVersion: $0.text("collation_version") ?? "")
        }
    }

    /// The databases that a task asks for; one that is not there is a failure, never left out in silence.
    func selected(_ arguments: PostgreSQLBackupArguments) throws(ModuleFailure) -> [Database] {
        let patterns = arguments.databases.map(NamePattern.init)
        let missing = patterns.filter { pattern in !databases.contains { pattern.matches($0.name) } }
        guard missing.isEmpty else {
            throw .impossible(
                "no database \(missing.map(\.text).joined(separator: ", ")) that takes connections on this server",
                hint: "is the name right, and the database no template?")
        }
        let excluded = arguments.exclude.map(NamePattern.init)
        let wanted = databases.filter { database in
            (patterns.isEmpty || patterns.contains { $0.matches(database.name) })
                && !excluded.contains { $0.matches(database.name) }
        }
        guard !wanted.isEmpty else {
            throw .impossible("there is no database to dump", hint: "does exclude leave anything?")
        }
        return wanted
    }
}

/// One database as a dump will hold it: its session keeps a snapshot open that pg_dump shares, so that the counted rows are
/// the dumped rows.
struct BackupSnapshot {
    let session: any SQLSession
    let name: String
    let tables: Int
    let indexes: Int
    let rows: [String: Int64]
    /// False when the rows are the planner's estimate, since counting would take too long.
    let isExact: Bool

    /// Databases up to this size are counted, in bytes.
    private static let countedBytesMax: Int64 = 20 << 30

    static func open(
        _ session: any SQLSession, bytes: Int64, timeoutSeconds: Int
    ) throws(ModuleFailure) -> BackupSnapshot {
        do throws(SQLFailure) {
            _ = try session.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            // Counting waits for nobody longer than the task allows; 0 is without limit.
            _ = try session.execute("SET LOCAL statement_timeout = \(integer: Int64(timeoutSeconds) * 1000)")
            let exported = try session.records("SELECT pg_catalog.pg_export_snapshot() AS name")
            let tables = try session.records(tablesStatement)
            let indexes = try session.records(
                """
                SELECT count(*) AS n
                  FROM pg_catalog.pg_index AS i
                  JOIN pg_catalog.pg_class AS c ON c.oid = i.indrelid
                  JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
                 WHERE n.nspname !~ '^(pg_|information_schema)'
                """)
            let isExact = bytes <= countedBytesMax
            var rows: [String: Int64] = [:]
            for table in tables {
                guard let name = table.text("name") else { continue }
                rows[name] = isExact ? try count(table, session) : table.int("estimate")
            }
            return BackupSnapshot(
                session: session, name: exported.first?.text("name") ?? "", tables: tables.count,
                indexes: Int(indexes.first?.int("n") ?? 0), rows: rows, isExact: isExact)
        } catch {
            throw .database(error)
        }
    }

    private static let tablesStatement: SQLStatement = """
        SELECT pg_catalog.format('%I.%I', n.nspname, c.relname) AS name,
               n.nspname AS schema,
               c.relname AS relation,
               greatest(c.reltuples, 0)::bigint AS estimate
          FROM pg_catalog.pg_class AS c
          JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
         WHERE c.relkind = 'r'
           AND c.relpersistence = 'p'
           AND n.nspname !~ '^(pg_|information_schema)'
         ORDER BY 1
        """

    private static func count(_ table: SQLRecord, _ session: any SQLSession) throws(SQLFailure) -> Int64 {
        let name = SQLIdentifier(schema: table.text("schema"), table.text("relation") ?? "")
        return try session.records("SELECT count(*) AS n FROM ONLY \(identifier: name)").first?.int("n") ?? 0
    }
}
