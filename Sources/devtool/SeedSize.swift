import ArgumentParser

/// Sizes of the data set: 1 %, 10 % and 100 % of the town's orders of magnitude.
enum SeedSize: String, CaseIterable, ExpressibleByArgument {
    case small, medium, city

    var percent: Int {
        switch self {
        case .small: 1
        case .medium: 10
        case .city: 100
        }
    }

    var streets: Int { 60 * percent }
    var addresses: Int { 4000 * percent }
    var households: Int { 4500 * percent }
    /// 870,000 citizens and 30 % former ones at full size.
    var people: Int { 11_310 * percent }
    var requests: Int { 60_000 * percent }
    var appointments: Int { 25_000 * percent }
}
