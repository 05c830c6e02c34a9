/// The five years that the data covers, and the day on which they were "taken".
enum SeedPeriod {
    /// First day of requests.
    static let start = SeedDay(2021, 11, 1)
    /// The data is as it was on this day at 00:00: nothing happened later, only appointments lie ahead.
    static let reference = SeedDay(2026, 11, 1)
    static let referenceMoment = SeedMoment(reference, secondOfDay: 0)
    static let dayCount = reference.number - start.number
}
