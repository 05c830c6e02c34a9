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
}

/// Where the run stands, for people and for programs.
extension RunReading {
    /// A step, or what stands for it in a group.
    struct Entry {
        let number: String
        let id: StepID
        let title: String
        var group: StepID?

        var indentation: String { group == nil ? "  " : "     " }
        /// The text of an item is its name and its title.
        var name: String { id == id.base ? "\(id): \(title)" : id.text }
    }

    /// The steps of the document, members and items of groups behind their group.
    func entries(_ document: RunbookDocument) -> [Entry] {
        (document.steps + document.final).enumerated().flatMap { index, step in
            let members =
                step.children.map { ($0.id, $0.title) }
                + state[step.id].items.map { (step.id.item($0), $0) }
            return [Entry(number: "\(index + 1).", id: step.id, title: step.title)]
                + members.enumerated().map { position, member in
                    Entry(
                        number: "\(index + 1).\(position + 1)", id: member.0, title: member.1, group: step.id)
                }
        }
    }

    /// The answer for programs.
    func members(_ document: RunbookDocument) -> [String: JournalValue] {
        let steps = entries(document).map { entry -> JournalValue in
            let known = state[entry.id]
            var members: [String: JournalValue] = [
                "id": .string(entry.id.text), "title": .string(entry.title),
                "phase": .string(known.phase.word), "attempts": .int(Int64(known.attempts)),
            ]
            if let reason = known.phase.reason { members["reason"] = .string(reason) }
            if let group = entry.group { members["group"] = .string(group.text) }
            return .object(members)
        }
        return [
            "run": .string(folder.run), "runbook": .string(document.id.text),
            "standing": .string(state.standing), "records": .int(Int64(chain.records.count)),
            "head": .string(chain.head), "steps": .array(steps),
        ]
    }
}
