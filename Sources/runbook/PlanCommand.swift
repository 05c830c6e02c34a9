import ArgumentParser
import RunbookCore
import RunbookJournal
import RunbookRuntime
import RunbookSyntax

/// `runbook plan`: what a run would do, and what its checks say now.
struct PlanCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan",
        abstract: "Shows what a run would do, in order; executes nothing but the checks, which only read.")

    @OptionGroup var common: CommonOptions
    @OptionGroup var parameters: ParameterOptions
    @Argument(help: "The document.") var document: String
    @Flag(name: .customLong("no-checks"), help: "Do not execute the checks either.") var isWithoutChecks =
        false

    func run() throws {
        let world = World(common)
        let path = absolutePath(document)
        let (document, text) = try world.document(at: path)
        let values = try parameters.values(for: document)
        let items = RunbookPlanner.items(of: document, parameters: values)
        let final = RunbookPlanner.finalItems(of: document, parameters: values)
        let asked = isWithoutChecks ? [] : Self.asked(of: items + final)
        var answers: [StepID: PlannedCheck] = [:]
        do throws(RuntimeFailure) {
            answers = try PlannedChecks.answers(
                document, steps: asked, text: text, path: path, parameters: values, settings: world.settings)
        } catch {
            // A plan is of use also where a run could not start.
            Console.complain(world.messages.withoutChecks(world.messages.failure(error)))
        }
        let listing = PlanListing(messages: world.messages, answers: answers)
        if common.json {
            world.console.tell([
                "runbook": .string(document.id.text), "steps": .array(items.map(listing.json)),
                "finally": .array(final.map(listing.json)),
            ])
            return
        }
        world.console.say("\(document.id) — \(document.title)")
        world.console.say(world.messages.planIntroduction)
        items.flatMap { listing.lines(of: $0) }.forEach(world.console.say)
        if final.isEmpty { return }
        world.console.say("")
        world.console.say(world.messages.planFinally)
        final.flatMap { listing.lines(of: $0) }.forEach(world.console.say)
    }

    /// A step that is left out asks nothing.
    private static func asked(of items: [PlanItem]) -> [StepID] {
        items.filter { $0.isSkipped != true }.flatMap { [$0.id] + asked(of: $0.members) }
    }
}

/// A plan for people, or for machines.
private struct PlanListing {
    let messages: Messages
    let answers: [StepID: PlannedCheck]

    func lines(of item: PlanItem, indent: String = "") -> [String] {
        var lines = ["\(item.number). \(item.id): \(item.title)"]
        if item.isSkipped == true { lines.append("   (\(messages.wouldBeSkipped))") }
        if let when = item.when { lines.append("   when: \(when)") }
        lines.append("   \(item.kind), \(messages.effect(item.effect))\(limits(of: item))")
        if item.members.isEmpty {
            lines += item.action.split(separator: "\n", omittingEmptySubsequences: false).map { "   | \($0)" }
        }
        for (key, text) in [("check", item.check), ("reset", item.reset), ("undo", item.undo)] {
            if let text { lines.append("   \(key): \(text.split(separator: "\n").joined(separator: " "))") }
            if key == "check", let answer = answers[item.id] {
                lines.append("   \(messages.planned(answer))")
            }
        }
        lines += item.verify.map { "   verify: \($0)" }
        return [""] + lines.map { indent + $0 }
            + item.members.flatMap { self.lines(of: $0, indent: indent + "   ") }
    }

    /// What is not the way it always is: time limit, further attempts, what a failure leads to.
    private func limits(of item: PlanItem) -> String {
        var parts: [String] = []
        if let timeout = item.timeout { parts.append("timeout \(DurationText.text(of: timeout))") }
        if item.retry.max > 0 { parts.append("retry \(item.retry.max)") }
        switch item.onError {
        case .hold: break
        case .stop: parts.append("on_error stop")
        case .proceed: parts.append("on_error continue")
        case .rollback: parts.append("on_error rollback")
        case .jump(let step): parts.append("on_error step:\(step)")
        }
        return parts.map { ", \($0)" }.joined()
    }

    func json(_ item: PlanItem) -> JournalValue {
        func optional(_ text: String?) -> JournalValue { text.map(JournalValue.string) ?? .null }
        return .object([
            "number": .int(Int64(item.number)), "id": .string(item.id.text), "title": .string(item.title),
            "kind": .string(item.kind), "action": .string(item.action),
            "effect": .string(item.effect.rawValue), "skipped": .bool(item.isSkipped == true),
            "when": optional(item.when), "verify": .array(item.verify.map(JournalValue.string)),
            "check": optional(item.check), "reset": optional(item.reset), "undo": optional(item.undo),
            "now": optional(answers[item.id].map(Self.word)), "members": .array(item.members.map(json)),
        ])
    }

    private static func word(_ answer: PlannedCheck) -> String {
        switch answer {
        case .there: "there"
        case .absent: "absent"
        case .unknown: "unknown"
        }
    }
}
