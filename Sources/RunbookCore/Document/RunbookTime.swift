/// A point in time on the wall clock, in milliseconds, between the years 0001 and 9999.
public struct RunbookTime: Hashable, Sendable, Comparable {
    /// Milliseconds since 1970-01-01T00:00:00Z.
    public let millisecondsSinceEpoch: Int64

    private static let range: ClosedRange<Int64> = -62_135_596_800_000...253_402_300_799_999
    private static let millisecondsPerDay: Int64 = 86_400_000

    /// Nothing outside the years 0001 to 9999.
    public init?(millisecondsSinceEpoch: Int64) {
        guard Self.range.contains(millisecondsSinceEpoch) else { return nil }
        self.millisecondsSinceEpoch = millisecondsSinceEpoch
    }

    /// A time written as RFC 3339 (`2026-03-01T08:00:00Z`, `2026-03-01 08:00+01:00`), as a date (midnight UTC),
    /// or as seconds since 1970 (`1772352000`), as `stat -c %Y` prints them.
    public init?(_ text: some StringProtocol) {
        if let seconds = Int64(text), seconds >= 0 {
            let product = seconds.multipliedReportingOverflow(by: 1_000)
            guard !product.overflow else { return nil }
            self.init(millisecondsSinceEpoch: product.partialValue)
            return
        }
        var reader = TimeReader(rest: Array(text.utf8)[...])
        guard let milliseconds = reader.milliseconds() else { return nil }
        self.init(millisecondsSinceEpoch: milliseconds)
    }

    /// RFC 3339 in UTC, with milliseconds only where there are some.
    public var text: String {
        let (days, inDay) = millisecondsSinceEpoch.flooredDivision(by: Self.millisecondsPerDay)
        let (year, month, day) = Self.civil(days: days)
        let seconds = inDay / 1_000
        let clock = [seconds / 3_600, seconds / 60 % 60, seconds % 60].map { Self.padded($0, 2) }
        let fraction = inDay % 1_000 == 0 ? "" : "." + Self.padded(inDay % 1_000, 3)
        let date = "\(Self.padded(year, 4))-\(Self.padded(month, 2))-\(Self.padded(day, 2))"
        return "\(date)T\(clock.joined(separator: ":"))\(fraction)Z"
    }

    /// This time moved by a duration; `nil` outside the years 0001 to 9999.
    public func advanced(by duration: Duration) -> RunbookTime? {
        let sum = millisecondsSinceEpoch.addingReportingOverflow(DurationText.milliseconds(of: duration))
        return sum.overflow ? nil : RunbookTime(millisecondsSinceEpoch: sum.partialValue)
    }

    /// How long after `other` this time is; `nil` beyond `DurationText.limit`.
    public func duration(since other: RunbookTime) -> Duration? {
        let duration = Duration.milliseconds(millisecondsSinceEpoch - other.millisecondsSinceEpoch)
        return DurationText.isWithinLimit(duration) ? duration : nil
    }

    /// Order in time.
    public static func < (left: RunbookTime, right: RunbookTime) -> Bool {
        left.millisecondsSinceEpoch < right.millisecondsSinceEpoch
    }

    private static func padded(_ number: Int64, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }

    /// Days since 1970-01-01 of a date in the proleptic Gregorian calendar; years are counted from March.
    fileprivate static func days(year: Int64, month: Int64, day: Int64) -> Int64 {
        let (shiftedYear, shiftedMonth) = month > 2 ? (year, month - 3) : (year - 1, month + 9)
        let (era, yearOfEra) = shiftedYear.flooredDivision(by: 400)
        let dayOfYear = (153 * shiftedMonth + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    private static func civil(days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let (era, dayOfEra) = (days + 719_468).flooredDivision(by: 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        let day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
    }
}

extension Int64 {
    fileprivate func flooredDivision(by divisor: Int64) -> (quotient: Int64, remainder: Int64) {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }
}

/// Reads RFC 3339, byte by byte.
private struct TimeReader {
    var rest: ArraySlice<UInt8>

    mutating func milliseconds() -> Int64? {
        guard let year = number(digits: 4), take("-"), let month = number(digits: 2, in: 1...12), take("-"),
            let day = number(digits: 2, in: 1...31), day <= Self.daysIn(month: month, of: year)
        else { return nil }
        let midnight = RunbookTime.days(year: year, month: month, day: day) * 86_400_000
        if rest.isEmpty { return midnight }
        guard take("T") || take("t") || take(" "), let inDay = millisecondsInDay(), let shift = zoneShift(),
            rest.isEmpty
        else { return nil }
        return midnight + inDay - shift
    }

    private mutating func millisecondsInDay() -> Int64? {
        guard let hour = number(digits: 2, in: 0...23), take(":"), let minute = number(digits: 2, in: 0...59)
        else { return nil }
        var milliseconds = (hour * 60 + minute) * 60_000
        guard take(":") else { return milliseconds }
        guard let second = number(digits: 2, in: 0...59) else { return nil }
        milliseconds += second * 1_000
        guard take(".") else { return milliseconds }
        let digits = rest.prefix { $0 >= 48 && $0 <= 57 }
        guard !digits.isEmpty else { return nil }
        rest.removeFirst(digits.count)
        let three = (digits + [48, 48, 48]).prefix(3)
        return milliseconds + three.reduce(0) { $0 * 10 + Int64($1 - 48) }
    }

    private mutating func zoneShift() -> Int64? {
        if take("Z") || take("z") { return 0 }
        let isEast = take("+")
        guard isEast || take("-"), let hours = number(digits: 2, in: 0...23), take(":"),
            let minutes = number(digits: 2, in: 0...59)
        else { return nil }
        return (hours * 60 + minutes) * (isEast ? 60_000 : -60_000)
    }

    private mutating func number(digits count: Int, in range: ClosedRange<Int64> = 0...9_999) -> Int64? {
        let digits = rest.prefix(count)
        guard digits.count == count, digits.allSatisfy({ $0 >= 48 && $0 <= 57 }) else { return nil }
        rest.removeFirst(count)
        let number = digits.reduce(0) { $0 * 10 + Int64($1 - 48) }
        return range.contains(number) ? number : nil
    }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard let next = rest.first, UInt32(next) == character.value else { return false }
        rest.removeFirst()
        return true
    }

    private static func daysIn(month: Int64, of year: Int64) -> Int64 {
        let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        switch month {
        case 2: return isLeap ? 29 : 28
        case 4, 6, 9, 11: return 30
        default: return 31
        }
    }
}
