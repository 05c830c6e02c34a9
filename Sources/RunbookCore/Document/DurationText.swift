/// Lengths of time as documents write them: `10s`, `5m`, `4h`, `7d`, `1h30m`, `250ms`.
public enum DurationText {
    /// The longest duration, either sign: a hundred years. Sums of two such values cannot overflow.
    public static let limit = Duration.seconds(100 * 366 * 86_400)

    /// Units, longest first; in a compound text they appear in this order.
    private static let units: [(symbol: String, milliseconds: Int64)] = [
        ("w", 604_800_000), ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1),
    ]

    /// The duration that a text means; `nil` when it means none or exceeds `limit`.
    public static func duration(from text: some StringProtocol) -> Duration? {
        var rest = Substring(text)[...]
        let isNegative = rest.first == "-"
        if isNegative { rest.removeFirst() }
        guard !rest.isEmpty else { return nil }
        var total: Int64 = 0
        var unitsLeft = units[...]
        while !rest.isEmpty {
            let digits = rest.prefix { $0.isASCII && $0.isNumber }
            rest.removeFirst(digits.count)
            let symbol = rest.prefix { $0.isASCII && $0.isLetter }
            rest.removeFirst(symbol.count)
            guard let count = Int64(digits),
                let index = unitsLeft.firstIndex(where: { $0.symbol == symbol })
            else { return nil }
            let part = count.multipliedReportingOverflow(by: unitsLeft[index].milliseconds)
            let sum = total.addingReportingOverflow(part.partialValue)
            guard !part.overflow, !sum.overflow else { return nil }
            total = sum.partialValue
            unitsLeft = unitsLeft[(index + 1)...]
        }
        let duration = Duration.milliseconds(isNegative ? -total : total)
        return isWithinLimit(duration) ? duration : nil
    }

    /// The shortest text of a duration, to the millisecond: `1h30m`, `0s`.
    public static func text(of duration: Duration) -> String {
        var rest = milliseconds(of: duration)
        guard rest != 0 else { return "0s" }
        var text = rest < 0 ? "-" : ""
        rest = abs(rest)
        for unit in units where unit.symbol != "w" && rest >= unit.milliseconds {
            text += "\(rest / unit.milliseconds)\(unit.symbol)"
            rest %= unit.milliseconds
        }
        return text
    }

    /// Whole milliseconds of a duration within the limit.
    public static func milliseconds(of duration: Duration) -> Int64 {
        let bounded = min(max(duration, .zero - limit), limit)
        let (seconds, attoseconds) = bounded.components
        return seconds * 1_000 + attoseconds / 1_000_000_000_000_000
    }

    /// Whether the duration may be a value.
    public static func isWithinLimit(_ duration: Duration) -> Bool {
        duration <= limit && duration >= .zero - limit
    }
}
