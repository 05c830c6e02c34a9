import Glibc
import RunbookCore
import RunbookJournal
import RunbookRuntime

/// Plain lines on standard output; colour only on a terminal, and never against NO_COLOR.
final class Console: RunObserver {
    private let messages: Messages
    private let clock = SystemClock()
    private var titles: [StepID: (number: Int, title: String)] = [:]
    private var total = 0
    private var begun: [StepID: Int64] = [:]
    private var sideBySide: Set<StepID> = []
    private var live: LiveLine?
    /// What the lines of a called run begin with.
    private var indentation = ""
    private let hasColour = isatty(STDOUT_FILENO) == 1 && environmentVariable("NO_COLOR") == nil

    init(messages: Messages) {
        self.messages = messages
    }

    /// Learns the titles of a document.
    func show(_ document: RunbookDocument) {
        total = document.steps.count
        for (index, step) in document.steps.enumerated() {
            titles[step.id] = (index + 1, step.title)
            for child in step.children {
                titles[child.id] = (index + 1, child.title)
                sideBySide.insert(child.id)
            }
        }
        for step in document.final { titles[step.id] = (total, step.title) }
    }

    /// Draws a line while commands go on, where standard output is a terminal.
    func showProgress(of runbook: RunbookID, in stateFolder: String) {
        guard LiveLine.isPossible else { return }
        live = LiveLine(
            isFrench: messages.isFrench, expected: EarlierRuns.durations(of: runbook, in: stateFolder))
    }

    func observer(ofCall step: StepID, _ document: RunbookDocument) -> any RunObserver {
        let console = Console(messages: messages)
        console.indentation = indentation + "    "
        console.show(document)
        console.live = live
        return console
    }

    func goingOn(_ commands: [(step: StepID, log: String)]) {
        live?.draw(commands) { step in
            .milliseconds(begun[step].map { clock.monotonicMilliseconds() - $0 } ?? 0)
        }
    }

    /// A question, whose answer stands on the same line.
    func ask(_ question: String) {
        let bytes = Array((question + " ").utf8)
        // A terminal that takes no question gives no answer either, which suspends the run.
        _ = Glibc.write(STDOUT_FILENO, bytes, bytes.count)
    }

    /// A line on standard output, at once: somebody watches, also through a pipe.
    func say(_ line: String) {
        live?.clear()
        Self.write(indentation.isEmpty ? line : indentation + line, to: STDOUT_FILENO)
    }

    /// A line on standard error.
    static func complain(_ line: String) { write(line, to: STDERR_FILENO) }

    private static func write(_ line: String, to descriptor: Int32) {
        let bytes = Array(line.utf8) + [0x0A]
        var done = 0
        while done < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.write(descriptor, $0.baseAddress?.advanced(by: done), $0.count - done)
            }
            // A reader that is gone must not stop a run.
            if count < 0, errno != EINTR { return }
            done += max(count, 0)
        }
    }

    func happened(_ event: RunEvent, in state: RunState) {
        switch event {
        case .intended(let attempt): intended(attempt)
        case .done(let id, _): end(id, "✓", messages.done, .green)
        case .already(let id): whole(id, "✓", messages.already, .green)
        case .skipped(let id, let reason): whole(id, "–", messages.skipped(reason), .plain)
        case .failed(let id, let reason, _): end(id, "✗", messages.failed(reason), .red)
        case .doubted(let attempt, let reason): end(attempt.step, "?", messages.inDoubt(reason), .red)
        case .settled(let attempt, let tookEffect, let reason):
            whole(attempt.step, "·", messages.settled(tookEffect, reason), .plain)
        case .undone(let id): end(id, "↩", messages.undone, .plain)
        case .rollbackBegan(let reason): say(coloured(messages.rollback(reason), .red))
        case .asked(let id, _): whole(id, "…", messages.phase(.waiting), .plain)
        case .opened(let id, _): say(label(id))
        case .deferred(let id, let until): whole(id, "…", messages.phase(.deferred(until: until)), .plain)
        case .rejected(let id, _, _), .expired(let id):
            whole(id, "✗", messages.phase(state[id].phase), .red)
        case .started, .ended, .approved, .answered, .released, .switched, .concluded, .closed: break
        }
    }

    func noticed(_ notice: RunNotice) { say(messages.notice(notice)) }

    private func intended(_ attempt: Attempt) {
        begun[attempt.step] = clock.monotonicMilliseconds()
        let remark: String? =
            switch attempt.purpose {
            case .run: attempt.number > 1 ? messages.attempt(attempt.number) : nil
            case .reset: messages.resetting
            case .undo: messages.undoing
            }
        say("\(label(attempt.step))\(remark.map { " — \($0)" } ?? "")")
    }

    private func label(_ id: StepID) -> String {
        guard let known = titles[id.base] else { return id.text }
        let number = String(known.number)
        let width = String(total).count
        let padded = String(repeating: " ", count: max(0, width - number.count)) + number
        return "[\(padded)/\(total)] \(id): \(known.title)"
    }

    private func end(_ id: StepID, _ mark: String, _ text: String, _ colour: Colour) {
        let time = begun[id].map { " (\(seconds(since: $0)))" } ?? ""
        // Steps side by side end in any order: their lines name them.
        let name = sideBySide.contains(id) ? "\(id): " : ""
        say("      \(coloured("\(mark) \(name)\(text)", colour))\(time)")
    }

    private func whole(_ id: StepID, _ mark: String, _ text: String, _ colour: Colour) {
        say(label(id))
        say("      \(coloured("\(mark) \(text)", colour))")
    }

    private func seconds(since start: Int64) -> String {
        let milliseconds = clock.monotonicMilliseconds() - start
        let tenths = (milliseconds + 50) / 100
        return "\(tenths / 10)\(messages.isFrench ? "," : ".")\(tenths % 10) s"
    }

    private enum Colour: String {
        case plain = ""
        case green = "32"
        case red = "31"
    }

    /// Colour repeats what the mark says already.
    private func coloured(_ text: String, _ colour: Colour) -> String {
        hasColour && colour != .plain ? "\u{1B}[\(colour.rawValue)m\(text)\u{1B}[0m" : text
    }
}
