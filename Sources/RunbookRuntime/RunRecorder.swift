import RunbookCore
import RunbookJournal

/// Told of everything that counts, once it counts.
public protocol RunObserver: AnyObject {
    /// An event is in the journal.
    func happened(_ event: RunEvent, in state: RunState)
    /// Something worth a line that changes no state.
    func noticed(_ notice: RunNotice)
    /// Commands go on: their steps, and the logs of their output.
    func goingOn(_ commands: [(step: StepID, log: String)])
    /// A step calls another runbook: who is told of that run's events.
    func observer(ofCall step: StepID, _ document: RunbookDocument) -> any RunObserver
}

/// What a person may want to see while a run goes on.
public enum RunNotice: Hashable, Sendable {
    /// The command of an attempt outlives its executor; its end is waited for.
    case waitingForSurvivor(run: String)
    /// What an attempt started goes on though nobody will hear of its end; it is waited for all the same.
    case waitingForLeftover(StepID, what: String)
    /// A delay before another attempt.
    case delaying(StepID, Duration)
    /// A secret is too short to be masked.
    case unmaskableSecret(name: String)
    /// A last record was cut off while it was written; it never counted.
    case tornRecord(bytes: Int)
    /// The last lines of a failed command's output.
    case outputTail(StepID, [String])
    /// A command of several side by side was started.
    case begun(Attempt)
    /// A step looks again and again, for at most this long.
    case waiting(StepID, String)
}

/// What the journal says of an attempt besides its events.
struct AttemptDetails {
    var token = ""
    /// Its place among the slots; `nil` in runs of the first format.
    var slot: Int64?
    /// Number of its transaction on the server, known before COMMIT.
    var transaction: String?
    /// Session of the server that executes it; see `SQLBackend`.
    var backend: String?
    /// What the supervisor said of the command's processes.
    var command: SupervisedProcesses?
    var row: [String: RunbookValue] = [:]
    /// When a wait looked first, in milliseconds since the epoch.
    var since: Int64?
}

/// The journal and the state that follows from it: an event counts once its record is written.
struct RunRecorder {
    private var writer: JournalWriter
    private let observer: any RunObserver
    private(set) var state = RunState()
    private(set) var details: [Attempt: AttemptDetails] = [:]
    /// The first slot that no attempt has.
    private(set) var nextSlot = AttemptSlot.ofChecks + 1
    /// Who answered manual steps.
    private(set) var attesters: Set<String> = []
    /// Masks what programs and servers say, which becomes the reason of an event.
    var mask: (String) -> String = { $0 }

    init(writer: JournalWriter, observer: any RunObserver) {
        self.writer = writer
        self.observer = observer
    }

    var head: String { writer.head }
    var generation: Int64 { writer.generation }

    /// Takes over what an earlier executor wrote.
    mutating func replay(_ records: [JournalRecord]) throws(RuntimeFailure) {
        for record in records {
            let event: RunEvent?
            do throws(RunEvent.Unreadable) {
                event = try RunEvent(record)
            } catch {
                throw .unreadable(error)
            }
            guard let event else {
                keepRow(record)
                continue
            }
            state.apply(event)
            keepDetails(event, record.body)
        }
    }

    /// Makes the row that an attempt answered with durable ahead of its end.
    mutating func keep(_ row: [String: RunbookValue], of attempt: Attempt) throws(RuntimeFailure) {
        let encoded = RunbookValue.map(row).encoded
        try write(
            "output", step: attempt.step, attempt: attempt.number,
            body: ["purpose": .string(attempt.purpose.rawValue), "row": encoded], isDurable: true)
        details[attempt, default: AttemptDetails()].row = row
    }

    private mutating func keepRow(_ record: JournalRecord) {
        guard record.kind == "output", let step = record.step.flatMap(StepID.init(recorded:)),
            let number = record.attempt,
            let purpose = record.body["purpose"]?.string.flatMap(Purpose.init),
            let row = record.body["row"].flatMap(RunbookValue.init), case .map(let columns) = row
        else { return }
        let attempt = Attempt(step: step, purpose: purpose, number: Int(number))
        details[attempt, default: AttemptDetails()].row = columns
    }

    /// Writes an event down, then lets it count.
    mutating func record(
        _ event: RunEvent, extra: [String: JournalValue] = [:], isDurable: Bool = false
    ) throws(RuntimeFailure) {
        let event = event.masked(mask)
        var encoded = event.encoded
        encoded.body.merge(extra) { own, _ in own }
        try write(
            encoded.kind, step: encoded.step, attempt: encoded.attempt, body: encoded.body,
            isDurable: isDurable)
        state.apply(event)
        keepDetails(event, encoded.body)
        observer.happened(event, in: state)
    }

    /// Writes a record that changes no state.
    mutating func write(
        _ kind: String, step: StepID? = nil, attempt: Int? = nil, body: [String: JournalValue] = [:],
        isDurable: Bool = false
    ) throws(RuntimeFailure) {
        do throws(StorageFailure) {
            try writer.append(kind, step: step, attempt: attempt, body: masked(body), isDurable: isDurable)
        } catch {
            writer.appendLast("suspend", body: ["reason": .string(error.message)])
            throw .journal(error)
        }
    }

    /// What people and programs say stands in these members; the others are the executor's own.
    private static let spoken = ["why", "reason"]

    private func masked(_ body: [String: JournalValue]) -> [String: JournalValue] {
        var masked = body
        for name in Self.spoken {
            if let text = body[name]?.string { masked[name] = .string(mask(text)) }
        }
        return masked
    }

    private mutating func keepDetails(_ event: RunEvent, _ body: [String: JournalValue]) {
        switch event {
        case .intended(let attempt):
            details[attempt, default: AttemptDetails()].token = body["token"]?.string ?? ""
            details[attempt]?.slot = body["slot"]?.int
            nextSlot = max(nextSlot, (body["slot"]?.int ?? AttemptSlot.ofChecks) + 1)
        case .started(let attempt):
            details[attempt, default: AttemptDetails()].transaction = body["transaction"]?.string
            details[attempt]?.backend = body["backend"]?.string
            details[attempt]?.command = SupervisedProcesses(body)
            details[attempt]?.since = body["since"]?.int
        case .ended(let attempt, _):
            guard let row = body["row"].flatMap(RunbookValue.init), case .map(let columns) = row else {
                return
            }
            details[attempt, default: AttemptDetails()].row = columns
        case .answered:
            if let account = body["by"]?.string { attesters.insert(account) }
        case .skipped, .already, .doubted, .settled, .done, .failed, .opened, .deferred, .asked, .approved,
            .rejected, .expired, .released, .rollbackBegan, .undone, .switched, .concluded, .closed:
            break
        }
    }
}
