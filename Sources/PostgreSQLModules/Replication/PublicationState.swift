import ModuleKit
import SQLClient

/// What `postgresql_publication` knows of the server: the publication and which wanted things are not there.
public struct PublicationState: Equatable {
    var publication: Publication?
    /// Tables and schemas that the task names and that do not exist.
    let missing: [String]
    /// The role of the session: the owner of what it creates.
    let sessionRole: String

    struct Publication: Equatable {
        var owner: String
        var comment: String
        var publishesAllTables: Bool
        /// `publish` with its operations sorted, and other parameters by name.
        var parameters: [String: String]
        var tables: [PublishedTable]
        var schemas: [String]
    }
}

/// What a version of the server can publish (release notes of 13, 15 and 18).
struct PublicationFeatures {
    let version: Int

    /// Lists of columns, conditions on rows, and whole schemas.
    var hasParts: Bool { version >= 150_000 }
    /// Parameters and the expressions that read them.
    var parameters: [(name: String, column: SQLStatement)] {
        var parameters: [(name: String, column: SQLStatement)] = []
        if version >= 130_000 { parameters.append(("publish_via_partition_root", "p.pubviaroot::text")) }
        if version >= 180_000 {
            parameters.append(
                ("publish_generated_columns", "CASE p.pubgencols WHEN 's' THEN 'stored' ELSE 'none' END"))
        }
        return parameters
    }
}

/// Reads a publication.
struct PublicationReader {
    let session: any SQLSession
    let name: String

    private var features: PublicationFeatures { PublicationFeatures(version: session.serverVersion) }

    /// The publication, and which of these tables and schemas do not exist.
    func state(tables: [PublishedTable], schemas: [String]) throws(ModuleFailure) -> PublicationState {
        let more = features.parameters.map {
            ", \(statement: $0.column) AS \(identifier: $0.name)" as SQLStatement
        }
        .joined(separator: "")
        let names = tables.map { SQLValue.text($0.quotedName) }
        let rows = try session.observedRecords(
            """
            SELECT p.pubname, current_user::text AS session_role, pg_catalog.pg_get_userbyid(p.pubowner) AS owner, p.puballtables,
                   coalesce(pg_catalog.obj_description(p.oid, 'pg_publication'), '') AS comment,
                   p.pubinsert, p.pubupdate, p.pubdelete, p.pubtruncate\(statement: more),
                   ARRAY(SELECT w FROM unnest(\(value: .array(names))::text[]) AS w
                          WHERE pg_catalog.to_regclass(w) IS NULL
                         UNION ALL
                         SELECT w FROM unnest(\(value: .array(schemas.map(SQLValue.text)))::text[]) AS w
                          WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_namespace WHERE nspname = w)) AS missing
              FROM (SELECT 1) AS one
              LEFT JOIN pg_catalog.pg_publication AS p ON p.pubname = \(value: .text(name))
            """)
        guard let row = rows.first, row.text("pubname") != nil else {
            return PublicationState(
                publication: nil, missing: rows.first?.texts("missing") ?? [],
                sessionRole: rows.first?.text("session_role") ?? "")
        }
        var parameters: [String: String] = [:]
        for parameter in features.parameters { parameters[parameter.name] = row.text(parameter.name) ?? "" }
        let operations = ["insert", "update", "delete", "truncate"].filter { row.bool("pub" + $0) }
        parameters["publish"] = operations.sorted().joined(separator: ",")
        var publication = PublicationState.Publication(
            owner: row.text("owner") ?? "", comment: row.text("comment") ?? "",
            publishesAllTables: row.bool("puballtables"), parameters: parameters, tables: [], schemas: [])
        if !publication.publishesAllTables { try readParts(of: &publication) }
        return PublicationState(
            publication: publication, missing: row.texts("missing"),
            sessionRole: row.text("session_role") ?? "")
    }

    private func readParts(of publication: inout PublicationState.Publication) throws(ModuleFailure) {
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
             WHERE p.pubname = \(value: .text(name))
            """ : ""
        let rows = try session.observedRecords(
            """
            SELECT r.oid, n.nspname, c.relname, \(statement: details)
              FROM pg_catalog.pg_publication_rel AS r
              JOIN pg_catalog.pg_publication AS p ON p.oid = r.prpubid
              JOIN pg_catalog.pg_class AS c ON c.oid = r.prrelid
              JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
             WHERE p.pubname = \(value: .text(name))
            \(statement: schemas)
             ORDER BY 1
            """)
        for row in rows {
            let schema = row.text("nspname") ?? ""
            guard let table = row.text("relname") else {
                publication.schemas.append(schema)
                continue
            }
            publication.tables.append(
                PublishedTable(
                    schema: schema, name: table,
                    columns: row.bool("has_columns") ? row.texts("columns") : nil,
                    filter: row.text("condition")))
        }
    }
}
