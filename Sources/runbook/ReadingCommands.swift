import ArgumentParser
import RunbookCore
import RunbookJournal
import RunbookRuntime

/// What a journal tells; reading it never writes and never takes a lock.
struct RunReading {
    let folder: RunFolder
    let opening: RunOpening?
    let chain: JournalChain
    let state: RunState

    init(_ folder: RunFolder) throws(RuntimeFailure) {
        self.folder = folder
        chain = try folder.chain()
        opening = RunOpening(chain.records)
        var state = RunState()
        for record in chain.records {
            do throws(RunEvent.Unreadable) {
                if let event = try RunEvent(record) { state.apply(event) }
            } catch {
                throw .unreadable(error)
            }
        }
        self.state = state
    }

    /// One word for machines.
    var standing: String {
        if let result = state.result { return result.rawValue }
        return state.rollbackReason == nil ? "open" : "rolling-back"
    }
}

/// `runbook status`: where a run stands.
struct StatusCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Shows where a run stands; only reads.")

    @OptionGroup var common: CommonOptions
    @OptionGroup var target: RunArgument
    @Flag(help: "One JSON object.") var json = false

    func run() throws {
        let world = World(common)
        let (folder, document) = try world.run(target.run)
        let reading = try world.attempt { () throws(RuntimeFailure) in try RunReading(folder) }
        if json {
            world.console.say(JSONLine.text(members(reading, document)))
            return
        }
        world.console.say("\(folder.run)  \(document.id)  \(document.title)")
        world.console.say(
            "\(world.messages.standing(reading.standing))  \(reading.opening?.operator ?? "?")@\(reading.opening?.host ?? "?")"
        )
        for entry in entries(reading, document) {
            let phase = world.messages.phase(reading.state[entry.id].phase)
            world.console.say("\(entry.indentation)\(entry.number) \(entry.name) — \(phase)")
        }
    }

    /// A step, or what stands for it in a group.
    private struct Entry {
        let number: String
        let id: StepID
        let title: String
        var group: StepID?

        var indentation: String { group == nil ? "  " : "     " }
        /// The text of an item is its name and its title.
        var name: String { id == id.base ? "\(id): \(title)" : id.text }
    }

    private func entries(_ reading: RunReading, _ document: RunbookDocument) -> [Entry] {
        (document.steps + document.final).enumerated().flatMap { index, step in
            let members =
                step.children.map { ($0.id, $0.title) }
                + reading.state[step.id].items.map { (step.id.item($0), $0) }
            return [Entry(number: "\(index + 1).", id: step.id, title: step.title)]
                + members.enumerated().map { position, member in
                    Entry(
                        number: "\(index + 1).\(position + 1)", id: member.0, title: member.1, group: step.id)
                }
        }
    }

    private func members(_ reading: RunReading, _ document: RunbookDocument) -> [String: JournalValue] {
        let steps = entries(reading, document).map { entry -> JournalValue in
            let known = reading.state[entry.id]
            var members: [String: JournalValue] = [
                "id": .string(entry.id.text), "title": .string(entry.title),
                "phase": .string(word(known.phase)), "attempts": .int(Int64(known.attempts)),
            ]
            if let group = entry.group { members["group"] = .string(group.text) }
            return .object(members)
        }
        return [
            "run": .string(reading.folder.run), "runbook": .string(document.id.text),
            "standing": .string(reading.standing), "records": .int(Int64(reading.chain.records.count)),
            "head": .string(reading.chain.head), "steps": .array(steps),
        ]
    }

    private func word(_ phase: RunState.Phase) -> String {
        switch phase {
        case .pending: "pending"
        case .skipped: "skipped"
        case .already: "already"
        case .active(_, .inDoubt): "in-doubt"
        case .active: "active"
        case .waiting: "waiting"
        case .answered: "answered"
        case .open: "open"
        case .deferred: "deferred"
        case .done: "done"
        case .failed: "failed"
        case .undone: "undone"
        case .undoFailed: "undo-failed"
        }
    }
}

/// `runbook list`: the runs of a state folder.
struct ListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Lists the runs; only reads.")

    @OptionGroup var common: CommonOptions
    @Flag(help: "One JSON object per line.") var json = false

    func run() throws {
        let world = World(common)
        for run in RunFolder.runs(in: common.stateFolder) {
            let folder = RunFolder(stateFolder: common.stateFolder, run: run)
            do throws(RuntimeFailure) {
                let reading = try RunReading(folder)
                let runbook = reading.opening?.runbook ?? "?"
                world.console.say(
                    json
                        ? JSONLine.text([
                            "run": .string(run), "runbook": .string(runbook),
                            "standing": .string(reading.standing),
                        ]) : "\(run)  \(world.messages.standing(reading.standing))  \(runbook)")
            } catch {
                let text = world.messages.failure(error)
                world.console.say(
                    json ? JSONLine.text(["run": .string(run), "problem": .string(text)]) : "\(run)  \(text)")
            }
        }
    }
}

/// `runbook verify`: proves a journal.
struct VerifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Proves that a journal, its documents and evidence are those that were written; only reads."
    )

    @OptionGroup var common: CommonOptions
    @OptionGroup var target: RunArgument
    @Option(help: "The head hash that was printed or mailed when the run ended.") var head: String?
    @Flag(help: "One JSON object.") var json = false

    func run() throws {
        let world = World(common)
        let folder = try world.attempt { () throws(RuntimeFailure) in
            try RunFolder.find(target.run, in: common.stateFolder)
        }
        let chain = try world.attempt { () throws(RuntimeFailure) in try folder.chain() }
        if let head, head != chain.head {
            Console.complain("\(chain.head) != \(head)")
            throw ExitCode(10)
        }
        if chain.tornBytes > 0, !json { world.console.noticed(.tornRecord(bytes: chain.tornBytes)) }
        let files = try world.attempt { () throws(RuntimeFailure) in
            try RunProof.proveFiles(of: chain.records, in: folder)
        }
        world.console.say(
            json
                ? JSONLine.text([
                    "run": .string(folder.run), "records": .int(Int64(chain.records.count)),
                    "head": .string(chain.head), "torn_bytes": .int(Int64(chain.tornBytes)),
                ]) : world.messages.verified(chain.records.count, files: files, chain.head))
    }
}
