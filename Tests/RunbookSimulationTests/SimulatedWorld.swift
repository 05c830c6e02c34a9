import RunbookCore

/// Numbers from a seed (SplitMix64), so that every failure can be repeated.
struct SeededNumbers: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// Whether something happens that happens once in so many times.
    mutating func once(in count: UInt64) -> Bool { next() % count == 0 }
}

/// What a run acts upon. It survives every crash of the executor.
struct SimulatedWorld: Hashable {
    /// What the supervisor wrote about an attempt; it survives the executor.
    enum SideRecord: Hashable {
        case started
        case ended(Outcome)
    }

    /// The effect of each step as it stands: how often it was brought about and not taken back.
    var effects: [StepID: Int] = [:]
    var records: [Attempt: SideRecord] = [:]
    /// Transactions that the server committed.
    var committed: Set<Attempt> = []
    /// Attempts whose supervisor dies, and whether behind the effect.
    var dyingSupervisors: [Attempt: Bool] = [:]
    /// Attempts of a step that fail before one succeeds.
    var failures: [StepID: Int] = [:]

    mutating func act(_ attempt: Attempt) -> Outcome {
        switch attempt.purpose {
        case .reset, .undo:
            effects[attempt.step] = 0
            return .succeeded
        case .run:
            if let left = failures[attempt.step], left > 0 {
                failures[attempt.step] = left - 1
                return .failed(code: 1, reason: "as the scenario wants")
            }
            effects[attempt.step, default: 0] += 1
            return .succeeded
        }
    }
}

/// A journal in memory: what was not synchronised is lost in a power cut, and stays when only the executor dies.
struct SimulatedJournal {
    private(set) var events: [RunEvent] = []
    private(set) var durableCount = 0

    mutating func append(_ event: RunEvent, isDurable: Bool) {
        events.append(event)
        if isDurable { durableCount = events.count }
    }

    /// What a crash leaves: all that is durable, and the rest unless the power went too.
    mutating func crash(keepingUnsynced isKept: Bool) {
        if !isKept { events = Array(events.prefix(durableCount)) }
        durableCount = events.count
    }

    var state: RunState {
        var state = RunState()
        for event in events { state.apply(event) }
        return state
    }
}

/// The executor was killed.
struct Killed: Error {}
