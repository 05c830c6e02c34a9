/// A day, as days since 1970-01-01.
struct SeedDay: Comparable {
    let number: Int

    init(number: Int) {
        self.number = number
    }

    /// Days from civil date. Source: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms".
    init(_ year: Int, _ month: Int, _ day: Int) {
        let shifted = month <= 2 ? year - 1 : year
        let era = shifted / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        number = era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    var civil: (year: Int, month: Int, day: Int) {
        let shifted = number + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth + (shiftedMonth < 10 ? 3 : -9)
        return (
            yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        )
    }

    /// 0 for Monday to 6 for Sunday.
    var weekday: Int { (number + 3) % 7 }

    /// Whether summer time holds during the daytime of this day, in France since 1996.
    var isSummerTime: Bool {
        let year = civil.year
        return self >= Self.lastSunday(of: 3, year) && self < Self.lastSunday(of: 10, year)
    }

    /// Whether the day is a public holiday; must agree with `referentiel.jour_ferie`.
    var isHoliday: Bool {
        let date = civil
        let fixed = [(1, 1), (5, 1), (5, 8), (7, 14), (8, 15), (11, 1), (11, 11), (12, 25)]
        if fixed.contains(where: { $0 == (date.month, date.day) }) { return true }
        let sinceEaster = number - Self.easter(date.year).number
        return sinceEaster == 1 || sinceEaster == 39 || sinceEaster == 50
    }

    static func < (left: SeedDay, right: SeedDay) -> Bool { left.number < right.number }

    static func + (day: SeedDay, days: Int) -> SeedDay { SeedDay(number: day.number + days) }

    /// March and October have 31 days.
    private static func lastSunday(of month: Int, _ year: Int) -> SeedDay {
        let last = SeedDay(year, month, 31)
        return last + -((last.weekday + 1) % 7)
    }

    /// Easter Sunday. Source: the Meeus/Jones/Butcher algorithm.
    private static func easter(_ year: Int) -> SeedDay {
        let (golden, century, rest) = (year % 19, year / 100, year % 100)
        let epact =
            (19 * golden + century - century / 4 - (century - (century + 8) / 25 + 1) / 3 + 15) % 30
        let toSunday = (32 + 2 * (century % 4) + 2 * (rest / 4) - epact - rest % 4) % 7
        let correction = (golden + 11 * epact + 22 * toSunday) / 451
        let sum = epact + toSunday - 7 * correction + 114
        return SeedDay(year, sum / 31, sum % 31 + 1)
    }
}
