/// Records per day by weight, so that the totals are exact whatever the size.
struct SeedQuotas {
    let first: SeedDay
    /// Index of the first record of each day, and the total at the end.
    let starts: [Int]

    init(total: Int, first: SeedDay, weights: [Int]) {
        self.first = first
        let totals = SeedRandom.runningTotals(weights)
        let sum = totals.last ?? 1
        starts = [0] + totals.map { total * $0 / sum }
    }

    func range(of day: SeedDay) -> Range<Int> {
        let offset = day.number - first.number
        return starts[offset]..<starts[offset + 1]
    }

    /// The day of a record, by bisection.
    func day(of record: Int) -> SeedDay {
        var (low, high) = (0, starts.count - 1)
        while high - low > 1 {
            let middle = (low + high) / 2
            if starts[middle] <= record { low = middle } else { high = middle }
        }
        return first + low
    }
}
