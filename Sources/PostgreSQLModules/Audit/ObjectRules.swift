import SQLClient

/// Rules about who owns what, and about code that runs as its owner.
enum ObjectRules {
    static let all = [loginOwner, looseSearchPath]

    static let loginOwner = AuditRule(
        id: "PG-OBJ-01", severity: .high, title: "Objects owned by a login role",
        reason:
            "An owner stands above every grant: it can read, change and drop the object and give it away. "
            + "Owners should be roles that cannot log in.",
        scope: .database, cis: "4.3",
        risk: "The new owner decides from then on; the login role needs grants for what it did as owner.",
        evaluate: { facts, policy in
            let groups = Dictionary(grouping: facts.ownerships.filter { owner($0, facts, policy) }) {
                [facts.name($0.owner), $0.database, $0.schema ?? ""]
            }
            let defects = groups.values.sorted { order($0[0], facts) < order($1[0], facts) }
                .map { defect($0, facts) }
            let count = facts.ownerships.reduce(0) { $0 + $1.count }
            return AuditOutcome(defects: defects, examined: "owners of \(count) objects")
        })

    /// The bootstrap role owns what `initdb` made, and can do everything without owning it.
    private static func owner(
        _ ownership: AuditFacts.Ownership, _ facts: AuditFacts, _ policy: AuditPolicy
    ) -> Bool {
        guard let owner = facts.role(ownership.owner) else { return false }
        return owner.canLogin && !owner.isBootstrap && !policy.declares(owner.name, .owners)
    }

    private static func order(_ ownership: AuditFacts.Ownership, _ facts: AuditFacts) -> String {
        [facts.name(ownership.owner), ownership.database, ownership.schema ?? ""].joined(separator: "\u{1F}")
    }

    /// One finding per role and schema: a list of every table would say no more.
    private static func defect(_ group: [AuditFacts.Ownership], _ facts: AuditFacts) -> AuditDefect {
        let first = group[0]
        let owner = facts.name(first.owner)
        let counts = group.map { part in
            let more = part.count > Int64(part.examples.count) ? ", ..." : ""
            return "\(part.kind): \(part.count) (\(part.examples.joined(separator: ", "))\(more))"
        }
        let remedy: SQLStatement =
            first.schema == nil
            ? "ALTER DATABASE \(identifier: first.database) OWNER TO <role without LOGIN>"
            : "REASSIGN OWNED BY \(identifier: owner) TO <role without LOGIN>"
        return AuditDefect(
            object: AuditObject(
                kind: .role, database: first.database, schema: first.schema, name: owner),
            evidence: "\(owner) can log in and owns \(counts.joined(separator: ", "))",
            remediation: [remedy])
    }

    static let looseSearchPath = AuditRule(
        id: "PG-OBJ-03", severity: .high, title: "SECURITY DEFINER routine without a fixed search_path",
        reason:
            "The caller chooses the path, and with it which table, function or operator the owner's code meets.",
        scope: .database, cis: "4.5",
        risk: "Names that the code found through the caller's path are not found any more: test the routine.",
        evaluate: { facts, _ in
            let defects = facts.definerRoutines.filter { !hasFixedPath($0) }.map { routine in
                AuditDefect(
                    object: routine.object(in: facts),
                    evidence: "runs as \(facts.name(routine.owner)) with the search_path of its caller",
                    remediation: [
                        """
                        ALTER ROUTINE \(statement: routine.signature) \
                        SET search_path = pg_catalog, \(identifier: routine.schema), pg_temp
                        """
                    ])
            }
            return AuditOutcome(
                defects: defects, examined: "\(facts.definerRoutines.count) SECURITY DEFINER routines")
        })

    private static func hasFixedPath(_ routine: AuditFacts.DefinerRoutine) -> Bool {
        routine.settings.contains { $0.lowercased().hasPrefix("search_path=") }
    }
}

extension AuditFacts.DefinerRoutine {
    /// The routine as a finding names it, with its argument types: names may be overloaded.
    func object(in facts: AuditFacts) -> AuditObject {
        facts.object(isProcedure ? .procedure : .function, schema: schema, "\(name)(\(arguments))")
    }

    /// The routine as a statement names it; the argument types are the server's own text.
    var signature: SQLStatement {
        "\(identifier: SQLIdentifier(schema: schema, name))(\(userText: arguments))"
    }
}
