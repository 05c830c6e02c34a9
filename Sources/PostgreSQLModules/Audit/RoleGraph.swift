/// Which role can use the power of which other, through memberships.
struct RoleGraph: Sendable {
    /// How a role has another one's power.
    enum Standing: Sendable {
        /// It can become that role (SET ROLE): attributes like SUPERUSER count.
        case identity
        /// It has that role's privileges by inheritance, never its attributes.
        case privileges
    }

    private struct Edge: Sendable {
        let parent: Int64
        let hasAdmin: Bool
        let inherits: Bool
        let canSet: Bool

        /// Where the edge leads from a standing. ADMIN OPTION counts as SET ROLE: its holder can grant itself that.
        func standings(from standing: Standing) -> [Standing] {
            let becomes = hasAdmin || (standing == .identity && canSet)
            return (becomes ? [.identity] : []) + (inherits ? [.privileges] : [])
        }
    }

    fileprivate struct State: Hashable {
        let role: Int64
        let standing: Standing
    }

    private let edges: [Int64: [Edge]]
    private let inheritedRoles: [Int64: Set<Int64>]
    private let inheritingLogins: [Int64: [Int64]]

    /// The role whose only member is the owner of the current database; since version 14.
    private static let databaseOwnerRole = "pg_database_owner"

    init(roles: [AuditFacts.Role], memberships: [AuditFacts.Membership], databaseOwner: Int64) {
        var edges = Dictionary(grouping: memberships, by: \.member).mapValues { memberships in
            memberships.map {
                Edge(parent: $0.role, hasAdmin: $0.hasAdmin, inherits: $0.inherits, canSet: $0.canSet)
            }
        }
        if let role = roles.first(where: { $0.name == Self.databaseOwnerRole }) {
            let edge = Edge(parent: role.id, hasAdmin: false, inherits: true, canSet: true)
            edges[databaseOwner, default: []].append(edge)
        }
        self.edges = edges
        var inheritedRoles: [Int64: Set<Int64>] = [:]
        var inheritingLogins: [Int64: [Int64]] = [:]
        for role in roles {
            let closure = Self.inheritance(of: role.id, edges)
            inheritedRoles[role.id] = closure
            guard role.canLogin else { continue }
            for parent in closure { inheritingLogins[parent, default: []].append(role.id) }
        }
        self.inheritedRoles = inheritedRoles
        self.inheritingLogins = inheritingLogins
    }

    /// Whether the role was granted to the member, without another one in between.
    func isMember(_ member: Int64, of role: Int64) -> Bool {
        edges[member, default: []].contains { $0.parent == role }
    }

    /// The role itself and all roles whose privileges it has without doing anything.
    func inherited(by role: Int64) -> Set<Int64> { inheritedRoles[role] ?? [role] }

    /// The login roles that have this role's privileges without doing anything, itself included.
    func logins(inheriting role: Int64) -> [Int64] { inheritingLogins[role] ?? [] }

    private static func inheritance(of role: Int64, _ edges: [Int64: [Edge]]) -> Set<Int64> {
        var closure: Set<Int64> = [role]
        var open = [role]
        while let next = open.popLast() {
            for edge in edges[next, default: []] where edge.inherits {
                if closure.insert(edge.parent).inserted { open.append(edge.parent) }
            }
        }
        return closure
    }

    /// Shortest chains from a role to the powers it can reach.
    struct Reach: Sendable {
        fileprivate var chains: [State: [Int64]] = [:]

        /// The roles on the way, both ends included, when the first can become the last.
        func chain(becoming role: Int64) -> [Int64]? { chains[State(role: role, standing: .identity)] }

        /// The same, when the first can use the privileges of the last in any way.
        func chain(using role: Int64) -> [Int64]? {
            let both = [State(role: role, standing: .identity), State(role: role, standing: .privileges)]
            return both.compactMap { chains[$0] }.min { $0.count < $1.count }
        }
    }

    /// What a role can reach. Each state is visited once, so that a cycle ends.
    ///
    /// - Parameter barrier: Roles behind which nobody looks, since they have every power already.
    func reach(from role: Int64, barrier: (Int64) -> Bool = { _ in false }) -> Reach {
        let start = State(role: role, standing: .identity)
        var reach = Reach(chains: [start: [role]])
        var queue = [start]
        var position = 0
        while position < queue.count {
            let state = queue[position]
            position += 1
            guard let chain = reach.chains[state], state == start || !barrier(state.role) else { continue }
            for edge in edges[state.role, default: []] {
                for standing in edge.standings(from: state.standing) {
                    let next = State(role: edge.parent, standing: standing)
                    if reach.chains[next] != nil { continue }
                    reach.chains[next] = chain + [edge.parent]
                    queue.append(next)
                }
            }
        }
        return reach
    }
}
