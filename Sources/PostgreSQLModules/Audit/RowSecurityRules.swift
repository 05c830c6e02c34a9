import SQLClient

/// Rules about row-level security: who passes it, and who is granted rows but sees none.
enum RowSecurityRules {
    static let all = [ownerPasses, noPolicy, grantedButBlind]

    /// Names that a line of evidence holds at most.
    private static let namesMax = 10

    static let ownerPasses = AuditRule(
        id: "PG-RLS-02", severity: .high, title: "Login role passes row-level security as owner",
        reason:
            "Policies do not bind the owner of a table, nor the members of the owner, unless they are forced.",
        scope: .database, cis: "4.7",
        risk: "The owner then sees only the rows that a policy gives it: its jobs and functions need one.",
        evaluate: { facts, _ in
            var chains: [Int64: [[Int64]]] = [:]
            let open = facts.protectedTables.filter { !$0.isForced }
            for owner in Set(open.map(\.owner)) { chains[owner] = owners(owner, facts) }
            let defects = open.compactMap { table -> AuditDefect? in
                guard let chains = chains[table.owner], let first = chains.first else { return nil }
                return AuditDefect(
                    object: table.object(in: facts),
                    evidence: "not forced, and these logins act as its owner \(facts.name(table.owner)): "
                        + shown(chains.map { facts.name($0[0]) }),
                    path: facts.names(first),
                    remediation: [
                        "ALTER TABLE \(identifier: table.identifier) FORCE ROW LEVEL SECURITY"
                    ])
            }
            return AuditOutcome(defects: defects, examined: tables(facts))
        })

    /// Chains from logins to the owner; roles that policies never bind are not meant.
    private static func owners(_ owner: Int64, _ facts: AuditFacts) -> [[Int64]] {
        facts.roles.filter { $0.canLogin && !$0.ignoresRLS }.compactMap {
            facts.graph.reach(from: $0.id).chain(using: owner)
        }
        .sorted { $0.count < $1.count }
    }

    static let noPolicy = AuditRule(
        id: "PG-RLS-03", severity: .medium, title: "Row-level security without any policy",
        reason:
            "Nobody but the owner sees a row. Mostly a policy was forgotten. A partition that nobody was granted "
            + "is closed on purpose: its rows are read through its parent.",
        scope: .database, cis: "4.7",
        risk: "A policy shows rows: have it reviewed by who answers for the data.",
        evaluate: { facts, _ in
            let granted = Set(facts.grants.filter(\.isOnRows).map(\.objectID))
            let bare = facts.protectedTables.filter {
                $0.policies.isEmpty && (!$0.isPartition || granted.contains($0.id))
            }
            let defects = bare.map { table in
                AuditDefect(
                    object: table.object(in: facts), evidence: "no policy",
                    remediation: [
                        """
                        CREATE POLICY <name> ON \(identifier: table.identifier) \
                        FOR SELECT TO <role> USING (<rows that the role may see>)
                        """
                    ])
            }
            return AuditOutcome(defects: defects, examined: tables(facts))
        })

    static let grantedButBlind = AuditRule(
        id: "PG-RLS-04", severity: .medium, title: "Role is granted a table but no policy gives it rows",
        reason:
            "The grant says yes, row-level security says no: reads return nothing, without an error. Tables "
            + "without any policy are PG-RLS-03.",
        scope: .database, cis: "4.7",
        risk:
            "A policy shows rows to the role, a revoke turns silence into an error: decide which one is meant.",
        evaluate: { facts, _ in
            let grants = Dictionary(
                grouping: facts.grants.filter(\.isOnRows), by: \.objectID)
            let defects = facts.protectedTables.filter { !$0.policies.isEmpty }.flatMap { table in
                Blindness(table: table, facts: facts).defects(grants: grants[table.id] ?? [])
            }
            return AuditOutcome(defects: defects, examined: tables(facts))
        })

    private static func tables(_ facts: AuditFacts) -> String {
        "\(facts.protectedTables.count) tables with row-level security"
    }

    static func shown(_ names: [String]) -> String {
        names.prefix(namesMax).joined(separator: ", ")
            + (names.count > namesMax ? " and \(names.count - namesMax) more" : "")
    }
}

/// Who is granted commands on one table for which no policy applies to them.
private struct Blindness {
    let table: AuditFacts.ProtectedTable
    let facts: AuditFacts

    /// Predefined roles whose members hold a privilege on every table without a grant on it; since version 14.
    private static let implicit: [(role: String, commands: Set<AuditFacts.RowCommand>)] = [
        ("pg_read_all_data", [.select]), ("pg_write_all_data", [.insert, .update, .delete]),
    ]

    func defects(grants: [AuditFacts.Grant]) -> [AuditDefect] {
        var granted: [Int64: Set<AuditFacts.RowCommand>] = [:]
        for grant in grants {
            guard let command = AuditFacts.RowCommand(rawValue: grant.privilege) else { continue }
            granted[grant.grantee, default: []].insert(command)
        }
        let explicit = granted.sorted { facts.name($0.key) < facts.name($1.key) }.compactMap {
            grantee, commands in
            defect(grantee, commands, users: users(of: grantee)) { words in
                "REVOKE \(userText: words) ON \(identifier: table.identifier) FROM \(statement: role(grantee))"
            }
        }
        let implicit = Self.implicit.compactMap { entry -> AuditDefect? in
            guard let role = facts.roles.first(where: { $0.name == entry.role }) else { return nil }
            let users = facts.graph.logins(inheriting: role.id)
            return defect(role.id, entry.commands, users: users) { _ in
                "REVOKE \(identifier: role.name) FROM <member>"
            }
        }
        return explicit + implicit
    }

    /// The roles that would use the grant: logins that have it, or the grantee itself as long as it has none.
    private func users(of grantee: Int64) -> [Int64] {
        let logins =
            grantee == AuditFacts.everyone
            ? facts.roles.filter(\.canLogin).map(\.id) : facts.graph.logins(inheriting: grantee)
        return logins.isEmpty ? [grantee] : logins
    }

    private func defect(
        _ grantee: Int64, _ commands: Set<AuditFacts.RowCommand>, users: [Int64],
        revoke: (_ words: String) -> SQLStatement
    ) -> AuditDefect? {
        var blind: [AuditFacts.RowCommand: [Int64]] = [:]
        for command in AuditFacts.RowCommand.allCases where commands.contains(command) {
            let users = users.filter { !seesRows($0, command) }
            if !users.isEmpty { blind[command] = users }
        }
        guard !blind.isEmpty else { return nil }
        let commands = AuditFacts.RowCommand.allCases.filter { blind[$0] != nil }
        let words = commands.map(\.rawValue).joined(separator: ", ")
        let roles = Set(blind.values.joined()).sorted { facts.name($0) < facts.name($1) }
        return AuditDefect(
            object: table.object(in: facts),
            evidence: "\(facts.name(grantee)) holds \(words); no permissive policy applies to "
                + RowSecurityRules.shown(facts.names(roles)),
            path: path(from: roles[0], to: grantee),
            remediation: commands.map { policy($0, grantee) } + [revoke(words)],
            discriminator: [facts.name(grantee)] + commands.map(\.rawValue))
    }

    /// How the user comes to the grant; every role is PUBLIC without a path.
    private func path(from user: Int64, to grantee: Int64) -> [String] {
        grantee == AuditFacts.everyone || user == grantee
            ? [] : facts.names(facts.graph.reach(from: user).chain(using: grantee) ?? [])
    }

    /// Whether policies leave this user some rows, as the server decides it.
    ///
    /// Source: PostgreSQL 17 manual, "Row Security Policies": permissive policies for the command whose roles the
    /// user is or inherits from.
    private func seesRows(_ user: Int64, _ command: AuditFacts.RowCommand) -> Bool {
        let inherited = facts.graph.inherited(by: user)
        if facts.role(user)?.ignoresRLS == true { return true }
        if !table.isForced, inherited.contains(table.owner) { return true }
        return table.policies.contains { policy in
            policy.isPermissive && (policy.command == nil || policy.command == command)
                && policy.roles.contains { $0 == AuditFacts.everyone || inherited.contains($0) }
        }
    }

    private func policy(_ command: AuditFacts.RowCommand, _ grantee: Int64) -> SQLStatement {
        let clause: SQLStatement =
            command == .insert ? "WITH CHECK (<rows it may write>)" : "USING (<rows it may see>)"
        return """
            CREATE POLICY <name> ON \(identifier: table.identifier) FOR \(userText: command.rawValue) \
            TO \(statement: role(grantee)) \(statement: clause)
            """
    }

    private func role(_ id: Int64) -> SQLStatement {
        id == AuditFacts.everyone ? "PUBLIC" : "\(identifier: facts.name(id))"
    }
}

extension AuditFacts.Grant {
    /// Whether it is about a table or some of its columns.
    var isOnRows: Bool { objectClass == .table || objectClass == .column }
}

extension AuditFacts.ProtectedTable {
    func object(in facts: AuditFacts) -> AuditObject { facts.object(.table, schema: schema, name) }

    var identifier: SQLIdentifier { SQLIdentifier(schema: schema, name) }
}
