import Glibc
import RunbookCore
import Testing

/// Every pair of kills, the second one while the run is taken up, over the shapes that runbooks have.
///
/// A tenth of the pairs by default; all of them with `RUNBOOK_CRASH_SEEDS`, see `make test-crash`.
@Suite struct CrashPairTests {
    private static let stride = getenv("RUNBOOK_CRASH_SEEDS") == nil ? 10 : 1

    /// Two kills. With a power cut everything is lost that was not synchronised; else only the executor dies.
    private struct Pair {
        let first: Int
        let isFirstPowerCut: Bool
        let second: Int
        let isSecondPowerCut: Bool

        var isExecutorOnly: Bool { !isFirstPowerCut && !isSecondPowerCut }
    }

    /// A run that was killed at this place and is about to be taken up.
    private static func killed(_ scenario: Scenario, at place: Int, isPowerCut: Bool) -> SimulatedDriver? {
        var driver = scenario.driver(killedAfter: place)
        guard CrashSimulationTests.isKilled(&driver) else { return nil }
        driver.restart(keepingUnsynced: isPowerCut ? 0 : nil)
        return driver
    }

    /// Every pair of a scenario.
    private static func pairs(_ scenario: Scenario) throws -> [Pair] {
        var whole = scenario.driver()
        try Scenario.finish(&whole)
        var pairs: [Pair] = []
        for first in 0..<whole.placesPassed {
            for isFirstPowerCut in [false, true] {
                guard var once = killed(scenario, at: first, isPowerCut: isFirstPowerCut) else { continue }
                try Scenario.finish(&once)
                for second in 0..<once.placesPassed {
                    for isSecondPowerCut in [false, true] {
                        pairs.append(
                            Pair(
                                first: first, isFirstPowerCut: isFirstPowerCut, second: second,
                                isSecondPowerCut: isSecondPowerCut))
                    }
                }
            }
        }
        return pairs
    }

    private static func violations(_ scenario: Scenario, _ pair: Pair) throws -> [String] {
        guard var driver = killed(scenario, at: pair.first, isPowerCut: pair.isFirstPowerCut) else {
            return ["the first kill did not come"]
        }
        driver.placesLeft = pair.second
        guard CrashSimulationTests.isKilled(&driver) else { return ["the second kill did not come"] }
        driver.restart(keepingUnsynced: pair.isSecondPowerCut ? 0 : nil)
        try Scenario.finish(&driver)
        var found = ScenarioProperties.violations(driver)
        if pair.isExecutorOnly { found += CrashSimulationTests.needless(driver) }
        return found
    }

    @Test(arguments: CrashShape.allCases)
    func `killed at any place, and again at any place of taking it up`(shape: CrashShape) throws {
        let scenario = shape.scenario
        let pairs = try Self.pairs(scenario)
        var tried = 0
        // The offset walks over the sample, so that every kind of pair is in it.
        for index in Swift.stride(from: 0, to: pairs.count, by: Self.stride) {
            let pair = pairs[min(index + index / Self.stride % Self.stride, pairs.count - 1)]
            let found = try Self.violations(scenario, pair)
            tried += 1
            #expect(found.isEmpty, "\(shape), \(pair)")
        }
        #expect(tried > 4_000 / Self.stride)
        print("Simulation: \(tried) pairs of kills of \(shape.rawValue)")
    }
}
