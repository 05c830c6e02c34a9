import SQLClient

/// Rules about what PUBLIC, that is every role, may do.
enum AccessRules {
    static let all = [createInPublic, connect, runAsOwner]

    static let createInPublic = AuditRule(
        id: "PG-ACL-01", severity: .critical, title: "Every role may create objects in schema public",
        reason:
            "Whoever can create there can put functions and tables in the way of others, who then run them with "
            + "their own rights. Databases made before version 15 are open like this.",
        scope: .database, cis: "4.10",
        risk: "Roles that create tables in public need a grant of their own or another schema.",
        evaluate: { facts, _ in
            let defects = facts.publicGrants(on: .schema, "CREATE").filter { $0.name == "public" }.map {
                grant in
                AuditDefect(
                    object: facts.object(.schema, schema: "public", "public"),
                    evidence: "PUBLIC holds CREATE on schema public\(origin(grant))",
                    remediation: ["REVOKE CREATE ON SCHEMA public FROM PUBLIC"])
            }
            return AuditOutcome(defects: defects, examined: "schema public")
        })

    static let connect = AuditRule(
        id: "PG-ACL-03", severity: .medium, title: "Every role may connect to a database",
        reason:
            "A new database lets everybody in until CONNECT is taken from PUBLIC, although its ACL is empty.",
        scope: .cluster, cis: "5.10",
        risk: "Roles that use the database need a grant of CONNECT first, monitoring and backup included.",
        evaluate: { facts, _ in
            let defects = facts.publicGrants(on: .database, "CONNECT").map { grant in
                AuditDefect(
                    object: AuditObject(kind: .database, database: grant.name, name: grant.name),
                    evidence: "PUBLIC holds CONNECT on database \(grant.name)\(origin(grant))",
                    remediation: ["REVOKE CONNECT ON DATABASE \(identifier: grant.name) FROM PUBLIC"])
            }
            return AuditOutcome(defects: defects, examined: "all databases that allow connections")
        })

    static let runAsOwner = AuditRule(
        id: "PG-ACL-06", severity: .critical, title: "Every role may run a function with its owner's rights",
        reason:
            "A SECURITY DEFINER function acts as its owner, and EXECUTE is given to PUBLIC until it is revoked.",
        scope: .database, cis: "4.5",
        risk: "Callers need a grant of EXECUTE first.",
        evaluate: { facts, _ in
            let open = Dictionary(
                facts.publicGrants(on: .routine, "EXECUTE").map { ($0.objectID, $0) },
                uniquingKeysWith: { first, _ in first })
            let defects = facts.definerRoutines.compactMap { routine in
                open[routine.id].map { defect(routine, $0, facts) }
            }
            return AuditOutcome(
                defects: defects, examined: "\(facts.definerRoutines.count) SECURITY DEFINER routines")
        })

    private static func defect(
        _ routine: AuditFacts.DefinerRoutine, _ grant: AuditFacts.Grant, _ facts: AuditFacts
    ) -> AuditDefect {
        let usage = facts.publicGrants(on: .schema, "USAGE").contains { $0.name == routine.schema }
        let remark = routine.isTrigger ? "; a trigger function: whoever owns a table can attach it" : ""
        let reach = usage ? "" : "; PUBLIC has no USAGE on the schema, so only roles that have it reach it"
        return AuditDefect(
            object: routine.object(in: facts),
            evidence:
                "PUBLIC holds EXECUTE\(origin(grant)), owner \(facts.name(routine.owner))\(reach)\(remark)",
            remediation: ["REVOKE EXECUTE ON ROUTINE \(statement: routine.signature) FROM PUBLIC"])
    }

    private static func origin(_ grant: AuditFacts.Grant) -> String {
        grant.isDefault ? " (built-in default: nothing was ever granted or revoked)" : ""
    }
}

extension AuditFacts {
    /// Grants of one privilege to every role.
    func publicGrants(on objectClass: Grant.ObjectClass, _ privilege: String) -> [Grant] {
        grants.filter {
            $0.objectClass == objectClass && $0.grantee == Self.everyone && $0.privilege == privilege
        }
    }
}
