import ModuleKit
import SQLClient

/// Reads a table and how it differs from the one that a task describes.
struct PostgreSQLTableCatalog {
    let arguments: PostgreSQLTableArguments
    /// The table's name as the task writes it, in levels.
    let table: SQLIdentifier
    let host: any HostServices

    /// The table of the task, and whether one has its new name.
    ///
    /// One statement; up to two more when columns are compared.
    func state(_ session: any SQLSession) throws(ModuleFailure) -> PostgreSQLTableModule.State {
        if table.parts.count == 3, table.parts[0] != session.database {
            throw .impossible(
                "table \(arguments.name) is in database \(table.parts[0]), and the task is connected to \(session.database)",
                hint: "is login_db: \(table.parts[0]) meant?")
        }
        guard let row = try session.observedRecords(statement).first else {
            throw .impossible("the server does not show its own database", hint: nil)
        }
        var state = PostgreSQLTableModule.State(
            table: nil, isRenamed: row.bool("is_renamed"), currentUser: row.text("login") ?? "",
            defaultTablespace: row.text("default_tablespace") ?? "")
        guard let kind = row.text("kind") else { return state }
        guard Self.tableKinds.contains(kind) else {
            guard arguments.state == .present else { return state }
            throw .impossible(
                "\(arguments.name) is not a table",
                hint: "which object of schema \(row.text("schema") ?? "") has this name?")
        }
        let columns = (row.text("columns").flatMap { host.json(of: $0) }?.array ?? [])
            .map(PostgreSQLTableColumn.init)
        var found = PostgreSQLTableModule.State.Table(
            owner: row.text("owner") ?? "", tablespace: row.text("tablespace") ?? "",
            parameters: PostgreSQLStorageParameters(catalog: row.texts("parameters")),
            hasToast: row.bool("has_toast"), isUnlogged: row.text("persistence") == "u",
            hasContent: row.bool("has_content"),
            columns: Dictionary(columns.map { ($0.name, $0.text) }, uniquingKeysWith: { $1 }),
            differences: [])
        let definition = PostgreSQLTableDefinition(arguments.columns)
        if arguments.saysUnlogged, arguments.isUnlogged != found.isUnlogged {
            found.differences.append(Self.persistence(table, isUnlogged: arguments.isUnlogged))
        }
        if !arguments.columns.isEmpty {
            found.differences += try PostgreSQLColumnComparison(
                table: table, stored: Dictionary(columns.map { ($0.name, $0) }, uniquingKeysWith: { $1 }),
                definition: definition, primaryKey: row.texts("primary_key"), session: session, host: host
            ).differences()
        }
        state.table = found
        return state
    }

    /// Ordinary and partitioned tables.
    private static let tableKinds = ["r", "p"]

    private static func persistence(
        _ table: SQLIdentifier, isUnlogged: Bool
    ) -> PostgreSQLColumnComparison.Difference {
        PostgreSQLColumnComparison.Difference(
            column: "", text: isUnlogged ? "it is logged" : "it is unlogged",
            remedy: isUnlogged
                ? "ALTER TABLE \(identifier: table) SET UNLOGGED"
                : "ALTER TABLE \(identifier: table) SET LOGGED")
    }

    /// Where a table of this name is looked for: in its schema, or where the search path finds it.
    private func isNamed(_ name: String, _ alias: SQLStatement) -> SQLStatement {
        let parts = table.parts
        let isThere: SQLStatement =
            parts.count > 1
            ? """
            \(statement: alias).relnamespace = (SELECT n.oid
                                                  FROM pg_catalog.pg_namespace AS n
                                                 WHERE n.nspname = \(value: .text(parts[parts.count - 2])))
            """ : "pg_catalog.pg_table_is_visible(\(statement: alias).oid)"
        return "\(statement: alias).relname = \(value: .text(name)) AND \(statement: isThere)"
    }

    private var statement: SQLStatement {
        """
        SELECT current_user AS login,
               d.spcname AS default_tablespace,
               c.relkind::text AS kind,
               c.relpersistence::text AS persistence,
               c.relnamespace::pg_catalog.regnamespace::text AS schema,
               pg_catalog.pg_get_userbyid(c.relowner) AS owner,
               s.spcname AS tablespace,
               coalesce(c.reloptions, '{}')
                   || ARRAY(SELECT 'toast.' || p.parameter
                              FROM pg_catalog.pg_class AS t,
                                   unnest(t.reloptions) WITH ORDINALITY AS p (parameter, place)
                             WHERE t.oid = c.reltoastrelid
                             ORDER BY p.place) AS parameters,
               c.reltoastrelid <> 0 AS has_toast,
               \(statement: hasContent) AS has_content,
               \(statement: isRenamed) AS is_renamed,
               ARRAY(SELECT a.attname::text
                       FROM pg_catalog.pg_constraint AS k,
                            unnest(k.conkey) WITH ORDINALITY AS e (number, place)
                       JOIN pg_catalog.pg_attribute AS a ON a.attnum = e.number
                      WHERE k.conrelid = c.oid
                        AND k.contype = 'p'
                        AND a.attrelid = c.oid
                      ORDER BY e.place) AS primary_key,
               \(statement: Self.columns) AS columns
          FROM pg_catalog.pg_database AS b
          JOIN pg_catalog.pg_tablespace AS d ON d.oid = b.dattablespace
          LEFT JOIN pg_catalog.pg_class AS c ON \(statement: isNamed(table.parts.last ?? "", "c"))
          LEFT JOIN pg_catalog.pg_tablespace AS s ON s.oid = c.reltablespace
         WHERE b.datname = current_database()
        """
    }

    private var isRenamed: SQLStatement {
        guard let newName = arguments.newName else { return "false" }
        return """
            EXISTS (SELECT 1
                      FROM pg_catalog.pg_class AS r
                     WHERE r.relkind IN ('r', 'p')
                       AND \(statement: isNamed(PostgreSQLTableModule.unquoted(newName), "r")))
            """
    }

    /// Pages rather than rows: it takes no privilege, is not misled by row security, and dead rows take room too.
    private var hasContent: SQLStatement {
        guard arguments.truncate else { return "false" }
        return """
            (WITH RECURSIVE tree AS (
                 SELECT c.oid
                 UNION
                 SELECT i.inhrelid
                   FROM pg_catalog.pg_inherits AS i
                   JOIN tree ON tree.oid = i.inhparent)
             SELECT coalesce(sum(pg_catalog.pg_relation_size(tree.oid)), 0) > 0
               FROM tree)
            """
    }

    /// Only computed columns name others: without the table, the server need not list its columns for each default
    /// (7 seconds with 1,500 of them).
    private static let columns: SQLStatement = """
        (SELECT json_agg(json_build_object(
                    'name', a.attname,
                    'type', pg_catalog.format_type(a.atttypid, a.atttypmod),
                    'is_not_null', a.attnotnull,
                    'expression', pg_catalog.pg_get_expr(
                        f.adbin, CASE WHEN a.attgenerated = '' THEN 0 ELSE f.adrelid END),
                    'identity', a.attidentity,
                    'is_computed', a.attgenerated <> '',
                    'has_sequence', EXISTS (SELECT 1
                                              FROM pg_catalog.pg_depend AS q
                                              JOIN pg_catalog.pg_class AS o ON o.oid = q.objid
                                             WHERE q.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
                                               AND q.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
                                               AND q.refobjid = c.oid
                                               AND q.refobjsubid = a.attnum
                                               AND o.relkind = 'S'),
                    'collation', json_build_object(
                        'name', coalesce(l.collname, ''), 'schema', coalesce(m.nspname, ''),
                        'is_visible', coalesce(pg_catalog.pg_collation_is_visible(l.oid), false)))
                    ORDER BY a.attnum)
           FROM pg_catalog.pg_attribute AS a
           LEFT JOIN pg_catalog.pg_attrdef AS f
             ON f.adrelid = a.attrelid
            AND f.adnum = a.attnum
           LEFT JOIN pg_catalog.pg_collation AS l ON l.oid = a.attcollation
           LEFT JOIN pg_catalog.pg_namespace AS m ON m.oid = l.collnamespace
          WHERE a.attrelid = c.oid
            AND a.attnum > 0
            AND NOT a.attisdropped)
        """
}
