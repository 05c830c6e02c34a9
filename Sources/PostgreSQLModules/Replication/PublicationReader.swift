import ModuleKit
import SQLClient

/// What a task names, to be looked up with the publication.
struct PublicationLookup {
    let name: String
    let tables: [PublishedTable]
    let schemas: [String]
    let owner: String?

    /// Names that have no object behind them, each as the task's reader knows it.
    var missing: SQLStatement {
        let tableNames = SQLValue.array(tables.map { .text($0.quotedName) })
        let columns = tables.flatMap { table in (table.columns ?? []).map { (table.quotedName, $0) } }
        let columnTables = SQLValue.array(columns.map { .text($0.0) })
        let columnNames = SQLValue.array(columns.map { .text($0.1) })
        return """
            SELECT w FROM unnest(\(value: tableNames)::text[]) AS w
             WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_class AS c
                                WHERE c.oid = pg_catalog.to_regclass(w) AND c.relkind IN ('r', 'p'))
            UNION ALL
            SELECT w.of || '.' || pg_catalog.quote_ident(w.name)
              FROM unnest(\(value: columnTables)::text[], \(value: columnNames)::text[]) AS w (of, name)
             WHERE pg_catalog.to_regclass(w.of) IS NOT NULL
               AND NOT EXISTS (SELECT FROM pg_catalog.pg_attribute AS a
                                WHERE a.attrelid = pg_catalog.to_regclass(w.of) AND a.attname = w.name
                                  AND a.attnum > 0 AND NOT a.attisdropped)
            UNION ALL
            SELECT w FROM unnest(\(value: .array(schemas.map(SQLValue.text)))::text[]) AS w
             WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_namespace WHERE nspname = w)
            """
    }
}

/// Reads a publication.
struct PublicationReader {
    let session: any SQLSession
    let lookup: PublicationLookup

    private var features: PublicationFeatures { PublicationFeatures(version: session.serverVersion) }

    /// The publication, and what of the lookup does not exist.
    func state() throws(ModuleFailure) -> PublicationState {
        let more = features.parameters.compactMap { parameter in
            parameter.column.map { ", \(statement: $0) AS \(identifier: parameter.name)" as SQLStatement }
        }
        .joined(separator: "")
        let rows = try session.observedRecords(
            """
            SELECT p.pubname, current_user::text AS session_role,
                   pg_catalog.pg_get_userbyid(p.pubowner) AS owner, p.puballtables,
                   coalesce(pg_catalog.obj_description(p.oid, 'pg_publication'), '') AS comment,
                   p.pubinsert, p.pubupdate, p.pubdelete, p.pubtruncate\(statement: more),
                   ARRAY(\(statement: lookup.missing)) AS missing,
                   EXISTS (SELECT FROM pg_catalog.pg_roles
                            WHERE rolname = \(value: .text(lookup.owner ?? ""))) AS owner_exists
              FROM (SELECT 1) AS one
              LEFT JOIN pg_catalog.pg_publication AS p ON p.pubname = \(value: .text(lookup.name))
            """)
        guard let row = rows.first else {
            throw .impossible("the server did not tell about publication \"\(lookup.name)\"", hint: nil)
        }
        var state = PublicationState(
            publication: row.text("pubname") == nil ? nil : publication(of: row),
            missing: row.texts("missing"), ownerExists: row.bool("owner_exists"),
            sessionRole: row.text("session_role") ?? "")
        if state.publication?.publishesAllTables == false { try readParts(into: &state) }
        return state
    }

    private func publication(of row: SQLRecord) -> PublicationState.Publication {
        var parameters: [String: String] = [:]
        for parameter in features.parameters where parameter.column != nil {
            parameters[parameter.name] = row.text(parameter.name) ?? ""
        }
        let operations = PublicationFeatures.operations.filter { row.bool("pub" + $0) }
        parameters["publish"] = operations.sorted().joined(separator: ",")
        return PublicationState.Publication(
            owner: row.text("owner") ?? "", comment: row.text("comment") ?? "",
            publishesAllTables: row.bool("puballtables"), parameters: parameters, tables: [], schemas: [])
    }

    /// Tables with their columns and conditions, and schemas, in the order in which they were added.
    private func readParts(into state: inout PublicationState) throws(ModuleFailure) {
        let details: SQLStatement =
            features.hasParts
            ? """
            r.prattrs IS NOT NULL AS has_columns,
            ARRAY(SELECT a.attname
                    FROM unnest(r.prattrs) WITH ORDINALITY AS k (number, position)
                    JOIN pg_catalog.pg_attribute AS a ON a.attrelid = r.prrelid AND a.attnum = k.number
                   ORDER BY k.position) AS columns,
            pg_catalog.pg_get_expr(r.prqual, r.prrelid) AS condition
            """ : "false AS has_columns, NULL::text[] AS columns, NULL::text AS condition"
        let schemas: SQLStatement =
            features.hasParts
            ? """
            UNION ALL
            SELECT s.oid, n.nspname, NULL, false, NULL, NULL
              FROM pg_catalog.pg_publication_namespace AS s
              JOIN pg_catalog.pg_namespace AS n ON n.oid = s.pnnspid
              JOIN pg_catalog.pg_publication AS p ON p.oid = s.pnpubid
             WHERE p.pubname = \(value: .text(lookup.name))
            """ : ""
        let rows = try session.observedRecords(
            """
            SELECT r.oid, n.nspname, c.relname, \(statement: details)
              FROM pg_catalog.pg_publication_rel AS r
              JOIN pg_catalog.pg_publication AS p ON p.oid = r.prpubid
              JOIN pg_catalog.pg_class AS c ON c.oid = r.prrelid
              JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
             WHERE p.pubname = \(value: .text(lookup.name))
            \(statement: schemas)
             ORDER BY 1
            """)
        for row in rows {
            let schema = row.text("nspname") ?? ""
            guard let table = row.text("relname") else {
                state.publication?.schemas.append(schema)
                continue
            }
            let published = PublishedTable(
                schema: schema, name: table, columns: row.bool("has_columns") ? row.texts("columns") : nil,
                filter: row.text("condition").map(RowCondition.init(stored:)))
            state.publication?.tables.append(published)
            state.conditions[published.identifier] = try likeness(of: published)
        }
    }

    /// How the table's condition compares with the one that the task wrote; `nil` when one of them is not there.
    private func likeness(of published: PublishedTable) throws(ModuleFailure) -> ConditionLikeness? {
        let written = lookup.tables.first { $0.identifier == published.identifier }?.filter
        guard let stored = published.filter, let written else { return nil }
        if stored == written { return .alike }
        return try session.likeness(of: stored, written, on: published.identifier)
    }
}
