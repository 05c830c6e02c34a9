import ModuleKit
import SQLClient

/// Reads who holds what, from the catalogs: ACLs, or their defaults where there is none.
struct AccessReader {
    let request: PrivsRequest
    let roles: Grantee.Resolved
    let session: any SQLSession

    /// What is there: items in the order of the task, who holds what on each, and what is not there.
    struct Access {
        var items: [AccessItem] = []
        var access: [AccessItem: ItemAccess] = [:]
        var missing: [String] = []
        /// Target roles of default privileges that do not exist.
        var missingTargets: [String] = []
    }

    func access() throws(ModuleFailure) -> Access {
        if let schema = request.schema, request.isAllInSchema || request.kind == .defaultPrivileges,
            try !exists(schema)
        {
            guard request.isGrant else { return Access(missing: ["schema \(schema)"]) }
            throw .impossible(
                "Schema \"\(schema)\" does not exist.", hint: "is it in the database \(session.database)?")
        }
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

    private func exists(_ schema: String) throws(ModuleFailure) -> Bool {
        try !session.observedRecords(
            "SELECT 1 AS one FROM pg_catalog.pg_namespace WHERE nspname = \(value: .text(schema))"
        ).isEmpty
    }

    // MARK: ACLs

    private static let columns: SQLStatement = """
        f.owner, f.is_owner, e.grantee, e.grantor, e.privilege_type, e.is_grantable, e.is_on_columns, e.is_passable
        """

    /// Entries of the ACL `f.acl` that concern the task's roles or the session's own right to pass something on.
    private var entries: SQLStatement {
        let names = SQLValue.array(roles.found.map { .text($0.name) })
        let onColumns: SQLStatement = """
            UNION ALL
            SELECT a.grantor, a.grantee, a.privilege_type, a.is_grantable, true
              FROM pg_catalog.pg_attribute AS t, pg_catalog.aclexplode(t.attacl) AS a
             WHERE t.attrelid = f.oid
               AND t.attacl IS NOT NULL
               AND NOT t.attisdropped
            """
        let readsColumns = request.kind == .table && request.revokes
        let dependents: SQLStatement = request.revokes ? "OR y.grantor = ANY (\(value: names)::text[])" : ""
        return """
            LEFT JOIN LATERAL (
                   SELECT y.grantee, y.grantor, y.privilege_type, y.is_grantable, y.is_on_columns, y.is_passable
                     FROM (SELECT CASE x.grantee WHEN 0 THEN '' ELSE pg_catalog.pg_get_userbyid(x.grantee)::text END AS grantee,
                                  pg_catalog.pg_get_userbyid(x.grantor)::text AS grantor,
                                  x.privilege_type, x.is_grantable, x.is_on_columns,
                                  x.is_grantable AND pg_catalog.pg_has_role(x.grantee, 'USAGE') AS is_passable
                             FROM (SELECT a.grantor, a.grantee, a.privilege_type, a.is_grantable, false AS is_on_columns
                                     FROM pg_catalog.aclexplode(f.acl) AS a
                                   \(statement: readsColumns ? onColumns : "")) AS x) AS y
                    WHERE y.grantee = ANY (\(value: names)::text[])
                       OR (y.is_passable AND NOT f.is_owner)
                          \(statement: dependents)) AS e ON true
            """
    }

    private func objects(_ place: PrivilegeKind.Place) throws(ModuleFailure) -> Access {
        let source = try ObjectSource(request: request, place: place)
        return try collected(
            """
            SELECT w.position, f.object_name, f.schema_name, f.signature, \(statement: Self.columns)
              FROM \(statement: source.names)
              LEFT JOIN LATERAL (\(statement: source.objects)) AS f ON true
              \(statement: entries)
             ORDER BY w.position, f.schema_name, f.object_name, f.signature
            """, wanted: source.wanted, item: source.item)
    }

    /// Settings without an entry in the catalog belong to the bootstrap superuser, role 10.
    private func parameters() throws(ModuleFailure) -> Access {
        guard session.serverVersion >= PrivsVersions.parameters else {
            throw .impossible("PostgreSQL version must be >= 15 for type=parameter. Exit", hint: nil)
        }
        let names = request.names.map { $0.lowercased() }
        return try collected(
            """
            SELECT w.position, f.object_name, \(statement: Self.columns)
              FROM pg_catalog.unnest(\(value: .array(names.map(SQLValue.text)))::text[])
                       WITH ORDINALITY AS w (name, position)
              LEFT JOIN LATERAL (
                       SELECT w.name AS object_name, 0::oid AS oid,
                              pg_catalog.pg_get_userbyid(10)::text AS owner,
                              pg_catalog.pg_has_role(10::oid, 'USAGE') AS is_owner,
                              coalesce((SELECT p.paracl FROM pg_catalog.pg_parameter_acl AS p WHERE p.parname = w.name),
                                       pg_catalog.acldefault('p', 10::oid)) AS acl
                        WHERE w.name LIKE '%.%'
                           OR EXISTS (SELECT 1 FROM pg_catalog.pg_settings AS s WHERE lower(s.name) = w.name)
                           OR NOT pg_catalog.pg_has_role('pg_read_all_settings', 'USAGE')) AS f ON true
              \(statement: entries)
             ORDER BY w.position
            """, wanted: request.names
        ) { row in
            row.text("object_name").map { .object(schema: nil, name: $0, signature: nil) }
        }
    }

    // MARK: Memberships

    /// From PostgreSQL 16 on there can be one for each grantor, and a superuser grants in the name of role 10.
    private func memberships() throws(ModuleFailure) -> Access {
        let names = SQLValue.array(roles.found.map { .text($0.name) })
        let hasGrantors = session.serverVersion >= PrivsVersions.membershipGrantors
        let own: SQLStatement = """
            CASE WHEN c.rolsuper THEN pg_catalog.pg_get_userbyid(10)::text ELSE c.rolname::text END
            """
        let grantor: SQLStatement = hasGrantors ? "pg_catalog.pg_get_userbyid(a.grantor)::text" : own
        return try collected(
            """
            SELECT w.position, g.rolname::text AS object_name, \(statement: own) AS owner, true AS is_owner,
                   m.rolname::text AS grantee, \(statement: grantor) AS grantor,
                   \(literal: PrivilegeKind.membership) AS privilege_type, a.admin_option AS is_grantable,
                   false AS is_on_columns, false AS is_passable
              FROM pg_catalog.unnest(\(value: .array(request.names.map(SQLValue.text)))::text[])
                       WITH ORDINALITY AS w (name, position)
              JOIN pg_catalog.pg_roles AS c ON c.rolname = current_user
              LEFT JOIN pg_catalog.pg_roles AS g ON g.rolname::text = w.name
              LEFT JOIN (pg_catalog.pg_auth_members AS a
                         JOIN pg_catalog.pg_roles AS m
                           ON m.oid = a.member
                          AND m.rolname::text = ANY (\(value: names)::text[]))
                ON a.roleid = g.oid
             ORDER BY w.position
            """, wanted: request.names
        ) { row in
            row.text("object_name").map { .object(schema: nil, name: $0, signature: nil) }
        }
    }

    // MARK: Default privileges

    /// Entries for one schema add to those for all, and have no defaults of their own. `acldefault` has letters of its own:
    /// a sequence is `s` there, and `S` a foreign server.
    private func defaults() throws(ModuleFailure) -> Access {
        let letters = SQLValue.array(request.defaultObjects.map { .text($0.letter) })
        let targets = request.targetRoles
        let owners: SQLStatement =
            targets.isEmpty
            ? "(SELECT NULL::text AS name, current_user::text AS role_name, 1::bigint AS position)"
            : """
            (SELECT u.name, u.name AS role_name, u.position
               FROM pg_catalog.unnest(\(value: .array(targets.map(SQLValue.text)))::text[])
                        WITH ORDINALITY AS u (name, position))
            """
        let base: SQLStatement =
            request.schema == nil
            ? "pg_catalog.acldefault(CASE k.letter WHEN 'S' THEN 's' ELSE k.letter END::\"char\", r.oid)"
            : "NULL::aclitem[]"
        let schema: SQLStatement =
            request.schema.map {
                "(SELECT n.oid FROM pg_catalog.pg_namespace AS n WHERE n.nspname = \(value: .text($0)))"
            } ?? "0::oid"
        let rows = try session.observedRecords(
            """
            SELECT w.name AS target, w.role_name, k.letter, f.oid IS NOT NULL AS role_exists, \(statement: Self.columns)
              FROM pg_catalog.unnest(\(value: letters)::text[])
                       WITH ORDINALITY AS k (letter, position)
              CROSS JOIN \(statement: owners) AS w
              LEFT JOIN LATERAL (
                       SELECT r.oid, r.rolname::text AS owner, pg_catalog.pg_has_role(r.oid, 'MEMBER') AS is_owner,
                              coalesce(d.defaclacl, \(statement: base)) AS acl
                         FROM pg_catalog.pg_roles AS r
                         LEFT JOIN pg_catalog.pg_default_acl AS d
                           ON d.defaclrole = r.oid
                          AND d.defaclobjtype::text = k.letter
                          AND d.defaclnamespace = \(statement: schema)
                        WHERE r.rolname::text = w.role_name) AS f ON true
              \(statement: entries)
             ORDER BY w.position, k.position
            """)
        var collector = try collector
        for row in rows where row.bool("role_exists") {
            guard let objects = DefaultObjects.allCases.first(where: { $0.letter == row.text("letter") })
            else { continue }
            collector.add(row, to: .future(objects, role: row.text("target")))
        }
        var access = collector.finished()
        for row in rows where !row.bool("role_exists") {
            let name = row.text("role_name") ?? ""
            if !access.missingTargets.contains(name) { access.missingTargets.append(name) }
        }
        return access
    }

    // MARK: Rows

    /// The privileges of the task, to choose a grantor by; default privileges know only one.
    private var needed: [String] {
        get throws(ModuleFailure) {
            request.kind == .defaultPrivileges
                ? [] : try request.privileges(on: request.kind, serverVersion: session.serverVersion)
        }
    }

    /// Collects what a statement returns, an item's rows behind one another.
    ///
    /// - Parameter wanted: Names in the order of the column `position`, to tell which are missing.
    private func collected(
        _ statement: SQLStatement, wanted: [String], item: (SQLRecord) -> AccessItem?
    ) throws(ModuleFailure) -> Access {
        var collector = try collector
        try session.observeEach(statement) { row in
            if let item = item(row) { return collector.add(row, to: item) }
            let position = Int(row.int("position") ?? 0) - 1
            if wanted.indices.contains(position) { collector.found.missing.append(wanted[position]) }
        }
        return collector.finished()
    }

    private var collector: AccessCollector {
        get throws(ModuleFailure) {
            AccessCollector(
                grantees: Set(roles.found.map(\.name)), sessionRole: roles.current, needed: try needed)
        }
    }
}

/// Puts the rows of an ACL together, one item after the other.
private struct AccessCollector {
    let grantees: Set<String>
    let sessionRole: String
    let needed: [String]
    var found = AccessReader.Access()
    private var item: AccessItem?
    private var owner = (name: "", isOwn: false)
    private var entries: [AccessEntry] = []
    private var latest: ItemAccess?

    init(grantees: Set<String>, sessionRole: String, needed: [String]) {
        self.grantees = grantees
        self.sessionRole = sessionRole
        self.needed = needed
    }

    mutating func add(_ row: SQLRecord, to next: AccessItem) {
        if next != item {
            finish()
            item = next
            owner = (row.text("owner") ?? "", row.bool("is_owner"))
        }
        guard let privilege = row.text("privilege_type"), let grantee = row.text("grantee") else { return }
        entries.append(
            AccessEntry(
                grantee: grantee, grantor: row.text("grantor") ?? "", privilege: privilege,
                isGrantable: row.bool("is_grantable"), isOnColumns: row.bool("is_on_columns"),
                isPassable: row.bool("is_passable")))
    }

    mutating func finished() -> AccessReader.Access {
        finish()
        return found
    }

    /// An item that a task names twice is one item.
    private mutating func finish() {
        guard let item else { return }
        if found.access[item] == nil {
            let access = ItemAccess(
                entries: entries, grantees: grantees, owner: owner.name, isOwner: owner.isOwn,
                sessionRole: sessionRole, needed: needed)
            // The tables of a schema mostly have the same ACL: one copy serves them all.
            if access != latest { latest = access }
            found.items.append(item)
            found.access[item] = latest
        }
        entries.removeAll(keepingCapacity: true)
    }
}
