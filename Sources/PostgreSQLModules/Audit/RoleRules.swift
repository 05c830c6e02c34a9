import SQLClient

/// Rules about the attributes of roles and the power that memberships give.
enum RoleRules {
    static let all = [
        superuserLogin, powerByMembership, bypassRLS, replicationLogin, serverPrograms, noContact,
    ]

    /// Roles that read, write or run files of the server with the rights of its operating system account.
    ///
    /// Source: PostgreSQL 17 manual, "Predefined Roles"; the same names since 11.
    static let serverFileRoles = [
        "pg_execute_server_program", "pg_read_server_files", "pg_write_server_files",
    ]

    static let superuserLogin = AuditRule(
        id: "PG-ROL-01", severity: .critical, title: "Superuser that can log in",
        reason: "A superuser controls everything and passes every barrier, the audit's included. "
            + "Besides the bootstrap role only declared roles may be one.",
        scope: .cluster, cis: "4.3",
        risk: "Tasks of the role that need a superuser fail afterwards.",
        evaluate: { facts, policy in
            attribute(
                facts, \.isSuperuser, "superuser that can log in", "NOSUPERUSER"
            ) { $0.canLogin && !$0.isBootstrap && !policy.declares($0.name, .superusers) }
        })

    static let bypassRLS = AuditRule(
        id: "PG-ROL-04", severity: .high, title: "Role passes row-level security",
        reason: "BYPASSRLS shows all rows of all tables, whatever the policies say.",
        scope: .cluster, cis: "4.7",
        risk: "The role sees only the rows that policies give it; a dump by it then fails or needs policies.",
        evaluate: { facts, policy in
            attribute(facts, \.bypassesRLS, "holds BYPASSRLS", "NOBYPASSRLS") {
                !$0.isSuperuser && !policy.declares($0.name, .bypassrls)
            }
        })

    static let replicationLogin = AuditRule(
        id: "PG-ROL-05", severity: .high, title: "Login role with REPLICATION",
        reason: "REPLICATION copies the whole cluster, every database and every row of it.",
        scope: .cluster, cis: "7.1",
        risk: "Standbys and base backups that log in with the role stop.",
        evaluate: { facts, policy in
            attribute(facts, \.isReplication, "holds REPLICATION", "NOREPLICATION") {
                $0.canLogin && !$0.isSuperuser && !policy.declares($0.name, .replication)
            }
        })

    private static func attribute(
        _ facts: AuditFacts, _ attribute: KeyPath<AuditFacts.Role, Bool> & Sendable, _ evidence: String,
        _ remedy: StaticString, where isDefect: (AuditFacts.Role) -> Bool
    ) -> AuditOutcome {
        let defects = facts.roles.filter { $0[keyPath: attribute] && isDefect($0) }.map { role in
            AuditDefect(
                object: .role(role.name), evidence: "\(role.name): \(evidence)",
                remediation: ["ALTER ROLE \(identifier: role.name) \(keyword: remedy)"])
        }
        return AuditOutcome(defects: defects, examined: "\(facts.roles.count) roles")
    }

    static let powerByMembership = AuditRule(
        id: "PG-ROL-02", severity: .critical,
        title: "Login role reaches a superuser or the server's files through memberships",
        reason: "A chain of memberships gives the power of its end, and no list of superusers shows it. "
            + "Direct members of the roles for server files are PG-ROL-07.",
        scope: .cluster, cis: "4.3",
        risk: "Everything that the role has from the first group of the chain is lost with it.",
        evaluate: { facts, policy in
            let logins = facts.roles.filter { $0.canLogin && !$0.isSuperuser }
            let defects = logins.flatMap { chains(from: $0, facts, policy) }
            return AuditOutcome(defects: defects, examined: "\(logins.count) login roles")
        })

    private static func chains(
        from login: AuditFacts.Role, _ facts: AuditFacts, _ policy: AuditPolicy
    ) -> [AuditDefect] {
        if policy.declares(login.name, .superusers) { return [] }
        let reach = facts.graph.reach(from: login.id) { facts.role($0)?.isSuperuser == true }
        return facts.roles.compactMap { target in
            if target.isSuperuser {
                return reach.chain(becoming: target.id).map {
                    chain($0, facts, "\(login.name) can become the superuser \(target.name)")
                }
            }
            guard serverFileRoles.contains(target.name), !policy.declares(login.name, .serverFiles),
                let ids = reach.chain(using: target.id), ids.count > 2
            else { return nil }
            return chain(ids, facts, "\(login.name) can use \(target.name)")
        }
    }

    private static func chain(_ ids: [Int64], _ facts: AuditFacts, _ text: String) -> AuditDefect {
        let path = facts.names(ids)
        return AuditDefect(
            object: .role(path[0]), evidence: "\(text): \(path.joined(separator: " -> "))", path: path,
            remediation: ["REVOKE \(identifier: path[1]) FROM \(identifier: path[0])"],
            discriminator: [path[path.count - 1]])
    }

    static let serverPrograms = AuditRule(
        id: "PG-ROL-07", severity: .critical,
        title: "Role may run programs or use files of the server",
        reason: "COPY with a program or a file acts as the server's operating system account: "
            + "this is a way to superuser rights.",
        scope: .cluster, cis: "4.9",
        risk:
            "Loads and exports of the role that use files of the server fail; psql's \\copy needs no such right.",
        evaluate: { facts, policy in
            let defects = serverFileRoles.flatMap { target in
                facts.directMembers(of: target).filter {
                    !$0.isSuperuser && !policy.declares($0.name, .serverFiles)
                }
                .map { member in
                    AuditDefect(
                        object: .role(member.name), evidence: "\(member.name) is a member of \(target)",
                        path: [member.name, target],
                        remediation: ["REVOKE \(identifier: target) FROM \(identifier: member.name)"],
                        discriminator: [target])
                }
            }
            return AuditOutcome(
                defects: defects, examined: "members of \(serverFileRoles.joined(separator: ", "))")
        })

    static let noContact = AuditRule(
        id: "PG-ROL-20", severity: .low, title: "Role without a comment that names who answers for it",
        reason: "A review of rights needs somebody to ask for each account.",
        scope: .cluster, risk: "None.",
        evaluate: { facts, _ in
            let roles = facts.roles.filter { !$0.isPredefined }
            let defects = roles.filter { $0.comment?.isEmpty != false }.map { role in
                AuditDefect(
                    object: .role(role.name), evidence: "\(role.name) has no comment",
                    remediation: [
                        "COMMENT ON ROLE \(identifier: role.name) IS '<service or person, contact>'"
                    ])
            }
            return AuditOutcome(defects: defects, examined: "\(roles.count) roles")
        })
}
