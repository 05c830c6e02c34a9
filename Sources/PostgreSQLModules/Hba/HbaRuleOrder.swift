/// The order in which rules stand sensibly: the first that fits decides, so narrow ones come before wide ones.
///
/// The same order as in community.postgresql 4.2, whose playbooks rely on it: source, databases, users, family.
extension HbaRule: Comparable {
    static func < (left: HbaRule, right: HbaRule) -> Bool {
        let (leftRanks, rightRanks) = (left.ranks, right.ranks)
        guard leftRanks == rightRanks else { return leftRanks.lexicographicallyPrecedes(rightRanks) }
        switch (left.source, right.source) {
        case (.network(let leftNetwork), .network(let rightNetwork)) where leftNetwork != rightNetwork:
            return leftNetwork < rightNetwork
        case (.name(let leftName), .name(let rightName)) where leftName != rightName:
            return leftName < rightName
        case (.socket, _), (.network, _), (.name, _):
            return left.text(comment: nil) < right.text(comment: nil)
        }
    }

    /// Smaller comes first.
    private var ranks: [Int] { [-sourceWeight, databaseRank, userRank, -familyWeight] }

    /// From everything (0) to one address (128), this host (129) and the socket (130).
    private var sourceWeight: Int {
        switch source {
        case .socket: 130
        case .network(let network): network.weight
        case .name("all"): 0
        case .name("samehost"): 129
        // How large the host's own networks are is not known here; most are a /24.
        case .name("samenet"): 96
        case .name(let name): name.hasPrefix(".") ? 64 : 128
        }
    }

    private static let everyoneRank = 100_000

    private var databaseRank: Int {
        guard !databases.hasPrefix("\"") else { return 3 }
        let names = databases.split(separator: ",")
        if names.contains("all") { return Self.everyoneRank }
        switch databases {
        case "replication": return 0
        case "samerole", "samegroup": return 2
        default: return 3 + names.count
        }
    }

    private var userRank: Int {
        guard !users.hasPrefix("\"") else { return 1 }
        let names = users.split(separator: ",")
        return names.contains("all") ? Self.everyoneRank : 1 + names.count
    }

    private var familyWeight: Int {
        switch source {
        case .socket: 3
        case .network(let network): network.isIPv4 ? 2 : 1
        case .name: 0
        }
    }
}
