/// Who holds what on one item, and what the session may do about it.
struct ItemAccess: Equatable {
    /// What the task's roles hold.
    var held: Set<HeldPrivilege>
    let owner: String
    let authority: GrantAuthority
    /// What the task's roles passed on to others, with the names of the grantors.
    let passedOn: Set<HeldPrivilege>
}

/// In whose name the session grants and revokes on an item, and which privileges.
///
/// Source: PostgreSQL 17 manual, GRANT, Notes: the owner's name for its members and superusers, otherwise a role with the
/// grant option.
struct GrantAuthority: Equatable {
    /// `nil`: the session can neither grant nor revoke here.
    let grantor: String?
    /// `nil`: all of them.
    let privileges: Set<String>?

    func covers(_ privilege: String) -> Bool {
        guard grantor != nil else { return false }
        return privileges?.contains(privilege) ?? true
    }
}

/// An entry of an ACL as the catalogs have it.
struct AccessEntry: Hashable {
    /// Name of the role; empty for everybody.
    let grantee: String
    let grantor: String
    let privilege: String
    let isGrantable: Bool
    let isOnColumns: Bool
    /// Whether the session has the grantee's rights, and so may pass the privilege on.
    let isPassable: Bool
}

extension ItemAccess {
    /// What the entries of an item mean for a session.
    ///
    /// - Parameters:
    ///   - isOwner: Whether the session has the owner's rights.
    ///   - needed: The task's privileges: who can pass on most of them is the grantor, as the server chooses.
    init(
        entries: [AccessEntry], grantees: Set<String>, owner: String, isOwner: Bool, sessionRole: String,
        needed: [String]
    ) {
        let authority =
            isOwner
            ? GrantAuthority(grantor: owner, privileges: nil)
            : Self.authority(entries, sessionRole: sessionRole, needed: needed)
        let held = entries.filter { grantees.contains($0.grantee) }.map {
            HeldPrivilege(
                grantee: $0.grantee, privilege: $0.privilege,
                grantor: $0.grantor == authority.grantor ? nil : $0.grantor, isGrantable: $0.isGrantable,
                isOnColumns: $0.isOnColumns)
        }
        // The owner needs no grant option, so that nothing hangs on what it holds.
        let passedOn = entries.filter {
            $0.grantor != owner && $0.grantor != $0.grantee && grantees.contains($0.grantor)
        }.map {
            HeldPrivilege(
                grantee: $0.grantee, privilege: $0.privilege, grantor: $0.grantor, isGrantable: $0.isGrantable
            )
        }
        self.init(held: Set(held), owner: owner, authority: authority, passedOn: Set(passedOn))
    }

    private static func authority(
        _ entries: [AccessEntry], sessionRole: String, needed: [String]
    ) -> GrantAuthority {
        var options: [String: Set<String>] = [:]
        for entry in entries where entry.isPassable && !entry.isOnColumns {
            options[entry.grantee, default: []].insert(entry.privilege)
        }
        func rank(_ role: String) -> (Int, Int, String) {
            let missing = needed.count { options[role]?.contains($0) != true }
            return (missing, role == sessionRole ? 0 : 1, role)
        }
        guard let best = options.keys.min(by: { rank($0) < rank($1) }) else {
            return GrantAuthority(grantor: nil, privileges: [])
        }
        return GrantAuthority(grantor: best, privileges: options[best])
    }
}
