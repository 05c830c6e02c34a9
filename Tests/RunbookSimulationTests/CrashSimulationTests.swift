import Glibc
import RunbookCore
import Testing

/// Kills at every place of random runs.
///
/// A sample by default; `RUNBOOK_CRASH_SEEDS` says how many scenarios instead, see `make test-crash`.
@Suite struct CrashSimulationTests {
    /// Scenarios of the sample.
    private static let seedsDefault = 480
    private static let blocks = 8

    private static let seeds =
        getenv("RUNBOOK_CRASH_SEEDS").flatMap { Int(String(cString: $0)) } ?? seedsDefault

    /// What was tried, and what went wrong.
    private struct Tally {
        var cases = 0
        /// Kills that came while several commands were in flight.
        var severalInFlight = 0
        var problems: [String] = []

        /// Read by Tests/Support/crash.sh.
        func line(_ what: String) -> String {
            "Simulation: \(cases) \(what), \(severalInFlight) kills with several commands in flight"
        }

        mutating func add(_ found: [String], _ what: @autoclosure () -> String) {
            cases += 1
            if !found.isEmpty { problems += found.map { "\(what()): \($0)" } }
        }
    }

    static func isKilled(_ driver: inout SimulatedDriver) -> Bool {
        do {
            try Scenario.finish(&driver)
            return false
        } catch {
            return true
        }
    }

    /// Nobody is asked what took effect when every supervisor lives; statements without a transaction have none.
    static func needless(_ driver: SimulatedDriver) -> [String] {
        driver.prompts.compactMap { prompt in
            switch prompt {
            case .doubt(let id, let reason):
                driver.plan[id]?.work == .statements ? nil : "a person was asked about \(id): \(reason)"
            case .undoFailed(let id, let reason): "a person was asked about undo of \(id): \(reason)"
            case .answer, .approval, .date, .child, .paused, .refused, .held: nil
            }
        }
    }

    /// Kills at every place: the executor alone, and the power with any part of what was not synchronised.
    private static func killEverywhere(
        _ seed: UInt64, _ defect: SimulatedDriver.Defect?, _ tally: inout Tally
    ) throws {
        let scenario = Scenario(seed: seed)
        var numbers = SeededNumbers(seed: seed &* 104_729)
        var whole = scenario.driver(defect)
        try Scenario.finish(&whole)
        tally.add(ScenarioProperties.violations(whole), "seed \(seed), no kill")
        for place in 0..<whole.placesPassed {
            for isPowerCut in [false, true] {
                var driver = scenario.driver(defect, killedAfter: place)
                guard isKilled(&driver) else { continue }
                if driver.world.inFlight.count > 1 { tally.severalInFlight += 1 }
                let kept = isPowerCut ? numbers.below(driver.journal.unsyncedCount + 1) : nil
                driver.restart(keepingUnsynced: kept)
                let isTurned = numbers.once(in: 6)
                if isTurned { driver.turnRound() }
                try Scenario.finish(&driver)
                var found = ScenarioProperties.violations(driver)
                if scenario.isSound, !isPowerCut { found += needless(driver) }
                tally.add(
                    found, "seed \(seed), killed at \(place), power cut \(isPowerCut), turned \(isTurned)")
            }
        }
    }

    /// Kills again and again while the run is taken up.
    private static func killRepeatedly(_ seed: UInt64, _ tally: inout Tally) {
        var numbers = SeededNumbers(seed: seed &* 7919)
        let scenario = Scenario(seed: seed)
        for _ in 0..<20 {
            var driver = scenario.driver(killedAfter: numbers.below(60))
            var isExecutorOnly = true
            while isKilled(&driver) {
                if driver.world.inFlight.count > 1 { tally.severalInFlight += 1 }
                let isPowerCut = numbers.once(in: 2)
                if isPowerCut { isExecutorOnly = false }
                driver.restart(
                    keepingUnsynced: isPowerCut ? numbers.below(driver.journal.unsyncedCount + 1) : nil,
                    killedAfter: numbers.once(in: 4) ? nil : numbers.below(16))
                if numbers.once(in: 12) { driver.turnRound() }
            }
            var found = ScenarioProperties.violations(driver)
            if scenario.isSound, isExecutorOnly { found += needless(driver) }
            tally.add(found, "seed \(seed), killed again")
        }
    }

    /// The seeds of one block of several that are tried side by side.
    private static func seeds(of block: Int) -> [UInt64] {
        (1...seeds).filter { $0 % blocks == block }.map(UInt64.init)
    }

    @Test(arguments: 0..<blocks)
    func `killed at any place and taken up, no step is repeated and none is lost`(block: Int) throws {
        var tally = Tally()
        for seed in Self.seeds(of: block) { try Self.killEverywhere(seed, nil, &tally) }
        #expect(tally.problems.isEmpty, "\(tally.problems.prefix(5))")
        #expect(tally.cases > 100 * Self.seeds / Self.blocks)
        #expect(tally.severalInFlight > Self.seeds / Self.blocks)
        print(tally.line("kills"))
    }

    @Test(arguments: 0..<blocks)
    func `killed again while it is taken up, no step is repeated and none is lost`(block: Int) throws {
        var tally = Tally()
        for seed in Self.seeds(of: block) { Self.killRepeatedly(seed, &tally) }
        #expect(tally.problems.isEmpty, "\(tally.problems.prefix(5))")
        print(tally.line("runs that were killed again"))
    }

    @Test func `taking up a run that is over changes nothing`() throws {
        for seed in UInt64(1)...120 {
            var driver = Scenario(seed: seed).driver()
            try Scenario.finish(&driver)
            let world = driver.world
            let events = driver.journal.events
            driver.restart(keepingUnsynced: nil)
            try Scenario.finish(&driver)
            #expect(driver.world == world)
            #expect(driver.journal.events == events)
        }
    }

    @Test(arguments: SimulatedDriver.Defect.allCases)
    func `an executor with a defect is caught by the same properties`(
        defect: SimulatedDriver.Defect
    ) throws {
        var tally = Tally()
        for seed in UInt64(1)...60 where tally.problems.isEmpty {
            try Self.killEverywhere(seed, defect, &tally)
        }
        #expect(!tally.problems.isEmpty, "\(defect) went unnoticed")
    }

    @Test func `doubt that never ends is for a person after some attempts`() throws {
        let rules = StepRules(id: "a", work: .supervised, doubt: .retry)
        let plan = RunPlan(steps: [rules])
        var state = RunState()
        var attempts = 0
        while case .execute(let attempt, _) = next(state, plan), attempts < 100 {
            for event in [RunEvent.intended(attempt), .started(attempt), .doubted(attempt, reason: "lost")] {
                state.apply(event)
            }
            attempts += 1
        }
        #expect(attempts == 3)
        #expect(state.next(plan) == .suspend(.doubt("a", reason: "lost")))
    }

    private func next(_ state: RunState, _ plan: RunPlan) -> RunAction {
        if case .begin(let id) = state.next(plan) {
            return .execute(Attempt(step: id, purpose: .run, number: 1), after: .zero)
        }
        return state.next(plan)
    }
}
