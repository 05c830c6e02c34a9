import SQLClient

/// What has to be granted and revoked, as few statements as possible.
struct AccessPlan {
    /// What one statement does.
    enum Verb: Hashable, CaseIterable {
        case revoke, revokeOption, grant, grantWithOption
    }

    /// Statements that do the same for the same roles, on several items.
    struct Step {
        let verb: Verb
        /// In the order of the kind.
        let privileges: [String]
        let grantees: [Grantee]
        var items: [AccessItem]
    }

    private struct Signature: Hashable {
        let verb: Verb
        let privileges: [String]
        let grantees: [Grantee]
    }

    /// The steps that lead from what is held to what shall be.
    ///
    /// - Parameter order: All privileges of an item's kind.
    static func steps(
        items: [AccessItem], grantees: [Grantee], from held: [AccessItem: Set<HeldPrivilege>],
        to wanted: [AccessItem: Set<HeldPrivilege>], order: (AccessItem) -> [String]
    ) -> [Step] {
        var steps: [Step] = []
        var positions: [Signature: Int] = [:]
        for item in items {
            for (verb, byPrivileges) in needs(of: item, grantees, held[item] ?? [], wanted[item] ?? [], order(item)) {
                for (privileges, roles) in byPrivileges {
                    let signature = Signature(verb: verb, privileges: privileges, grantees: roles)
                    // Default privileges of two roles, or of two kinds of objects, are statements of their own.
                    if case .object = item, let position = positions[signature] {
                        steps[position].items.append(item)
                    } else {
                        positions[signature] = steps.count
                        steps.append(Step(verb: verb, privileges: privileges, grantees: roles, items: [item]))
                    }
                }
            }
        }
        return steps
    }

    /// For each verb the sets of privileges, and the roles that need the same set.
    private static func needs(
        of item: AccessItem, _ grantees: [Grantee], _ held: Set<HeldPrivilege>, _ wanted: Set<HeldPrivilege>,
        _ order: [String]
    ) -> [(Verb, [([String], [Grantee])])] {
        var needs: [Verb: [([String], [Grantee])]] = [:]
        for grantee in grantees {
            let before = held.filter { $0.grantee == grantee.name }
            let after = wanted.filter { $0.grantee == grantee.name }
            func named(_ name: String, _ set: Set<HeldPrivilege>) -> HeldPrivilege? {
                // Two grantors may have given it, one of them with the right to pass it on.
                set.filter { $0.privilege == name }.max { !$0.isGrantable && $1.isGrantable }
            }
            var privileges: [Verb: [String]] = [:]
            for name in order {
                switch (named(name, before), named(name, after)) {
                case (nil, nil): break
                case (.some, nil): privileges[.revoke, default: []].append(name)
                case (nil, let new?):
                    privileges[new.isGrantable ? .grantWithOption : .grant, default: []].append(name)
                case (let old?, let new?):
                    guard old.isGrantable != new.isGrantable else { break }
                    privileges[new.isGrantable ? .grantWithOption : .revokeOption, default: []].append(name)
                }
            }
            for (verb, names) in privileges {
                if let position = needs[verb]?.firstIndex(where: { $0.0 == names }) {
                    needs[verb]?[position].1.append(grantee)
                } else {
                    needs[verb, default: []].append((names, [grantee]))
                }
            }
        }
        return Verb.allCases.compactMap { verb in needs[verb].map { (verb, $0) } }
    }
}
