import ModuleKit
import SQLClient

/// One part of what `postgresql_info` tells; the raw value is its key in the reply.
enum PostgreSQLInfoPart: String, CaseIterable {
    case version
    case inRecovery = "in_recovery"
    case tablespaces
    case roles
    case settings
    case pendingRestart = "pending_restart_settings"
    case replications
    case replicationSlots = "repl_slots"
    case databases

    /// A part as it was read, and what the login role could not see of it.
    struct Found {
        let document: JSONValue
        var warnings: [String] = []
    }

    /// The parts of a task, and what it should be told of its `filter`.
    struct Choice {
        let parts: Set<PostgreSQLInfoPart>
        let warnings: [String]
    }

    /// Named parts win; entries with `!` count only where there is no other.
    static func choice(_ filter: [String]) -> Choice {
        let entries = filter.map { $0.filter { !$0.isWhitespace } }.filter { !$0.isEmpty }
        let named = entries.filter { !$0.hasPrefix("!") }
        let excluded = entries.filter { $0.hasPrefix("!") }.map { String($0.drop { $0 == "!" }) }
        let used = (named.isEmpty ? excluded : named).map(NamePattern.init)
        let fitting = allCases.filter { part in used.contains { $0.matches(part.rawValue) } }
        let unknown = used.filter { pattern in !allCases.contains { pattern.matches($0.rawValue) } }
        var warnings = unknown.map { "filter: no part fits \($0.text)" }
        if !named.isEmpty, !excluded.isEmpty {
            warnings.append("filter: entries with ! are ignored, since other parts are named")
        }
        var parts = Set(named.isEmpty ? allCases.filter { !fitting.contains($0) } : fitting)
        if parts.contains(.settings) { parts.insert(.pendingRestart) }
        return Choice(parts: parts, warnings: warnings)
    }

    /// What stands for a part that was not read.
    var empty: JSONValue {
        switch self {
        case .inRecovery: .null
        case .pendingRestart: []
        case .version, .tablespaces, .roles, .settings, .replications, .replicationSlots, .databases: [:]
        }
    }

    /// What a person is told when the server showed only some of the rows or columns.
    private var partialWarning: String {
        switch self {
        case .settings, .pendingRestart:
            "\(rawValue): the login role is no member of pg_read_all_settings and does not see all settings"
        case .replications:
            "\(rawValue): the login role is no member of pg_read_all_stats and sees no address and no state"
        case .version, .inRecovery, .tablespaces, .roles, .replicationSlots, .databases:
            "\(rawValue): the login role does not see everything"
        }
    }

    /// The part in the row of its statement.
    func found(in row: SQLRecord?, _ host: any HostServices) -> Found {
        guard let row else { return Found(document: empty) }
        return Found(
            document: row.text("document").flatMap(host.json) ?? empty,
            warnings: row.bool("is_partial") ? [partialWarning] : [])
    }

    /// One row: the part as a JSON document, and whether the server withheld something.
    ///
    /// The server builds the document, so that a part is one value here and not hundreds of rows. `databases` has no
    /// statement: it needs a connection for each of them.
    var statement: SQLStatement? {
        switch self {
        case .version: Self.versionStatement
        case .inRecovery:
            "SELECT pg_catalog.to_json(pg_catalog.pg_is_in_recovery()) AS document, false AS is_partial"
        case .tablespaces: Self.tablespacesStatement
        case .roles: Self.rolesStatement
        case .settings: Self.settingsStatement
        case .pendingRestart:
            """
            SELECT coalesce(pg_catalog.json_agg(s.name ORDER BY s.name), '[]') AS document,
                   NOT pg_catalog.pg_has_role('pg_read_all_settings', 'USAGE') AS is_partial
              FROM pg_catalog.pg_settings AS s
             WHERE s.pending_restart
            """
        case .replications: Self.replicationsStatement
        case .replicationSlots:
            """
            SELECT coalesce(
                       pg_catalog.json_object_agg(
                           s.slot_name,
                           pg_catalog.json_build_object(
                               'plugin', s.plugin, 'slot_type', s.slot_type, 'database', s.database,
                               'active', s.active)),
                       '{}') AS document,
                   false AS is_partial
              FROM pg_catalog.pg_replication_slots AS s
            """
        case .databases: nil
        }
    }

    private static let versionStatement: SQLStatement = """
        SELECT pg_catalog.json_build_object(
                   'major', v.number / 10000, 'minor', v.number % 10000, 'patch', NULL,
                   'full', pg_catalog.format('%s.%s', v.number / 10000, v.number % 10000),
                   'raw', pg_catalog.version()) AS document,
               false AS is_partial
          FROM (SELECT pg_catalog.current_setting('server_version_num')::int AS number) AS v
        """

    private static let tablespacesStatement: SQLStatement = """
        SELECT pg_catalog.json_object_agg(
                   t.spcname,
                   pg_catalog.json_build_object(
                       'spcowner', pg_catalog.pg_get_userbyid(t.spcowner),
                       'spcacl', coalesce(t.spcacl::text, ''),
                       'spcoptions', coalesce(t.spcoptions, '{}'))) AS document,
               false AS is_partial
          FROM pg_catalog.pg_tablespace AS t
        """

    private static let rolesStatement: SQLStatement = """
        SELECT coalesce(
                   pg_catalog.json_object_agg(
                       r.rolname,
                       pg_catalog.json_build_object(
                           'superuser', r.rolsuper, 'canlogin', r.rolcanlogin,
                           'valid_until', coalesce(pg_catalog.to_json(r.rolvaliduntil), '""'),
                           'member_of', ARRAY(SELECT g.rolname
                                                FROM pg_catalog.pg_auth_members AS m
                                                JOIN pg_catalog.pg_roles AS g
                                                  ON g.oid = m.roleid
                                               WHERE m.member = r.oid
                                               GROUP BY g.rolname
                                               ORDER BY g.rolname))),
                   '{}') AS document,
               false AS is_partial
          FROM pg_catalog.pg_roles AS r
         WHERE r.rolname !~ '^pg_'
        """

    /// The setting of a standby that holds the way to its primary usually has a password in it.
    private static func shown(_ setting: SQLStatement) -> SQLStatement {
        """
        CASE s.name WHEN 'primary_conninfo'
                    THEN \(statement: ConnectionStringMask.masked(setting))
                    ELSE \(statement: setting)
        END
        """
    }

    /// Units such as `8kB` are a number of units of their own.
    private static let settingsStatement: SQLStatement = """
        SELECT pg_catalog.json_object_agg(
                   s.name,
                   pg_catalog.json_strip_nulls(
                       pg_catalog.json_build_object(
                           'setting', \(statement: shown("s.setting")), 'unit', coalesce(s.unit, ''), 'context', s.context,
                           'vartype', s.vartype, 'boot_val', coalesce(s.boot_val, ''),
                           'min_val', coalesce(s.min_val, ''), 'max_val', coalesce(s.max_val, ''),
                           'sourcefile', coalesce(s.sourcefile, ''),
                           'pretty_val',
                           coalesce(\(statement: shown("pg_catalog.current_setting(s.name, true)")), ''),
                           'pending_restart', s.pending_restart,
                           'val_in_bytes', CASE WHEN u.bytes IS NOT NULL
                                                THEN greatest(s.setting::numeric * u.bytes * u.factor, 0) END)))
                   AS document,
               NOT pg_catalog.pg_has_role('pg_read_all_settings', 'USAGE') AS is_partial
          FROM pg_catalog.pg_settings AS s
         CROSS JOIN LATERAL (
               SELECT CASE pg_catalog.ltrim(s.unit, '0123456789')
                           WHEN 'B' THEN 1
                           WHEN 'kB' THEN 1024
                           WHEN 'MB' THEN 1048576
                           WHEN 'GB' THEN 1073741824
                      END AS bytes,
                      coalesce(pg_catalog.substring(s.unit, '^[0-9]+')::int, 1) AS factor) AS u
        """

    private static let replicationsStatement: SQLStatement = """
        SELECT coalesce(
                   pg_catalog.json_object_agg(
                       r.pid,
                       pg_catalog.json_build_object(
                           'usename', pg_catalog.pg_get_userbyid(r.usesysid),
                           'app_name', coalesce(r.application_name, ''),
                           'client_addr', r.client_addr::text,
                           'client_hostname', coalesce(r.client_hostname, ''),
                           'backend_start', r.backend_start::text,
                           'state', r.state)),
                   '{}') AS document,
               count(*) > 0 AND NOT pg_catalog.pg_has_role('pg_read_all_stats', 'USAGE') AS is_partial
          FROM pg_catalog.pg_stat_replication AS r
        """
}
