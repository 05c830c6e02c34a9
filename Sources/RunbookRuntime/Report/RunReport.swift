import RunbookCore
import RunbookJournal

/// What a journal tells of a run, for people who were not there: who, when, each step with its evidence, and the gaps.
public struct RunReport {
    /// One step.
    struct StepEntry {
        let number: String
        let id: String
        let title: String
        let state: RunState.Phase
        var attempts = 0
        var begun: Moment?
        var ended: Moment?
        /// What people said, decided and proved, and what outputs the step left.
        var remarks: [String] = []
    }

    /// A time in which nobody carried the run on.
    struct Gap {
        let from: Moment
        let to: Moment
        let reason: String
    }

    /// When a record was written.
    struct Moment {
        let wall: String
        let time: RunbookTime?
        let boot: String
        let monotonic: Int64

        init(_ record: JournalRecord) {
            wall = record.wall
            time = RunbookTime(record.wall)
            boot = record.boot
            monotonic = record.monotonic
        }

        /// By the monotonic clock within one boot, by the wall clock otherwise.
        func duration(since earlier: Moment) -> Duration? {
            if boot == earlier.boot { return .milliseconds(monotonic - earlier.monotonic) }
            guard let time, let before = earlier.time else { return nil }
            return time.duration(since: before)
        }
    }

    let words: ReportWords
    let opening: RunOpening
    let document: RunbookDocument
    let state: RunState
    let first: Moment
    let last: Moment
    let head: String
    let recordCount: Int
    let people: [String]
    private(set) var steps: [StepEntry]
    private(set) var gaps: [Gap] = []

    /// Reads and proves the journal of a run.
    ///
    /// - Parameter isFrench: Language of the headings.
    public init(
        _ folder: RunFolder, document: RunbookDocument, isFrench: Bool
    ) throws(RuntimeFailure) {
        let chain = try folder.chain()
        guard let opening = RunOpening(chain.records), let first = chain.records.first,
            let last = chain.records.last
        else { throw .refused("run \(folder.run) was never opened") }
        words = ReportWords(isFrench: isFrench)
        self.opening = opening.switched(chain.records)
        self.document = document
        self.first = Moment(first)
        self.last = Moment(last)
        head = chain.head
        recordCount = chain.records.count
        var people: [String] = []
        for record in chain.records where !people.contains(record.actor) { people.append(record.actor) }
        self.people = people
        var state = RunState()
        var events: [(record: JournalRecord, event: RunEvent)] = []
        for record in chain.records {
            do throws(RunEvent.Unreadable) {
                guard let event = try RunEvent(record) else { continue }
                state.apply(event)
                events.append((record, event))
            } catch {
                throw .unreadable(error)
            }
        }
        self.state = state
        steps = Self.entries(document, state)
        tell(events)
        findGaps(chain.records)
    }

    private static func entries(_ document: RunbookDocument, _ state: RunState) -> [StepEntry] {
        var entries: [StepEntry] = []
        for (index, step) in (document.steps + document.final).enumerated() {
            let number = String(index + 1)
            entries.append(
                StepEntry(number: number, id: step.id.text, title: step.title, state: state[step.id].phase))
            let members =
                step.children.map { ($0.id, $0.title) }
                + state[step.id].items.map { (step.id.item($0), $0) }
            for (position, member) in members.enumerated() {
                entries.append(
                    StepEntry(
                        number: "\(number).\(position + 1)", id: member.0.text, title: member.1,
                        state: state[member.0].phase))
            }
        }
        return entries
    }

    private mutating func tell(_ events: [(record: JournalRecord, event: RunEvent)]) {
        let positions = Dictionary(
            steps.enumerated().map { ($1.id, $0) }, uniquingKeysWith: { first, _ in first })
        // A step that was renamed is told under its last name.
        var renames: [String: String] = [:]
        for case (_, .switched(let names)) in events {
            let names = Dictionary(
                names.map { ($0.key.text, $0.value.text) }, uniquingKeysWith: { first, _ in first })
            renames = renames.mapValues { names[$0] ?? $0 }.merging(names) { own, _ in own }
        }
        for (record, event) in events {
            guard let name = record.step, let position = positions[renames[name] ?? name] else { continue }
            let moment = Moment(record)
            if steps[position].begun == nil { steps[position].begun = moment }
            steps[position].ended = moment
            if case .intended(let attempt) = event, attempt.purpose == .run {
                steps[position].attempts = attempt.number
            }
            if let remark = words.remark(event, record) { steps[position].remarks.append(remark) }
        }
    }

    /// Kinds of records that do not carry a run on: leases, and what people decide in between.
    private static let decisions: Set<String> = [
        "lease", "approval", "rejection", "attestation", "resolution", "release", "skipped", "takeover",
        "doc.switch",
        "note",
    ]

    /// The times between two executors that carried the run on; people who only decide something end no gap.
    private mutating func findGaps(_ records: [JournalRecord]) {
        var lastOfCarrier: JournalRecord?
        for group in Dictionary(grouping: records, by: \.generation).sorted(by: { $0.key < $1.key }).map(
            \.value)
        {
            guard let first = group.first, let last = group.last,
                group.contains(where: { !Self.decisions.contains($0.kind) })
            else { continue }
            if let before = lastOfCarrier {
                let reason =
                    before.kind == "suspend" ? before.body["reason"]?.string ?? "" : words.executorEnded
                let takeover = group.first { $0.kind == "takeover" }.map { "; " + words.takeover($0) } ?? ""
                gaps.append(Gap(from: Moment(before), to: Moment(first), reason: reason + takeover))
            }
            lastOfCarrier = last
        }
    }

    /// What the run came to, in words.
    var result: String { words.result(state) }

    /// How long the run took, gaps included.
    var duration: Duration? { last.duration(since: first) }
}
