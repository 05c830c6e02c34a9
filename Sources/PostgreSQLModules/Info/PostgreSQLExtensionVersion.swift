/// The version of an extension as numbers, as far as its text has them.
struct PostgreSQLExtensionVersion: Equatable {
    let major: Int64?
    let minor: Int64?

    /// `1.6` is 1 and 6, `2.0-3` is 2 and 0, `3-1` is 3 and 1; a text with letters has no numbers.
    init(_ text: String) {
        let levels = text.split(separator: ".", omittingEmptySubsequences: false).map {
            $0.split(separator: "-").map { Int64($0) }
        }
        let isNumeric = levels.allSatisfy { (1...2).contains($0.count) && !$0.contains(nil) }
        guard isNumeric, let first = levels.first else {
            major = nil
            minor = nil
            return
        }
        major = first[0]
        minor = first.count > 1 ? first[1] : levels.dropFirst().first?.first ?? nil
    }
}
