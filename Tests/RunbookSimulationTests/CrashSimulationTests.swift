import RunbookCore
import Testing

@Suite struct CrashSimulationTests {
    private static let seeds = UInt64(1)...120

    /// Kills at every place, with and without the records that were not synchronised, and takes the run up.
    private static func violations(seed: UInt64, _ defect: SimulatedDriver.Defect?) throws -> (
        cases: Int, problems: [String]
    ) {
        let scenario = Scenario(seed: seed)
        var whole = scenario.driver(defect)
        try Scenario.finish(&whole)
        var problems = Scenario.violations(whole).map { "seed \(seed), no kill: \($0)" }
        var cases = 1
        for place in 0..<whole.placesPassed {
            for isPowerCut in [false, true] {
                var driver = scenario.driver(defect, killedAfter: place)
                guard Self.isKilled(&driver) else { continue }
                driver.restart(losing: isPowerCut)
                try Scenario.finish(&driver)
                problems += Scenario.violations(driver).map {
                    "seed \(seed), killed at \(place), power cut \(isPowerCut): \($0)"
                }
                cases += 1
            }
        }
        return (cases, problems)
    }

    private static func isKilled(_ driver: inout SimulatedDriver) -> Bool {
        do {
            try Scenario.finish(&driver)
            return false
        } catch {
            return true
        }
    }

    @Test func `killed at any place and taken up, no step is repeated and none is lost`() throws {
        var cases = 0
        for seed in Self.seeds {
            let result = try Self.violations(seed: seed, nil)
            #expect(result.problems.isEmpty, "\(result.problems.prefix(5))")
            cases += result.cases
        }
        #expect(cases > 5_000)
    }

    @Test func `killed again while it is taken up, no step is repeated and none is lost`() throws {
        for seed in Self.seeds {
            var numbers = SeededNumbers(seed: seed &* 7919)
            let scenario = Scenario(seed: seed)
            for _ in 0..<20 {
                var driver = scenario.driver(killedAfter: Int(numbers.next() % 40))
                while Self.isKilled(&driver) {
                    driver.restart(
                        losing: numbers.once(in: 2),
                        killedAfter: numbers.once(in: 4) ? nil : Int(numbers.next() % 12))
                }
                let problems = Scenario.violations(driver)
                #expect(problems.isEmpty, "seed \(seed): \(problems)")
            }
        }
    }

    @Test func `taking up a run that is over changes nothing`() throws {
        for seed in Self.seeds {
            var driver = Scenario(seed: seed).driver()
            try Scenario.finish(&driver)
            let world = driver.world
            let events = driver.journal.events
            driver.restart(losing: false)
            try Scenario.finish(&driver)
            #expect(driver.world == world)
            #expect(driver.journal.events == events)
        }
    }

    @Test(arguments: SimulatedDriver.Defect.allCases)
    func `an executor with a defect is caught by the same properties`(
        defect: SimulatedDriver.Defect
    ) throws {
        var caught = 0
        for seed in UInt64(1)...20 where try !Self.violations(seed: seed, defect).problems.isEmpty {
            caught += 1
        }
        #expect(caught > 0, "\(defect) went unnoticed")
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
