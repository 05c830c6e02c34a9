import ModuleKit
import SQLClient

/// Where the objects of a task come from: named ones, or all of a schema.
struct ObjectSource {
    /// What was looked for, by position.
    let wanted: [String]
    /// The source `w` of the positions.
    let names: SQLStatement
    /// The objects at one position, as the source `f`.
    let objects: SQLStatement

    private let hasSchema: Bool
    /// Argument types as the task has them, by position; `nil`: as the catalog has them.
    private let signatures: [String]?

    init(request: PrivsRequest, place: PrivilegeKind.Place) throws(ModuleFailure) {
        let isRoutine = request.kind == .function || request.kind == .procedure
        hasSchema = place.namespace != nil
        if request.isAllInSchema {
            (wanted, signatures) = ([], nil)
            names = "(SELECT NULL::text AS name, NULL::bigint AS position) AS w"
        } else {
            if isRoutine {
                var routines: [(key: String, types: String)] = []
                for name in request.names { routines.append(try Self.routine(name, request.schema)) }
                (wanted, signatures) = (routines.map(\.key), routines.map(\.types))
            } else {
                (wanted, signatures) = (request.names, nil)
            }
            names = """
                pg_catalog.unnest(\(value: .array(wanted.map(SQLValue.text)))::text[])
                    WITH ORDINALITY AS w (name, position)
                """
        }
        objects = Self.objects(request, place, isRoutine: isRoutine)
    }

    private static func objects(
        _ request: PrivsRequest, _ place: PrivilegeKind.Place, isRoutine: Bool
    ) -> SQLStatement {
        var conditions: [SQLStatement] = [place.condition]
        if !request.isAllInSchema {
            conditions.append(
                isRoutine
                    ? "o.oid = pg_catalog.to_regprocedure(w.name)"
                    : "o.\(statement: place.name)::text = w.name")
        }
        if place.namespace != nil {
            conditions.append(
                request.schema.map { "n.nspname = \(value: .text($0))" } ?? place.isVisible)
        }
        let join: SQLStatement =
            place.namespace.map { "JOIN pg_catalog.pg_namespace AS n ON n.oid = o.\(statement: $0)" } ?? ""
        let schema: SQLStatement = place.namespace == nil ? "NULL::text" : "n.nspname::text"
        let signature: SQLStatement =
            isRoutine ? "'(' || pg_catalog.oidvectortypes(o.proargtypes) || ')'" : "NULL::text"
        return """
            SELECT o.oid, o.\(statement: place.name)::text AS object_name, \(statement: schema) AS schema_name,
                   \(statement: signature) AS signature,
                   pg_catalog.pg_get_userbyid(o.\(statement: place.owner))::text AS owner,
                   pg_catalog.pg_has_role(o.\(statement: place.owner), 'USAGE') AS is_owner,
                   coalesce(o.\(statement: place.acl),
                            pg_catalog.acldefault(\(statement: place.letter), o.\(statement: place.owner))) AS acl
              FROM pg_catalog.\(statement: place.catalog) AS o \(statement: join)
             WHERE \(statement: conditions.joined(separator: " AND "))
            """
    }

    /// The quoted name with its schema and types, for the server to read, and the types alone.
    private static func routine(
        _ text: String, _ schema: String?
    ) throws(ModuleFailure) -> (key: String, types: String) {
        guard let parenthesis = text.firstIndex(of: "(") else {
            throw .impossible(
                "Illegal function / procedure signature: \"\(text)\".",
                hint: "are the argument types there, in parentheses?")
        }
        let identifier = SQLIdentifier(schema: schema, String(text[..<parenthesis]))
        let types = String(text[parenthesis...])
        return (identifier.quoted(for: .postgreSQL) + types, types)
    }

    /// The object of a row; routines keep their types as the task has them, which the server has read.
    func item(_ row: SQLRecord) -> AccessItem? {
        guard let name = row.text("object_name") else { return nil }
        let position = Int(row.int("position") ?? 0) - 1
        let types = signatures.flatMap { $0.indices.contains(position) ? $0[position] : nil }
        return .object(
            schema: hasSchema ? row.text("schema_name") : nil, name: name,
            signature: types ?? row.text("signature"))
    }
}
