import ModuleKit
import SQLClient

/// Reads who holds what, from the catalogs: ACLs, or their defaults where there is none.
struct AccessReader {
    let request: PrivsRequest
    let grantees: [Grantee]
    let session: any SQLSession

    /// What is there: items in the order of the task, and what the task's roles hold on each.
    typealias Access = (items: [AccessItem], held: [AccessItem: Set<HeldPrivilege>], missing: [String])

    func access() throws(ModuleFailure) -> Access {
        switch request.kind {
        case .group: return try memberships()
        case .defaultPrivileges: return try defaults()
        case .parameter: return try parameters()
        case .table, .sequence, .function, .procedure, .database, .schema, .language, .tablespace,
            .foreignDataWrapper, .foreignServer, .type:
            guard let place = request.kind.place else { preconditionFailure("these kinds have a place") }
            return try objects(place)
        }
    }

    private var names: SQLValue { .array(grantees.map { .text($0.name) }) }

    /// Entries of an ACL that concern the task's roles.
    private func exploded(_ acl: SQLStatement) -> SQLStatement {
        """
        LEFT JOIN LATERAL (
               SELECT x.privilege_type, x.is_grantable,
                      coalesce(g.rolname::text, '') AS grantee
                 FROM pg_catalog.aclexplode(\(statement: acl)) AS x
                 LEFT JOIN pg_catalog.pg_roles AS g ON g.oid = x.grantee
                WHERE coalesce(g.rolname::text, '') = ANY (\(value: names)::text[])) AS e ON true
        """
    }

    private func objects(_ place: PrivilegeKind.Place) throws(ModuleFailure) -> Access {
        let isRoutine = request.kind == .function || request.kind == .procedure
        if let schema = request.schema, request.isAllInSchema { try require(schema) }
        let wanted = request.names.map { name in isRoutine ? routine(name) : (key: name, name: name, signature: nil) }
        if let bad = wanted.first(where: { isRoutine && $0.signature == nil }) {
            throw .impossible(
                "Illegal function / procedure signature: \"\(bad.name)\".",
                hint: "are the argument types there, in parentheses?")
        }
        var join: SQLStatement = "\(statement: place.condition)"
        if isRoutine, !request.isAllInSchema {
            join += " AND o.oid = pg_catalog.to_regprocedure(w.name)"
        } else if !request.isAllInSchema {
            join += " AND o.\(statement: place.name)::text = w.name"
        }
        if let namespace = place.namespace {
            if let schema = request.schema {
                join += " AND n.nspname = \(value: .text(schema))"
            } else if !isRoutine {
                join += " AND n.nspname = ANY (pg_catalog.current_schemas(true))"
            }
            join += " AND n.oid = o.\(statement: namespace)"
        }
        let source: SQLStatement =
            request.isAllInSchema
            ? "(SELECT NULL::text AS name, 1::bigint AS position) AS w"
            : """
            pg_catalog.unnest(\(value: .array(wanted.map { .text($0.key) }))::text[])
                WITH ORDINALITY AS w (name, position)
            """
        let namespace: SQLStatement =
            place.namespace == nil ? "(SELECT NULL::text AS nspname, NULL::oid AS oid) AS n" : "pg_catalog.pg_namespace AS n"
        let arguments: SQLStatement =
            isRoutine ? "'(' || pg_catalog.oidvectortypes(f.proargtypes) || ')'" : "NULL::text"
        let routineColumns: SQLStatement = isRoutine ? ", o.proargtypes" : ""
        let rows = try session.observedRecords(
            """
            SELECT w.position, f.object_name, f.schema_name, \(statement: arguments) AS signature,
                   e.grantee, e.privilege_type, e.is_grantable
              FROM \(statement: source)
              LEFT JOIN LATERAL (
                       SELECT o.\(statement: place.name)::text AS object_name, n.nspname::text AS schema_name,
                              coalesce(o.\(statement: place.acl),
                                       pg_catalog.acldefault(\(statement: place.letter), o.\(statement: place.owner))) AS acl
                              \(statement: routineColumns)
                         FROM pg_catalog.\(statement: place.catalog) AS o, \(statement: namespace)
                        WHERE \(statement: join)) AS f ON true
              \(statement: exploded("f.acl"))
             ORDER BY w.position, f.schema_name, f.object_name, signature
            """)
        return collected(rows, wanted: wanted.map(\.key)) { row in
            guard let name = row.text("object_name") else { return nil }
            // Routines keep the types as the task has them, which the server has read.
            let position = Int(row.int("position") ?? 1) - 1
            let signature = request.isAllInSchema ? row.text("signature") : isRoutine ? wanted[position].signature : nil
            return .object(
                schema: place.namespace == nil ? nil : row.text("schema_name"), name: name, signature: signature)
        }
    }

    /// `name(types)` with the schema in front, for the server to read.
    private func routine(_ text: String) -> (key: String, name: String, signature: String?) {
        guard let parenthesis = text.firstIndex(of: "(") else { return (text, text, nil) }
        let name = String(text[..<parenthesis])
        let signature = String(text[parenthesis...])
        let identifier = SQLIdentifier(schema: request.schema, name).quoted(for: .postgreSQL)
        return (identifier + signature, name, signature)
    }

    private func require(_ schema: String) throws(ModuleFailure) {
        let rows = try session.observedRecords(
            "SELECT 1 AS one FROM pg_catalog.pg_namespace WHERE nspname = \(value: .text(schema))")
        guard rows.isEmpty else { return }
        throw .impossible("Schema \"\(schema)\" does not exist.", hint: "is it in this database?")
    }

    private func memberships() throws(ModuleFailure) -> Access {
        let rows = try session.observedRecords(
            """
            SELECT w.position, g.rolname::text AS object_name, m.rolname::text AS grantee,
                   \(literal: PrivilegeKind.membership) AS privilege_type, a.admin_option AS is_grantable
              FROM pg_catalog.unnest(\(value: .array(request.names.map(SQLValue.text)))::text[])
                       WITH ORDINALITY AS w (name, position)
              LEFT JOIN pg_catalog.pg_roles AS g ON g.rolname::text = w.name
              LEFT JOIN (pg_catalog.pg_auth_members AS a
                         JOIN pg_catalog.pg_roles AS m
                           ON m.oid = a.member
                          AND m.rolname::text = ANY (\(value: names)::text[]))
                ON a.roleid = g.oid
             ORDER BY w.position
            """)
        return collected(rows, wanted: request.names) { row in
            row.text("object_name").map { .object(schema: nil, name: $0, signature: nil) }
        }
    }

    private func parameters() throws(ModuleFailure) -> Access {
        guard session.serverVersion >= PrivsVersions.parameters else {
            throw .impossible("PostgreSQL version must be >= 15 for type=parameter. Exit", hint: nil)
        }
        let rows = try session.observedRecords(
            """
            SELECT w.position, w.name AS object_name, e.grantee, e.privilege_type, e.is_grantable
              FROM pg_catalog.unnest(\(value: .array(request.names.map { .text($0.lowercased()) }))::text[])
                       WITH ORDINALITY AS w (name, position)
              LEFT JOIN pg_catalog.pg_parameter_acl AS p ON p.parname = w.name
              \(statement: exploded("p.paracl"))
             ORDER BY w.position
            """)
        return collected(rows, wanted: request.names) { row in
            row.text("object_name").map { .object(schema: nil, name: $0, signature: nil) }
        }
    }

    /// Entries for one schema add to those for all, and have no defaults of their own.
    private func defaults() throws(ModuleFailure) -> Access {
        let letters = request.defaultObjects.map(\.letter)
        let roles = request.targetRoles
        let owners: SQLStatement =
            roles.isEmpty
            ? "(SELECT NULL::text AS name, current_user::name AS rolname, 1::bigint AS position)"
            : """
            (SELECT u.name, u.name::name AS rolname, u.position
               FROM pg_catalog.unnest(\(value: .array(roles.map(SQLValue.text)))::text[])
                        WITH ORDINALITY AS u (name, position))
            """
        let base: SQLStatement =
            request.schema == nil ? "pg_catalog.acldefault(lower(k.letter)::\"char\", r.oid)" : "NULL::aclitem[]"
        let schema: SQLStatement =
            request.schema.map {
                "(SELECT n.oid FROM pg_catalog.pg_namespace AS n WHERE n.nspname = \(value: .text($0)))"
            } ?? "0::oid"
        if let schema = request.schema { try require(schema) }
        let rows = try session.observedRecords(
            """
            SELECT k.position, w.name AS owner, k.letter, r.oid IS NOT NULL AS role_exists, w.rolname::text AS role_name,
                   e.grantee, e.privilege_type, e.is_grantable
              FROM pg_catalog.unnest(\(value: .array(letters.map(SQLValue.text)))::text[])
                       WITH ORDINALITY AS k (letter, position)
              CROSS JOIN \(statement: owners) AS w
              LEFT JOIN pg_catalog.pg_roles AS r ON r.rolname = w.rolname
              LEFT JOIN pg_catalog.pg_default_acl AS d
                ON d.defaclrole = r.oid
               AND d.defaclobjtype::text = k.letter
               AND d.defaclnamespace = \(statement: schema)
              \(statement: exploded("coalesce(d.defaclacl, \(statement: base))"))
             ORDER BY w.position, k.position
            """)
        if let missing = rows.first(where: { !$0.bool("role_exists") }) {
            throw .impossible(
                "Role '\(missing.text("role_name") ?? "")' does not exist", hint: "is target_roles right?")
        }
        return collected(rows, wanted: []) { row in
            DefaultObjects.allCases.first { $0.letter == row.text("letter") }.map {
                .future($0, role: row.text("owner"))
            }
        }
    }

    private func collected(
        _ rows: [SQLRecord], wanted: [String], _ item: (SQLRecord) -> AccessItem?
    ) -> Access {
        var items: [AccessItem] = []
        var held: [AccessItem: Set<HeldPrivilege>] = [:]
        var missing: [String] = []
        for row in rows {
            guard let item = item(row) else {
                let position = Int(row.int("position") ?? 1) - 1
                if wanted.indices.contains(position) { missing.append(wanted[position]) }
                continue
            }
            if held[item] == nil {
                items.append(item)
                held[item] = []
            }
            guard let privilege = row.text("privilege_type"), let grantee = row.text("grantee") else { continue }
            held[item]?.insert(
                HeldPrivilege(grantee: grantee, privilege: privilege, isGrantable: row.bool("is_grantable")))
        }
        return (items, held, missing)
    }
}
