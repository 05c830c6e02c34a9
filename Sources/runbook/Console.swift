import Glibc
import RunbookCore
import RunbookJournal
import RunbookRuntime

/// Plain lines; colour only on a terminal, and never against NO_COLOR.
final class Console: RunObserver {
    private let messages: Messages
    /// Standard output, or standard error where a program reads the output.
    private let descriptor: Int32
    private let clock = SystemClock()
    private var titles: [StepID: (number: Int, title: String)] = [:]
    private var total = 0
    private var begun: [StepID: Int64] = [:]
    private var sideBySide: Set<StepID> = []
    private var live: LiveView?
    private var expected: [StepID: Duration] = [:]
    /// What commands go on, and where their output goes.
    private var commands: [(step: StepID, log: String)] = []
    /// What is waited for that is no command, and since when.
    private var wait: (text: String, since: Int64)?
    /// What the lines of a called run begin with.
    private var indentation = ""
    private let hasColour: Bool

    init(messages: Messages, descriptor: Int32) {
        self.messages = messages
        self.descriptor = descriptor
        hasColour =
            isatty(descriptor) == 1 && environmentVariable("NO_COLOR") == nil && !LiveView.isDumb
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

    /// Shows what goes on, where standard output is a terminal.
    func showProgress(of runbook: RunbookID, in stateFolder: String) {
        guard descriptor == STDOUT_FILENO, LiveView.isPossible else { return }
        live = LiveView(messages: messages)
        expected = EarlierRuns.durations(of: runbook, in: stateFolder)
    }

    /// Takes what goes on off the terminal.
    func endProgress() { live?.clear() }

    func observer(ofCall step: StepID, _ document: RunbookDocument) -> any RunObserver {
        let console = Console(messages: messages, descriptor: descriptor)
        console.indentation = indentation + "    "
        console.show(document)
        live?.clear()
        console.live = live
        return console
    }

    func goingOn(_ commands: [(step: StepID, log: String)]) {
        self.commands = commands
        draw()
    }

    private func draw() {
        guard live != nil else { return }
        func elapsed(_ since: Int64?) -> Duration {
            .milliseconds(since.map { clock.monotonicMilliseconds() - $0 } ?? 0)
        }
        var rows = commands.map { command in
            LiveView.Row(
                label: label(command.step), elapsed: elapsed(begun[command.step]),
                expected: expected[command.step], log: command.log)
        }
        if let wait { rows = [LiveView.Row(label: wait.text, elapsed: elapsed(wait.since))] }
        if !rows.isEmpty { live?.draw(rows) }
    }

    private static let intervalMilliseconds: Int64 = 500

    /// Waits, and shows meanwhile what for.
    func sleep(_ duration: Duration) {
        var rest = DurationText.milliseconds(of: duration)
        while rest > 0 {
            draw()
            let part = live == nil ? rest : min(rest, Self.intervalMilliseconds)
            usleep(UInt32(clamping: part * 1000))
            rest -= part
        }
    }

    /// What a question is about to be asked of, and what executing it means.
    func introduce(_ step: Step) {
        say("")
        say("\(step.id): \(step.title)")
        say(messages.consequence(of: step))
    }

    /// A question, whose answer stands on the same line.
    func ask(_ question: String) {
        let bytes = Array((PrintableText.visible(question) + " ").utf8)
        // A terminal that takes no question gives no answer either, which suspends the run.
        _ = Glibc.write(STDOUT_FILENO, bytes, bytes.count)
    }

    /// An object for programs, on one line of standard output.
    func tell(_ members: [String: JournalValue]) {
        Self.put(JournalValue.object(members).jsonText + "\n")
    }

    /// A whole text on standard output, as it is but for what would act on a terminal.
    static func put(_ text: String) { write(PrintableText.visible(text), to: STDOUT_FILENO) }

    /// A line for people, at once: somebody watches, also through a pipe.
    func say(_ line: String) { say(line, "", .plain, "") }

    /// A line of which a part is coloured. Nothing that programs or people put into it acts on the terminal.
    private func say(_ before: String, _ text: String, _ colour: Colour, _ after: String) {
        live?.clear()
        let parts = [indentation + before, text, after].map(PrintableText.visible)
        Self.write(parts[0] + coloured(parts[1], colour) + parts[2] + "\n", to: descriptor)
    }

    /// A line on standard error.
    static func complain(_ line: String) { write(PrintableText.visible(line) + "\n", to: STDERR_FILENO) }

    private static func write(_ text: String, to descriptor: Int32) {
        let bytes = Array(text.utf8)
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
        (commands, wait) = ([], nil)
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
        case .rollbackBegan(let reason): say("", messages.rollback(reason), .red, "")
        case .asked(let id, _): whole(id, "…", messages.phase(.waiting), .plain)
        case .opened(let id, _): say(label(id))
        case .deferred(let id, let until): whole(id, "…", messages.phase(.deferred(until: until)), .plain)
        case .rejected(let id, _, _), .expired(let id):
            whole(id, "✗", messages.phase(state[id].phase), .red)
        case .started, .ended, .approved, .answered, .released, .switched, .concluded, .closed: break
        }
    }

    func noticed(_ notice: RunNotice) {
        let text = messages.notice(notice)
        if !text.isEmpty { say(text) }
        switch notice {
        case .waitingForSurvivor, .waitingForLeftover, .delaying, .waiting:
            wait = (text, clock.monotonicMilliseconds())
        case .unmaskableSecret, .tornRecord, .outputTail, .begun: break
        }
    }

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
        say("      ", "\(mark) \(name)\(text)", colour, time)
    }

    private func whole(_ id: StepID, _ mark: String, _ text: String, _ colour: Colour) {
        say(label(id))
        say("      ", "\(mark) \(text)", colour, "")
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
