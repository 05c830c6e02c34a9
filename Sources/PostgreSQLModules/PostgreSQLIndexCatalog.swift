import ModuleKit
import SQLClient

/// Reads an index and how it differs from the one that a task describes.
struct PostgreSQLIndexCatalog {
    let arguments: PostgreSQLIdxArguments
    let host: any HostServices

    /// The index of the task, and what is around it.
    func state(_ session: any SQLSession) throws(ModuleFailure) -> PostgreSQLIdxModule.State {
        let rows = try session.observedRecords(statement)
        guard let row = rows.first else {
            throw .impossible("the server does not show its own database", hint: nil)
        }
        let table = PostgreSQLIdxModule.State.Relation(kind: row.text("table_kind"))
        let defaultTablespace = row.text("default_tablespace") ?? ""
        var state = PostgreSQLIdxModule.State(
            index: nil, table: table, defaultTablespace: defaultTablespace)
        guard let kind = row.text("kind") else { return state }
        guard kind == "i" || kind == "I" else {
            guard arguments.state == .present else { return state }
            throw .impossible(
                "\(arguments.schema).\(arguments.name) is not an index",
                hint: "which object of schema \(arguments.schema) has this name?")
        }
        var index = Self.index(row)
        guard arguments.state == .present, index.table == arguments.table else {
            state.index = index
            return state
        }
        let tablespace = index.tablespace.isEmpty ? defaultTablespace : index.tablespace
        if let wanted = arguments.tablespace, wanted != tablespace {
            index.differences.append("tablespace is \(tablespace)")
        }
        if row.bool("is_unique") != arguments.isUnique {
            index.differences.append(arguments.isUnique ? "it is not unique" : "it is unique")
        }
        let parameters = index.parameters.setting(arguments.parameters)
        if parameters != index.parameters {
            index.differences.append(
                "storage parameters are \(index.parameters.texts.joined(separator: ", "))")
        }
        index.differences += try differences(row, session)
        state.index = index
        return state
    }

    private static func index(_ row: SQLRecord) -> PostgreSQLIdxModule.State.Index {
        PostgreSQLIdxModule.State.Index(
            id: row.int("id") ?? 0, table: row.text("index_table") ?? "",
            tablespace: row.text("tablespace") ?? "",
            parameters: PostgreSQLStorageParameters(catalog: row.texts("parameters")),
            isValid: row.bool("is_valid"), isBuilding: row.bool("is_building"),
            isPartitioned: row.text("kind") == "I", constraint: row.text("constraint_name"),
            hasDuty: row.bool("has_duty"), comment: row.text("comment") ?? "",
            definition: row.text("definition") ?? "", differences: [],
            hasLeftover: row.bool("has_leftover"))
    }

    /// Differences of the definition: what can be told from the parts, and the expressions by the server's own wording.
    private func differences(
        _ row: SQLRecord, _ session: any SQLSession
    ) throws(ModuleFailure) -> [String] {
        let definition = row.text("definition") ?? ""
        guard let stored = PostgreSQLIndexDefinition(server: definition), let wanted = arguments.definition
        else {
            return ["columns cannot be compared with: \(definition)"]
        }
        let comparison = PostgreSQLIndexComparison(
            stored: stored, wanted: wanted, collations: names(row, "collations"),
            operatorClasses: names(row, "operator_classes"))
        let pairs = comparison.pairs
        guard !pairs.isEmpty, comparison.plainDifferences.isEmpty else { return comparison.plainDifferences }
        let relation = SQLIdentifier(schema: arguments.schema, arguments.table)
        let forms: [String]
        do throws(ModuleFailure) {
            forms = try PostgreSQLExpressionForms.forms(
                of: pairs.flatMap { ["(\(userText: $0.stored))", "(\(userText: $0.wanted))"] },
                from: relation, session, host: host)
        } catch {
            throw error.about("definition of index \(arguments.schema).\(arguments.name)")
        }
        return pairs.indices.filter { forms[2 * $0] != forms[2 * $0 + 1] }.map { pairs[$0].difference }
    }

    private func names(_ row: SQLRecord, _ column: String) -> [PostgreSQLCatalogName] {
        (row.text(column).flatMap { host.json(of: $0) }?.array ?? []).map(PostgreSQLCatalogName.init)
    }

    private var statement: SQLStatement {
        """
        SELECT c.oid AS id,
               c.relkind::text AS kind,
               t.relname AS index_table,
               w.relkind::text AS table_kind,
               s.spcname AS tablespace,
               d.spcname AS default_tablespace,
               coalesce(c.reloptions, '{}') AS parameters,
               i.indisunique AS is_unique,
               i.indisvalid AND i.indisready AS is_valid,
               i.indisreplident OR i.indisclustered
                   OR EXISTS (SELECT 1
                                FROM pg_catalog.pg_constraint AS f
                               WHERE f.conindid = c.oid
                                 AND f.contype = 'f') AS has_duty,
               EXISTS (SELECT 1
                         FROM pg_catalog.pg_stat_progress_create_index AS p
                        WHERE p.index_relid = c.oid) AS is_building,
               k.conname AS constraint_name,
               pg_catalog.obj_description(c.oid, 'pg_class') AS comment,
               pg_catalog.pg_get_indexdef(c.oid) AS definition,
               (SELECT json_agg(json_build_object(
                           'name', coalesce(o.collname, ''), 'schema', coalesce(q.nspname, ''),
                           'is_visible', coalesce(pg_catalog.pg_collation_is_visible(o.oid), false))
                           ORDER BY e.place)
                  FROM unnest(i.indcollation::oid[]) WITH ORDINALITY AS e (id, place)
                  LEFT JOIN pg_catalog.pg_collation AS o ON o.oid = e.id
                  LEFT JOIN pg_catalog.pg_namespace AS q ON q.oid = o.collnamespace) AS collations,
               (SELECT json_agg(json_build_object(
                           'name', o.opcname, 'schema', q.nspname,
                           'is_visible', pg_catalog.pg_opclass_is_visible(o.oid))
                           ORDER BY e.place)
                  FROM unnest(i.indclass::oid[]) WITH ORDINALITY AS e (id, place)
                  JOIN pg_catalog.pg_opclass AS o ON o.oid = e.id
                  JOIN pg_catalog.pg_namespace AS q ON q.oid = o.opcnamespace) AS operator_classes,
               EXISTS (SELECT 1
                         FROM pg_catalog.pg_class AS l
                        WHERE l.relnamespace = c.relnamespace
                          AND l.relkind = 'i'
                          AND l.relname = \(literal: PostgreSQLIdxModule.replacementPrefix) || c.oid) AS has_leftover
          FROM pg_catalog.pg_database AS b
          JOIN pg_catalog.pg_tablespace AS d ON d.oid = b.dattablespace
          LEFT JOIN pg_catalog.pg_namespace AS n ON n.nspname = \(value: .text(arguments.schema))
          LEFT JOIN pg_catalog.pg_class AS w
            ON w.relnamespace = n.oid
           AND w.relname = \(value: .text(arguments.table))
          LEFT JOIN pg_catalog.pg_class AS c
            ON c.relnamespace = n.oid
           AND c.relname = \(value: .text(arguments.name))
          LEFT JOIN pg_catalog.pg_index AS i ON i.indexrelid = c.oid
          LEFT JOIN pg_catalog.pg_class AS t ON t.oid = i.indrelid
          LEFT JOIN pg_catalog.pg_tablespace AS s ON s.oid = c.reltablespace
          LEFT JOIN pg_catalog.pg_constraint AS k
            ON k.conindid = c.oid
           AND k.contype IN ('p', 'u', 'x')
         WHERE b.datname = current_database()
        """
    }
}

extension ModuleFailure {
    /// The same failure, with the object that it is about in front of the server's message.
    func about(_ object: String) -> ModuleFailure {
        guard case .database(let failure) = self, let message = failure.serverMessage else { return self }
        return .impossible("\(object): \(message.text)", hint: failure.hint)
    }
}
