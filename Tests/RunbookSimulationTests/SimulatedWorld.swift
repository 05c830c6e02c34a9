import RunbookCore

/// Numbers from a seed (SplitMix64), so that every failure can be repeated.
struct SeededNumbers: RandomNumberGenerator, Hashable {
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

    /// From 0 to below `limit`, which is at least 1.
    mutating func below(_ limit: Int) -> Int { Int(next() % UInt64(limit)) }
}

/// What a run acts upon. It survives every crash of the executor.
struct SimulatedWorld: Hashable {
    /// What the supervisor wrote about an attempt; it survives the executor.
    enum SideRecord: Hashable {
        case started
        case ended(Outcome)
    }

    /// How people meet a step that asks for them, before they answer it.
    struct Reluctance: Hashable {
        var expiries = 0
        var refusals = 0
    }

    /// The effect of each step as it stands: how often it was brought about and not taken back.
    var effects: [StepID: Int] = [:]
    var records: [Attempt: SideRecord] = [:]
    /// Commands that were started and have not ended, oldest first.
    var inFlight: [Attempt] = []
    /// Most commands that were in flight at once.
    private(set) var inFlightMost = 0
    /// Transactions that the server committed.
    var committed: Set<Attempt> = []
    /// Attempts whose supervisor dies, and whether behind the effect.
    var dyingSupervisors: [Attempt: Bool] = [:]
    /// Attempts of a step, or verdicts on a group, that fail before one succeeds.
    var failures: [StepID: Int] = [:]
    /// Steps that `when` skips.
    var unwanted: Set<StepID> = []
    /// Steps whose effect `check` finds ahead of the first attempt.
    var already: Set<StepID> = []
    /// Values of repeated steps.
    var items: [StepID: [String]] = [:]
    /// Steps that wait for a moment, and whether it has come.
    var moments: [StepID: Bool] = [:]
    var reluctance: [StepID: Reluctance] = [:]
    /// What no executor may do, and one did.
    private(set) var problems: [String] = []

    private var numbers: SeededNumbers

    init(seed: UInt64) { numbers = SeededNumbers(seed: seed) }

    mutating func act(_ attempt: Attempt) -> Outcome {
        if inFlight.contains(where: { $0.step == attempt.step && $0 != attempt }) {
            problems.append("\(attempt) acts while another attempt of its step is in flight")
        }
        switch attempt.purpose {
        case .reset, .undo:
            effects[attempt.step] = 0
            return .succeeded
        case .run:
            if attempt.number <= failures[attempt.step, default: 0] {
                return .failed(code: 1, reason: "as the scenario wants")
            }
            effects[attempt.step, default: 0] += 1
            return .succeeded
        }
    }

    /// A supervisor is started, and its command begins at some moment from now on.
    mutating func launch(_ attempt: Attempt) {
        inFlight.append(attempt)
        inFlightMost = max(inFlightMost, inFlight.count)
    }

    /// One of these commands ends, any of them.
    mutating func end(of attempts: [Attempt]) -> Attempt? {
        let candidates = inFlight.filter(attempts.contains)
        guard !candidates.isEmpty else { return nil }
        let ended = candidates[numbers.below(candidates.count)]
        land(ended)
        return ended
    }

    /// What became of the commands in flight when their executor died: they go on to their end, unless the power went too.
    mutating func outlive(powerCut isPowerCut: Bool) {
        while let attempt = inFlight.first {
            guard isPowerCut else {
                land(attempt)
                continue
            }
            inFlight.removeFirst()
            switch numbers.below(4) {
            case 0: break
            case 1: records[attempt] = .started
            case 2:
                records[attempt] = .started
                _ = act(attempt)
            default: records[attempt] = .ended(act(attempt))
            }
        }
    }

    /// The next executor begins while the commands of the dead one are still in flight: nothing made it wait.
    mutating func leaveInFlight() {
        for attempt in inFlight { records[attempt] = .started }
    }

    private mutating func land(_ attempt: Attempt) {
        inFlight.firstIndex(of: attempt).map { _ = inFlight.remove(at: $0) }
        supervise(attempt)
    }

    /// What a supervisor does and writes, from its start on.
    mutating func supervise(_ attempt: Attempt) {
        records[attempt] = .started
        switch dyingSupervisors[attempt] {
        case nil: records[attempt] = .ended(act(attempt))
        case true: _ = act(attempt)
        case false: break
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

    /// What a crash leaves: all that is durable, and of the rest as many records as reached the disk.
    mutating func crash(keepingUnsynced kept: Int?) {
        if let kept { events = Array(events.prefix(durableCount + kept)) }
        durableCount = events.count
    }

    /// Records that a power cut may take.
    var unsyncedCount: Int { events.count - durableCount }

    var state: RunState {
        var state = RunState()
        for event in events { state.apply(event) }
        return state
    }

    /// How often people were asked.
    func asks(_ id: StepID) -> Int {
        events.count {
            if case .asked(id, _) = $0 { true } else { false }
        }
    }
}

/// The executor was killed.
struct Killed: Error {}
