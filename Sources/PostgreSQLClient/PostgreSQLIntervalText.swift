/// The text form of intervals.
///
/// Source: PostgreSQL 17 manual 8.5.5, output style `postgres`.
enum PostgreSQLIntervalText {
    private static let microsecondsPerDay: Int64 = 86_400_000_000

    /// The days that stand for a unit; drivers count 30 for a month and 365 for a year.
    private static let daysPerUnit: [Substring: Int64] = [
        "year": 365, "years": 365, "mon": 30, "mons": 30, "day": 1, "days": 1,
    ]

    /// `1 day 02:03:04.5` becomes `1 day, 2:03:04.500000`, as drivers present it.
    ///
    /// - Returns: `nil` for another output style and for `infinity`.
    static func duration(_ text: String) -> String? {
        var words = text.split(separator: " ")[...]
        var days: Int64 = 0
        var microseconds: Int64 = 0
        while let word = words.popFirst() {
            if word.contains(":") {
                guard words.isEmpty, let time = time(word) else { return nil }
                microseconds = time
            } else {
                guard let count = Int64(word), let unit = words.popFirst().flatMap({ daysPerUnit[$0] })
                else { return nil }
                days += count * unit
            }
        }
        return shown(days: days, microseconds: microseconds)
    }

    /// `-04:05:06.789` in microseconds.
    private static func time(_ word: Substring) -> Int64? {
        let parts = word.drop { $0 == "-" || $0 == "+" }.split(separator: ":")
        guard parts.count == 3, let hours = Int64(parts[0]), let minutes = Int64(parts[1]) else { return nil }
        let seconds = parts[2].split(separator: ".")
        let digits = seconds.count > 1 ? String(seconds[1]) : ""
        guard let whole = seconds.first.flatMap({ Int64($0) }), digits.count <= 6,
            let fraction = Int64(digits + String(repeating: "0", count: 6 - digits.count))
        else { return nil }
        let microseconds = ((hours * 60 + minutes) * 60 + whole) * 1_000_000 + fraction
        return word.hasPrefix("-") ? -microseconds : microseconds
    }

    /// Only the days carry a sign: minus one second is `-1 day, 23:59:59`.
    private static func shown(days: Int64, microseconds: Int64) -> String {
        let inDay =
            (microseconds % microsecondsPerDay + microsecondsPerDay) % microsecondsPerDay
        let days = days + (microseconds - inDay) / microsecondsPerDay
        let (seconds, fraction) = inDay.quotientAndRemainder(dividingBy: 1_000_000)
        var text = "\(seconds / 3600):\(padded(seconds / 60 % 60, 2)):\(padded(seconds % 60, 2))"
        if fraction != 0 { text += "." + padded(fraction, 6) }
        if days != 0 { text = "\(days) \(abs(days) == 1 ? "day" : "days"), \(text)" }
        return text
    }

    private static func padded(_ number: Int64, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}
