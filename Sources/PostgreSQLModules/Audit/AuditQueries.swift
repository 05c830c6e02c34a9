import SQLClient

/// The statements of the audit, each for one kind of fact.
enum AuditQueries {
    /// The session can only read, never waits long for a lock, and finds every name in the catalog.
    static let limits: SQLStatement = """
        SELECT pg_catalog.set_config('default_transaction_read_only', 'on', false) AS read_only,
               pg_catalog.set_config('statement_timeout', '60s', false) AS statement_timeout,
               pg_catalog.set_config('lock_timeout', '1s', false) AS lock_timeout,
               pg_catalog.set_config('search_path', 'pg_catalog', false) AS search_path
        """

    /// One snapshot, so that the facts fit together.
    static let begin: SQLStatement = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"

    static let server: SQLStatement = """
        SELECT current_setting('server_version') AS version,
               d.datname::text AS database,
               d.datdba AS database_owner,
               current_user::text AS login,
               r.rolsuper AS is_superuser,
               pg_is_in_recovery() AS is_in_recovery,
               to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD') AS day,
               has_column_privilege('pg_catalog.pg_authid', 'oid', 'SELECT')
                 AND has_column_privilege('pg_catalog.pg_authid', 'rolpassword', 'SELECT')
                 AS can_read_passwords,
               has_table_privilege('pg_catalog.pg_hba_file_rules', 'SELECT')
                 AND has_function_privilege('pg_catalog.pg_hba_file_rules()', 'EXECUTE')
                 AS can_read_host_rules
          FROM pg_database AS d
          JOIN pg_roles AS r
            ON r.rolname = current_user
         WHERE d.datname = current_database()
        """

    /// Of a password only its kind leaves the server.
    static func roles(withPasswords: Bool) -> SQLStatement {
        let column: SQLStatement =
            withPasswords
            ? """
            CASE WHEN a.rolpassword IS NULL THEN 'none'
                         WHEN a.rolpassword ~ '^md5[0-9a-f]{32}$' THEN 'md5'
                         WHEN a.rolpassword LIKE 'SCRAM-SHA-256$%' THEN 'scram-sha-256'
                         ELSE 'unknown'
                    END
            """ : "NULL::text"
        let join: SQLStatement = withPasswords ? "LEFT JOIN pg_authid AS a ON a.oid = r.oid" : ""
        return """
            SELECT r.oid AS id,
                   r.rolname::text AS name,
                   r.rolsuper AS is_superuser,
                   r.rolcanlogin AS can_login,
                   r.rolreplication AS is_replication,
                   r.rolbypassrls AS bypasses_rls,
                   d.description AS comment,
                   \(statement: column) AS password
              FROM pg_roles AS r
              LEFT JOIN pg_shdescription AS d
                ON d.objoid = r.oid
               AND d.classoid = 'pg_authid'::regclass
              \(statement: join)
             ORDER BY r.rolname
            """
    }

    /// Rows of one membership by several grantors count as one.
    static func memberships(_ versions: AuditVersions) -> SQLStatement {
        """
        SELECT m.roleid AS role,
               m.member AS member,
               bool_or(m.admin_option) AS has_admin,
               \(statement: versions.membershipOptions)
          FROM pg_auth_members AS m
          JOIN pg_roles AS g
            ON g.oid = m.roleid
          JOIN pg_roles AS u
            ON u.oid = m.member
         GROUP BY m.roleid, m.member, g.rolname, u.rolname
         ORDER BY u.rolname, g.rolname
        """
    }

    static func settings(_ names: [String]) -> SQLStatement {
        """
        SELECT name, setting, source
          FROM pg_settings
         WHERE name = ANY (\(value: .array(names.map(SQLValue.text)))::text[])
         ORDER BY name
        """
    }

    /// Who owns what, counted; members of extensions belong to their extension.
    static let ownerships: SQLStatement = """
        SELECT o.owner, o.database, o.schema, o.kind,
               count(*) AS count,
               (array_agg(o.name ORDER BY o.name))[1:5] AS examples
          FROM (
               SELECT c.relowner AS owner, current_database()::text AS database,
                      n.nspname::text AS schema,
                      CASE c.relkind
                           WHEN 'v' THEN 'views'
                           WHEN 'm' THEN 'materialized views'
                           WHEN 'S' THEN 'sequences'
                           WHEN 'f' THEN 'foreign tables'
                           ELSE 'tables'
                      END AS kind,
                      c.relname::text AS name
                 FROM pg_class AS c
                 JOIN pg_namespace AS n
                   ON n.oid = c.relnamespace
                WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f')
                  AND n.nspname !~ '^pg_'
                  AND n.nspname <> 'information_schema'
                  AND NOT EXISTS (SELECT 1
                                    FROM pg_depend AS e
                                   WHERE e.classid = 'pg_class'::regclass
                                     AND e.objid = c.oid
                                     AND e.deptype = 'e')
               UNION ALL
               SELECT p.proowner, current_database()::text, n.nspname::text, 'functions', p.proname::text
                 FROM pg_proc AS p
                 JOIN pg_namespace AS n
                   ON n.oid = p.pronamespace
                WHERE n.nspname !~ '^pg_'
                  AND n.nspname <> 'information_schema'
                  AND NOT EXISTS (SELECT 1
                                    FROM pg_depend AS e
                                   WHERE e.classid = 'pg_proc'::regclass
                                     AND e.objid = p.oid
                                     AND e.deptype = 'e')
               UNION ALL
               SELECT n.nspowner, current_database()::text, n.nspname::text, 'schemas', n.nspname::text
                 FROM pg_namespace AS n
                WHERE n.nspname !~ '^pg_'
                  AND n.nspname <> 'information_schema'
               UNION ALL
               SELECT d.datdba, d.datname::text, NULL, 'databases', d.datname::text
                 FROM pg_database AS d
               ) AS o
         GROUP BY o.owner, o.database, o.schema, o.kind
         ORDER BY o.database, o.schema NULLS FIRST, o.owner, o.kind
        """

    static let definerRoutines: SQLStatement = """
        SELECT p.oid AS id,
               n.nspname::text AS schema,
               p.proname::text AS name,
               pg_get_function_identity_arguments(p.oid) AS arguments,
               p.prokind = 'p' AS is_procedure,
               p.prorettype IN ('trigger'::regtype, 'event_trigger'::regtype) AS is_trigger,
               p.proowner AS owner,
               coalesce(p.proconfig, '{}') AS settings
          FROM pg_proc AS p
          JOIN pg_namespace AS n
            ON n.oid = p.pronamespace
         WHERE p.prosecdef
           AND n.nspname !~ '^pg_'
           AND n.nspname <> 'information_schema'
         ORDER BY n.nspname, p.proname, arguments
        """

    static let protectedTables: SQLStatement = """
        SELECT c.oid AS id,
               n.nspname::text AS schema,
               c.relname::text AS name,
               c.relowner AS owner,
               c.relforcerowsecurity AS is_forced,
               c.relispartition AS is_partition,
               p.polname::text AS policy,
               p.polcmd::text AS command,
               p.polpermissive AS is_permissive,
               p.polroles AS policy_roles
          FROM pg_class AS c
          JOIN pg_namespace AS n
            ON n.oid = c.relnamespace
          LEFT JOIN pg_policy AS p
            ON p.polrelid = c.oid
         WHERE c.relrowsecurity
           AND n.nspname !~ '^pg_'
           AND n.nspname <> 'information_schema'
         ORDER BY n.nspname, c.relname, p.polname
        """

    /// Privileges of others than the owner: on databases, schemas, SECURITY DEFINER routines, and on tables with
    /// row-level security and their columns.
    static let grants: SQLStatement = """
        SELECT 'database' AS class, d.oid AS id, NULL::text AS schema, d.datname::text AS name,
               NULL::text AS column, a.grantee AS grantee, a.privilege_type AS privilege,
               d.datacl IS NULL AS is_default
          FROM pg_database AS d
         CROSS JOIN LATERAL aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) AS a
         WHERE d.datallowconn
           AND a.grantee <> d.datdba
        UNION ALL
        SELECT 'schema', n.oid, n.nspname::text, n.nspname::text, NULL, a.grantee, a.privilege_type,
               n.nspacl IS NULL
          FROM pg_namespace AS n
         CROSS JOIN LATERAL aclexplode(coalesce(n.nspacl, acldefault('n', n.nspowner))) AS a
         WHERE n.nspname !~ '^pg_'
           AND n.nspname <> 'information_schema'
           AND a.grantee <> n.nspowner
        UNION ALL
        SELECT 'routine', p.oid, n.nspname::text, p.proname::text, NULL, a.grantee, a.privilege_type,
               p.proacl IS NULL
          FROM pg_proc AS p
          JOIN pg_namespace AS n
            ON n.oid = p.pronamespace
         CROSS JOIN LATERAL aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) AS a
         WHERE p.prosecdef
           AND n.nspname !~ '^pg_'
           AND n.nspname <> 'information_schema'
           AND a.grantee <> p.proowner
        UNION ALL
        SELECT 'table', c.oid, n.nspname::text, c.relname::text, NULL, a.grantee, a.privilege_type,
               c.relacl IS NULL
          FROM pg_class AS c
          JOIN pg_namespace AS n
            ON n.oid = c.relnamespace
         CROSS JOIN LATERAL aclexplode(coalesce(c.relacl, acldefault('r', c.relowner))) AS a
         WHERE c.relrowsecurity
           AND n.nspname !~ '^pg_'
           AND n.nspname <> 'information_schema'
           AND a.grantee <> c.relowner
        UNION ALL
        SELECT 'column', c.oid, n.nspname::text, c.relname::text, t.attname::text, a.grantee,
               a.privilege_type, false
          FROM pg_class AS c
          JOIN pg_namespace AS n
            ON n.oid = c.relnamespace
          JOIN pg_attribute AS t
            ON t.attrelid = c.oid
           AND t.attnum > 0
           AND NOT t.attisdropped
         CROSS JOIN LATERAL aclexplode(t.attacl) AS a
         WHERE c.relrowsecurity
           AND n.nspname !~ '^pg_'
           AND n.nspname <> 'information_schema'
           AND a.grantee <> c.relowner
         ORDER BY 1, 3, 4, 2, 5, 6, 7
        """

    /// Never the options of a line: they can hold the password of a directory server.
    static func hostRules(_ versions: AuditVersions) -> SQLStatement {
        """
        SELECT \(statement: versions.hostRuleFile) AS file,
               h.line_number AS line,
               h.type AS type,
               h.database AS databases,
               h.user_name AS users,
               h.address AS address,
               h.netmask AS netmask,
               h.auth_method AS method,
               h.error IS NOT NULL AS is_broken
          FROM pg_hba_file_rules AS h
         ORDER BY file, line
        """
    }
}
