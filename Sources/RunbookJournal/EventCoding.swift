import RunbookCore

/// An event as a record has it. The kinds and keys are the journal's format: added to, never changed.
public struct EncodedEvent: Hashable, Sendable {
    /// The record's kind.
    public let kind: String
    /// The step, where the event concerns one.
    public let step: StepID?
    /// The attempt, where the event concerns one.
    public let attempt: Int?
    /// The rest.
    public var body: [String: JournalValue]
}

extension RunEvent {
    /// The event as a record has it.
    public var encoded: EncodedEvent {
        switch self {
        case .skipped(let id, let reason): .init("skipped", id, ["reason": .string(reason)])
        case .already(let id): .init("already", id)
        case .intended(let attempt): .init("intent", attempt)
        case .started(let attempt): .init("started", attempt)
        case .ended(let attempt, let outcome): .init("exited", attempt, outcome.encoded)
        case .doubted(let attempt, let reason): .init("doubt", attempt, ["reason": .string(reason)])
        case .settled(let attempt, let tookEffect, let reason):
            .init("resolution", attempt, ["took_effect": .bool(tookEffect), "reason": .string(reason)])
        case .done(let id, let outputs): .init("done", id, ["outputs": .object(named(outputs))])
        case .failed(let id, let reason, let code):
            .init("failed", id, ["reason": .string(reason), "code": code.map { .int(Int64($0)) } ?? .null])
        case .opened(let id, let items):
            .init("open", id, ["items": .array(items.map(JournalValue.string))])
        case .deferred(let id, let until): .init("defer", id, ["until": .int(until.millisecondsSinceEpoch)])
        case .asked(let id, let expires):
            .init("ask", id, expires.map { ["expires": .int($0.millisecondsSinceEpoch)] } ?? [:])
        case .approved(let id, let account): .init("approval", id, ["by": .string(account)])
        case .rejected(let id, let account, let reason):
            .init("rejection", id, ["by": .string(account), "reason": .string(reason)])
        case .expired(let id): .init("expiry", id)
        case .answered(let id, let answer): .init("attestation", id, ["answer": .object(named(answer))])
        case .released(let id, let reason): .init("release", id, ["reason": .string(reason)])
        case .rollbackBegan(let reason): .init("undo.begin", nil, ["reason": .string(reason)])
        case .undone(let id): .init("undo.done", id)
        case .switched(let renames):
            .init(
                "doc.switch", nil,
                [
                    "renames": .object(
                        Dictionary(
                            renames.map { ($0.key.text, .string($0.value.text)) }, uniquingKeysWith: { $1 }))
                ])
        case .concluded(let result): .init("run.conclusion", nil, ["result": .string(result.rawValue)])
        case .closed(let result): .init("run.close", nil, ["result": .string(result.rawValue)])
        }
    }

    /// The event of a record; `nil` for a record that changes no state (leases, outputs, notes).
    ///
    /// - Throws: `Unreadable` for a record that should be an event and is not one that this program knows.
    public init?(_ record: JournalRecord) throws(Unreadable) {
        guard let event = try Self.event(record) else { return nil }
        self = event
    }

    /// A record of a newer program, or a damaged one that its hash fits: not to be guessed at.
    public struct Unreadable: Error, Hashable, Sendable {
        /// Position of the record.
        public let sequence: Int64
        /// Its kind.
        public let kind: String
    }

    /// Kinds that are there for people and proofs.
    private static let silentKinds: Set<String> = [
        "run.open", "lease", "output", "verify", "note", "suspend", "check", "transaction", "takeover",
    ]

    private static func event(_ record: JournalRecord) throws(Unreadable) -> RunEvent? {
        if silentKinds.contains(record.kind) { return nil }
        let unreadable = Unreadable(sequence: record.sequence, kind: record.kind)
        let event: RunEvent? =
            switch record.kind {
            case "undo.begin": record.reason.map(RunEvent.rollbackBegan)
            case "run.conclusion":
                record.body["result"]?.string.flatMap(RunResult.init).map(RunEvent.concluded)
            case "doc.switch": renames(record.body["renames"]).map(RunEvent.switched)
            case "run.close": record.body["result"]?.string.flatMap(RunResult.init).map(RunEvent.closed)
            case "intent", "started", "exited", "doubt", "resolution": attemptEvent(record)
            default: stepEvent(record)
            }
        guard let event else { throw unreadable }
        return event
    }

    private static func attemptEvent(_ record: JournalRecord) -> RunEvent? {
        guard let step = record.step.flatMap(StepID.init(recorded:)), let number = record.attempt,
            let purpose = record.body["purpose"]?.string.flatMap(Purpose.init)
        else { return nil }
        let attempt = Attempt(step: step, purpose: purpose, number: Int(number))
        switch record.kind {
        case "intent": return .intended(attempt)
        case "started": return .started(attempt)
        case "exited": return Outcome(record.body).map { .ended(attempt, $0) }
        case "doubt": return record.reason.map { .doubted(attempt, reason: $0) }
        default:
            guard let tookEffect = record.body["took_effect"]?.bool, let reason = record.reason else {
                return nil
            }
            return .settled(attempt, tookEffect: tookEffect, reason: reason)
        }
    }

    private static func stepEvent(_ record: JournalRecord) -> RunEvent? {
        guard let step = record.step.flatMap(StepID.init(recorded:)) else { return nil }
        switch record.kind {
        case "skipped": return record.reason.map { .skipped(step, reason: $0) }
        case "already": return .already(step)
        case "done": return values(record.body["outputs"]).map { .done(step, outputs: $0) }
        case "failed":
            return record.reason.map {
                .failed(step, reason: $0, code: record.body["code"]?.int.map(Int.init))
            }
        case "open": return record.body["items"]?.array.map { .opened(step, items: $0.compactMap(\.string)) }
        case "defer":
            return record.body["until"]?.int.flatMap(RunbookTime.init(millisecondsSinceEpoch:)).map {
                .deferred(step, until: $0)
            }
        case "ask":
            return .asked(
                step,
                expires: record.body["expires"]?.int.flatMap(RunbookTime.init(millisecondsSinceEpoch:)))
        case "approval": return record.body["by"]?.string.map { .approved(step, by: $0) }
        case "rejection": return rejection(record, step)
        case "expiry": return .expired(step)
        case "attestation": return values(record.body["answer"]).map { .answered(step, answer: $0) }
        case "release": return record.reason.map { .released(step, reason: $0) }
        case "undo.done": return .undone(step)
        default: return nil
        }
    }

    private static func rejection(_ record: JournalRecord, _ step: StepID) -> RunEvent? {
        guard let account = record.body["by"]?.string, let reason = record.reason else { return nil }
        return .rejected(step, by: account, reason: reason)
    }

    private static func renames(_ encoded: JournalValue?) -> [StepID: StepID]? {
        var renames: [StepID: StepID] = [:]
        for (old, new) in encoded?.object ?? [:] {
            guard let old = StepID(old), let new = new.string.flatMap({ StepID($0) }) else { return nil }
            renames[old] = new
        }
        return renames
    }

    private static func values(_ encoded: JournalValue?) -> [ValueName: RunbookValue]? {
        guard let members = encoded?.object else { return nil }
        var values: [ValueName: RunbookValue] = [:]
        for (key, member) in members {
            guard let name = ValueName(key), let value = RunbookValue(member) else { return nil }
            values[name] = value
        }
        return values
    }

    private func named(_ values: [ValueName: RunbookValue]) -> [String: JournalValue] {
        Dictionary(values.map { ($0.key.text, $0.value.encoded) }, uniquingKeysWith: { first, _ in first })
    }
}

extension EncodedEvent {
    fileprivate init(_ kind: String, _ step: StepID?, _ body: [String: JournalValue] = [:]) {
        self.init(kind: kind, step: step, attempt: nil, body: body)
    }

    fileprivate init(_ kind: String, _ attempt: Attempt, _ body: [String: JournalValue] = [:]) {
        var body = body
        body["purpose"] = .string(attempt.purpose.rawValue)
        self.init(kind: kind, step: attempt.step, attempt: attempt.number, body: body)
    }
}

extension JournalRecord {
    fileprivate var reason: String? { body["reason"]?.string }
}

extension Outcome {
    fileprivate var encoded: [String: JournalValue] {
        switch self {
        case .succeeded: ["outcome": "succeeded"]
        case .failed(let code, let reason):
            [
                "outcome": "failed", "code": code.map { .int(Int64($0)) } ?? .null, "reason": .string(reason),
            ]
        case .unknown(let reason): ["outcome": "unknown", "reason": .string(reason)]
        }
    }

    fileprivate init?(_ body: [String: JournalValue]) {
        switch (body["outcome"]?.string, body["reason"]?.string) {
        case ("succeeded", _): self = .succeeded
        case ("failed", let reason?): self = .failed(code: body["code"]?.int.map(Int.init), reason: reason)
        case ("unknown", let reason?): self = .unknown(reason: reason)
        default: return nil
        }
    }
}

extension JournalValue: ExpressibleByStringLiteral {
    /// A string.
    public init(stringLiteral text: String) { self = .string(text) }
}

extension RunbookValue {
    /// The value with its type, so that a duration comes back as a duration.
    public var encoded: JournalValue {
        switch self {
        case .null: .null
        case .string(let text): .string(text)
        case .int(let number): .int(number)
        case .bool(let truth): .bool(truth)
        case .duration(let duration): .object(["duration": .int(DurationText.milliseconds(of: duration))])
        case .time(let time): .object(["time": .int(time.millisecondsSinceEpoch)])
        case .list(let items): .array(items.map(\.encoded))
        case .map(let members): .object(["map": .object(members.mapValues(\.encoded))])
        }
    }

    /// The value that `encoded` wrote; `nil` for anything else.
    public init?(_ encoded: JournalValue) {
        switch encoded {
        case .null: self = .null
        case .string(let text): self = .string(text)
        case .int(let number): self = .int(number)
        case .bool(let truth): self = .bool(truth)
        case .array(let elements):
            let items = elements.compactMap(RunbookValue.init)
            guard items.count == elements.count else { return nil }
            self = .list(items)
        case .object(let members):
            guard members.count == 1, let value = Self.tagged(members) else { return nil }
            self = value
        }
    }

    private static func tagged(_ members: [String: JournalValue]) -> RunbookValue? {
        if let milliseconds = members["duration"]?.int { return .duration(.milliseconds(milliseconds)) }
        if let milliseconds = members["time"]?.int {
            return RunbookTime(millisecondsSinceEpoch: milliseconds).map(RunbookValue.time)
        }
        guard let map = members["map"]?.object else { return nil }
        let values = map.compactMapValues(RunbookValue.init)
        return values.count == map.count ? .map(values) : nil
    }
}
