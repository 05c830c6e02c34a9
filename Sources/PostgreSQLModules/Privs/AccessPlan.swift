import SQLClient

/// What has to be granted and revoked, as few statements as possible.
struct AccessPlan {
    /// What one statement does.
    enum Verb: Hashable, CaseIterable {
        case revoke, revokeOption, grant, grantWithOption
    }

    /// A verb, and in whose name: `nil` for the one that the server chooses.
    struct Action: Hashable {
        let verb: Verb
        var grantor: String?
    }

    /// Statements that do the same for the same roles, on several items.
    struct Step: Equatable {
        let action: Action
        /// In the order of the kind.
        let privileges: [String]
        let grantees: [Grantee]
        var items: [AccessItem]
    }

    private struct Signature: Hashable {
        let action: Action
        let privileges: [String]
        let grantees: [Grantee]
    }

    /// The steps that lead from what is held to what shall be.
    ///
    /// - Parameter order: All privileges of an item's kind.
    static func steps(
        items: [AccessItem], grantees: [Grantee], from held: (AccessItem) -> Set<HeldPrivilege>,
        to wanted: (AccessItem) -> Set<HeldPrivilege>, order: (AccessItem) -> [String]
    ) -> [Step] {
        var steps: [Step] = []
        var positions: [Signature: Int] = [:]
        for item in items {
            for signature in needs(grantees, held(item), wanted(item), order(item)) {
                // Default privileges of two roles, or of two kinds of objects, are statements of their own.
                if case .object = item, let position = positions[signature] {
                    steps[position].items.append(item)
                } else {
                    positions[signature] = steps.count
                    steps.append(
                        Step(
                            action: signature.action, privileges: signature.privileges,
                            grantees: signature.grantees, items: [item]))
                }
            }
        }
        return steps
    }

    /// What has to be done on one item: roles that need the same share a signature.
    private static func needs(
        _ grantees: [Grantee], _ held: Set<HeldPrivilege>, _ wanted: Set<HeldPrivilege>, _ order: [String]
    ) -> [Signature] {
        guard held != wanted else { return [] }
        var needs: [(action: Action, privileges: [String], grantees: [Grantee])] = []
        for grantee in grantees {
            let words = privileges(of: grantee, held, wanted)
            for (action, names) in words {
                let privileges = order.filter(names.contains)
                if let position = needs.firstIndex(where: {
                    $0.action == action && $0.privileges == privileges
                }) {
                    needs[position].grantees.append(grantee)
                } else {
                    needs.append((action, privileges, [grantee]))
                }
            }
        }
        func rank(_ position: Int) -> (Int, String, Int) {
            let action = needs[position].action
            return (Verb.allCases.firstIndex(of: action.verb) ?? 0, action.grantor ?? "", position)
        }
        return needs.indices.sorted { rank($0) < rank($1) }.map {
            Signature(
                action: needs[$0].action, privileges: needs[$0].privileges, grantees: needs[$0].grantees)
        }
    }

    /// Privileges by what has to be done with them for a role.
    private static func privileges(
        of grantee: Grantee, _ held: Set<HeldPrivilege>, _ wanted: Set<HeldPrivilege>
    ) -> [(Action, Set<String>)] {
        /// One place where a privilege can be held.
        struct Place: Hashable {
            let privilege: String
            let grantor: String?
            let isOnColumns: Bool
        }
        func places(_ set: Set<HeldPrivilege>) -> [Place: Bool] {
            Dictionary(
                set.filter { $0.grantee == grantee.name }.map {
                    (
                        Place(privilege: $0.privilege, grantor: $0.grantor, isOnColumns: $0.isOnColumns),
                        $0.isGrantable
                    )
                }, uniquingKeysWith: { $0 || $1 })
        }
        let before = places(held)
        let after = places(wanted)
        var actions: [Action: Set<String>] = [:]
        for place in Set(before.keys).union(after.keys) {
            let verb: Verb
            switch (before[place], after[place]) {
            case (nil, nil): continue
            case (.some, nil): verb = .revoke
            case (nil, let isGrantable?): verb = isGrantable ? .grantWithOption : .grant
            case (let old?, let new?):
                if old == new { continue }
                verb = new ? .grantWithOption : .revokeOption
            }
            actions[Action(verb: verb, grantor: place.grantor), default: []].insert(place.privilege)
        }
        return actions.sorted { ($0.key.grantor ?? "") < ($1.key.grantor ?? "") }.map { ($0.key, $0.value) }
    }
}
