import ModuleKit

/// What the task wants its roles to hold, item by item.
struct PrivilegeWish {
    let request: PrivsRequest
    let grantees: [Grantee]
    let item: AccessItem
    /// The task's privileges, on this kind of item.
    let privileges: [String]
    /// The role that the session acts as.
    let sessionRole: String

    /// What the roles shall hold, given what they hold.
    ///
    /// - Throws: `ModuleFailure.impossible` where the session may not do it, so that check mode says so, too.
    func held(given access: ItemAccess) throws(ModuleFailure) -> Set<HeldPrivilege> {
        var held = access.held
        for grantee in grantees {
            // Default privileges are exactly those of the task.
            if request.isGrant, case .future = item {
                held = held.filter { $0.grantee != grantee.name || privileges.contains($0.privilege) }
            }
            for privilege in privileges {
                if request.isGrant {
                    grant(privilege, to: grantee, &held)
                } else {
                    held = held.filter { !concerns($0, grantee, privilege) || !isRevocable($0) }
                }
            }
        }
        try requireAuthority(from: access, to: held)
        try requireNothingPassedOn(from: access, to: held)
        return held
    }

    private func concerns(_ held: HeldPrivilege, _ grantee: Grantee, _ privilege: String) -> Bool {
        held.grantee == grantee.name && held.privilege == privilege
    }

    /// A membership can be revoked in the name of any grantor, a privilege only in the session's own.
    private func isRevocable(_ held: HeldPrivilege) -> Bool {
        held.grantor == nil || request.kind == .group
    }

    /// A privilege is held whoever gave it.
    private func grant(_ privilege: String, to grantee: Grantee, _ held: inout Set<HeldPrivilege>) {
        let old = held.filter { concerns($0, grantee, privilege) && !$0.isOnColumns }
        let isEnough = request.grantOption == true ? old.contains(where: \.isGrantable) : !old.isEmpty
        if !isEnough {
            held.subtract(old.filter { $0.grantor == nil })
            held.insert(
                HeldPrivilege(
                    grantee: grantee.name, privilege: privilege, isGrantable: request.grantOption == true))
        }
        guard request.grantOption == false else { return }
        for old in held where concerns(old, grantee, privilege) && old.isGrantable && isRevocable(old) {
            var new = old
            new.isGrantable = false
            held.remove(old)
            held.insert(new)
        }
    }

    private func requireAuthority(
        from access: ItemAccess, to held: Set<HeldPrivilege>
    ) throws(ModuleFailure) {
        let remaining = request.isGrant ? [] : blocked(held)
        let touched = Set(access.held.symmetricDifference(held).map(\.privilege) + remaining.map(\.privilege))
        guard let denied = privileges.first(where: { touched.contains($0) && !access.authority.covers($0) })
        else { return }
        let isFuture = if case .future = item { true } else { false }
        throw .impossible(
            "permission denied for \(item.text): role \(sessionRole) "
                + (isFuture ? "is not a member of \(access.owner)" : "may not pass on \(denied)"),
            hint: "should the task run as the owner \(access.owner), or as a member of it (session_role)?")
    }

    /// What the task's roles hold and the session cannot revoke, because another role gave it.
    func blocked(_ held: Set<HeldPrivilege>) -> [HeldPrivilege] {
        let isAbout: (HeldPrivilege) -> Bool =
            request.isGrant
            ? { request.grantOption == false && $0.isGrantable } : { _ in true }
        return held.filter { entry in
            !isRevocable(entry) && isAbout(entry) && privileges.contains(entry.privilege)
                && grantees.contains { $0.name == entry.grantee }
        }.sorted {
            ($0.grantee, $0.privilege, $0.grantor ?? "") < ($1.grantee, $1.privilege, $1.grantor ?? "")
        }
    }

    /// A grant option cannot go as long as something was passed on by it.
    private func requireNothingPassedOn(
        from access: ItemAccess, to held: Set<HeldPrivilege>
    ) throws(ModuleFailure) {
        for entry in access.passedOn.sorted(by: { ($0.privilege, $0.grantee) < ($1.privilege, $1.grantee) }) {
            func mayPassOn(_ set: Set<HeldPrivilege>) -> Bool {
                set.contains {
                    $0.grantee == entry.grantor && $0.privilege == entry.privilege && $0.isGrantable
                }
            }
            guard mayPassOn(access.held), !mayPassOn(held) else { continue }
            let heir = entry.grantee.isEmpty ? "PUBLIC" : entry.grantee
            throw .impossible(
                "dependent privileges exist: \(entry.grantor ?? "") passed \(entry.privilege) on \(item.text) on to \(heir)",
                hint: "is it revoked from \(heir) first, with session_role \(entry.grantor ?? "")?")
        }
    }
}
