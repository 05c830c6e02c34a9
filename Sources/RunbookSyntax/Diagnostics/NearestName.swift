/// The known name that a person probably meant.
enum NearestName {
    /// The nearest of `names` that is near enough to be a slip of the pen.
    static func of(_ text: String, among names: some Collection<String>) -> String? {
        let wanted = Array(text.lowercased().unicodeScalars.prefix(lengthMax))
        let allowed = max(1, wanted.count / 3)
        var best: (name: String, distance: Int)?
        for name in names.prefix(namesMax) {
            let distance = distance(wanted, Array(name.lowercased().unicodeScalars.prefix(lengthMax)))
            guard distance <= allowed, distance < name.unicodeScalars.count else { continue }
            if let best, (best.distance, best.name) <= (distance, name) { continue }
            best = (name, distance)
        }
        return best?.name
    }

    /// A hint with the nearest name, or nothing.
    static func hint(_ text: String, among names: some Collection<String>) -> String? {
        of(text, among: names).map { "did you mean '\($0)'?" }
    }

    /// Names that are compared; behind them no hint is given.
    private static let namesMax = 1_000
    /// Scalars of a name that are compared.
    private static let lengthMax = 64

    /// Insertions, deletions, replacements and swaps of neighbours from one text to the other.
    private static func distance(_ left: [Unicode.Scalar], _ right: [Unicode.Scalar]) -> Int {
        var rows = [Array(0...right.count)]
        for (row, scalar) in left.enumerated() {
            var current = [row + 1]
            for (column, other) in right.enumerated() {
                var best = rows[row][column] + (scalar == other ? 0 : 1)
                best = min(best, rows[row][column + 1] + 1, current[column] + 1)
                let isSwap =
                    row > 0 && column > 0 && scalar == right[column - 1] && left[row - 1] == other
                if isSwap { best = min(best, rows[row - 1][column - 1] + 1) }
                current.append(best)
            }
            rows.append(current)
        }
        return rows[left.count][right.count]
    }
}
