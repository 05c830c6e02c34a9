/// A moment in Marseille's local time, as seconds since local midnight of 1970-01-01.
///
/// Moments never fall into the night hour when clocks change, so local order is real order.
struct SeedMoment: Comparable {
    let seconds: Int

    init(seconds: Int) {
        self.seconds = seconds
    }

    init(_ day: SeedDay, secondOfDay: Int) {
        seconds = day.number * 86_400 + secondOfDay
    }

    var day: SeedDay { SeedDay(number: seconds / 86_400) }

    static func < (left: SeedMoment, right: SeedMoment) -> Bool { left.seconds < right.seconds }

    static func + (moment: SeedMoment, seconds: Int) -> SeedMoment {
        SeedMoment(seconds: moment.seconds + seconds)
    }

    /// The same day during opening hours, so that work happens by day.
    func atOpeningHours(_ random: inout SeedRandom) -> SeedMoment {
        SeedMoment(day, secondOfDay: random.between(30_600, 61_200))
    }
}
