import RunbookCore
import RunbookJournal

extension RunReport {
    /// The report for programs.
    public var members: [String: JournalValue] {
        [
            "run": .string(opening.run), "runbook": .string(opening.runbook), "title": .string(opening.title),
            "standing": .string(state.standing), "operator": .string(opening.operator),
            "host": .string(opening.host), "lock": .string(opening.lock),
            "people": .array(people.map(JournalValue.string)),
            "begun": .string(first.wall), "ended": .string(last.wall),
            "milliseconds": Self.milliseconds(duration), "digest": .string(opening.digest),
            "rollback": state.rollbackReason.map(JournalValue.string) ?? .null,
            "parameters": .object(
                Dictionary(parameterFacts.map { ($0.name, .string($0.value)) }, uniquingKeysWith: { $1 })),
            "steps": .array(steps.map(members)), "gaps": .array(gaps.map(members)),
            "records": .int(Int64(recordCount)), "head": .string(head),
        ]
    }

    private func members(_ step: StepEntry) -> JournalValue {
        var members: [String: JournalValue] = [
            "number": .string(step.number), "id": .string(step.id), "title": .string(step.title),
            "phase": .string(step.state.word), "attempts": .int(Int64(step.attempts)),
            "evidence": .array(step.remarks.map(JournalValue.string)),
        ]
        if let reason = step.state.reason { members["reason"] = .string(reason) }
        if let begun = step.begun, let ended = step.ended {
            members["begun"] = .string(begun.wall)
            members["ended"] = .string(ended.wall)
            members["milliseconds"] = Self.milliseconds(ended.duration(since: begun))
        }
        return .object(members)
    }

    private func members(_ gap: Gap) -> JournalValue {
        .object([
            "from": .string(gap.from.wall), "to": .string(gap.to.wall),
            "milliseconds": Self.milliseconds(gap.to.duration(since: gap.from)),
            "reason": .string(gap.reason),
        ])
    }

    private static func milliseconds(_ duration: Duration?) -> JournalValue {
        duration.map { .int(DurationText.milliseconds(of: $0)) } ?? .null
    }
}
