import Glibc
import RunbookCore

/// Who acts, and what part this account may play.
///
/// Operators reach the service account that owns the runs by sudo, so that the account of the process says little. The kernel
/// keeps who logged in (the audit login uid, which no later `su` or `sudo` changes); where it keeps nothing, sudo tells.
///
/// Source: Linux `proc(5)`, /proc/pid/loginuid; sudo manual, `SUDO_UID`.
struct Identity {
    /// The account's name.
    let account: String
    /// Names of the groups that it is in.
    let groups: Set<String>

    /// The one behind this process.
    static let current = Identity(user: loginUser() ?? sudoUser() ?? getuid())

    private static let unset = uid_t.max

    private init(user: uid_t) {
        guard let entry = getpwuid(user) else {
            account = String(user)
            groups = []
            return
        }
        account = String(cString: entry.pointee.pw_name)
        groups = Self.groups(of: account, primary: entry.pointee.pw_gid)
    }

    private static func loginUser() -> uid_t? {
        guard let bytes = World.contents(of: "/proc/self/loginuid"),
            let user = uid_t(String(decoding: bytes, as: UTF8.self).filter(\.isNumber)), user != unset
        else { return nil }
        return user
    }

    private static func sudoUser() -> uid_t? {
        environmentVariable("SUDO_UID").flatMap { uid_t($0) }
    }

    private static let groupsMax: Int32 = 4096

    private static func groups(of account: String, primary: gid_t) -> Set<String> {
        var count = groupsMax
        var numbers = [gid_t](repeating: 0, count: Int(groupsMax))
        guard getgrouplist(account, primary, &numbers, &count) >= 0 else { return [] }
        let names = numbers.prefix(Int(count)).compactMap { number in
            getgrgid(number).map { String(cString: $0.pointee.gr_name) }
        }
        return Set(names)
    }

    /// Whether the account is among those that a role names: accounts, and groups written `grp:name`.
    func plays(_ role: [String]) -> Bool {
        role.contains { entry in
            entry.hasPrefix("grp:") ? groups.contains(String(entry.dropFirst(4))) : entry == account
        }
    }
}

extension RunbookDocument {
    /// The role that limits who may carry runs on, where the document declares it.
    static let operatorRoles: [ValueName] = ["operateur", "operator"]

    /// Why this account may not carry runs of the document on; `nil` when it may.
    func refusalToOperate(_ identity: Identity) -> String? {
        guard let name = Self.operatorRoles.first(where: { roles[$0] != nil }), let role = roles[name],
            !identity.plays(role)
        else { return nil }
        return "\(identity.account) is not in the role \(name): \(role.joined(separator: ", "))"
    }
}
