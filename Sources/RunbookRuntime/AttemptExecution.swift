import Digests
import RunbookCore
import RunbookJournal
import SQLClient

/// Attempts: their intent, their start, and what their supervisor wrote about them.
extension RunDriver {
    mutating func execute(_ attempt: Attempt, after delay: Duration) throws(RuntimeFailure) -> Suspension? {
        if delay > .zero {
            context.settings.observer.noticed(.delaying(attempt.step, delay))
            context.settings.sleep(delay)
        }
        try recorder.record(
            .intended(attempt),
            extra: ["token": .string(newToken()), "slot": .int(recorder.nextSlot)], isDurable: true)
        FaultPoint.pass("executor.intent.durable")
        return try start(attempt)
    }

    func newToken() -> String { Hex.encode(context.settings.randomBytes(16)) }

    /// The action of an attempt's purpose.
    func action(_ attempt: Attempt) -> StepAction {
        let step = context.step(attempt.step)
        let action: StepAction? =
            switch attempt.purpose {
            case .run: step.action
            case .reset: step.reset
            case .undo: step.undo
            }
        guard let action else { preconditionFailure("the state asks only for what the plan has") }
        return action
    }

    /// The intent is durable. Another executor may have come as far as to start the supervisor: its record tells.
    mutating func start(_ attempt: Attempt) throws(RuntimeFailure) -> Suspension? {
        let action = action(attempt)
        switch action.work {
        case .supervised: try startCommand(attempt, action)
        case .transaction, .statements:
            guard case .sql(let sql) = action else { preconditionFailure("only SQL has this kind of work") }
            try SQLAttempt(context: context, attempt: attempt, sql: sql).perform(&recorder)
        case .evaluation:
            let now = context.settings.clock.wall()
            try recorder.record(.started(attempt), extra: ["since": .int(now.millisecondsSinceEpoch)])
            try recorder.record(.ended(attempt, try evaluate(action, attempt)))
        case .child:
            try recorder.record(.started(attempt), isDurable: true)
            return try goOnWithCalledRun(attempt)
        case .person, .group:
            preconditionFailure("people are asked and groups opened, neither is executed")
        }
        return nil
    }

    private mutating func startCommand(_ attempt: Attempt, _ action: StepAction) throws(RuntimeFailure) {
        let folder = folder(of: attempt)
        if try folder.record(token: token(attempt)).start == nil {
            let command = try commands.start(
                action, of: context.step(attempt.step), in: folder, token: token(attempt),
                scope: context.scope(recorder.state, of: attempt.step))
            if attempt.purpose == .run, context.concurrent.contains(attempt.step) {
                running[attempt.step] = (attempt, command)
                context.settings.observer.noticed(.begun(attempt))
                return
            }
            _ = context.settings.supervisor.awaitEnd(of: [command]) {
                context.settings.observer.goingOn([(attempt.step, folder.outputLogPath)])
            }
        }
        try takeOver(attempt)
    }

    /// Waits until one of the commands side by side has ended, and takes it over.
    mutating func awaitEnd(of steps: [StepID]) throws(RuntimeFailure) {
        let awaited = steps.compactMap { running[$0] }
        let logs = awaited.map { ($0.attempt.step, folder(of: $0.attempt).outputLogPath) }
        let first = context.settings.supervisor.awaitEnd(of: awaited.map(\.command)) {
            context.settings.observer.goingOn(logs)
        }
        let ended = awaited[first]
        running[ended.attempt.step] = nil
        try takeOver(ended.attempt)
    }

    func folder(of attempt: Attempt) -> AttemptFolder {
        context.folder.folder(of: attempt, slot: recorder.details[attempt]?.slot)
    }

    private func token(_ attempt: Attempt) -> String { recorder.details[attempt]?.token ?? "" }

    /// Copies what the supervisor wrote into the journal.
    mutating func takeOver(_ attempt: Attempt) throws(RuntimeFailure) {
        let folder = folder(of: attempt)
        let record = try folder.record(token: token(attempt))
        if recorder.state[attempt.step].phase == .active(attempt, .intended) {
            guard let start = record.start else {
                throw .supervisor(
                    reason: "the supervisor of step \(attempt.step) ended before it started the command")
            }
            try recorder.record(
                .started(attempt),
                extra: SupervisedProcesses(start).body)
        }
        guard let end = record.end else {
            return try recorder.record(.doubted(attempt, reason: doubtReason(record)), isDurable: true)
        }
        let outcome = commands.outcome(
            end, of: action(attempt), in: context.step(attempt.step), folder: folder)
        var facts: [String: JournalValue] = [
            "stdout_bytes": .int(end.outputBytes), "stderr_bytes": .int(end.errorBytes),
        ]
        if end.outputBytes > 0 || end.errorBytes > 0 {
            facts.merge(CommandLogs.facts(folder)) { own, _ in own }
        }
        try recorder.record(.ended(attempt, outcome), extra: facts)
        if outcome != .succeeded {
            let log = end.errorBytes > 0 ? folder.errorLogPath : folder.outputLogPath
            context.settings.observer.noticed(.outputTail(attempt.step, folder.tail(of: log, lines: 5)))
        }
    }

    /// A rollback may begin behind an intent whose supervisor was never started, and does not start it any more.
    private mutating func takeOverOrSettle(_ attempt: Attempt) throws(RuntimeFailure) {
        let isIntended = recorder.state[attempt.step].phase == .active(attempt, .intended)
        if isIntended, try folder(of: attempt).record(token: token(attempt)).start == nil {
            return try recorder.record(
                .settled(attempt, tookEffect: false, reason: "its command was never started"), isDurable: true
            )
        }
        try takeOver(attempt)
    }

    private func doubtReason(_ record: AttemptRecord) -> String {
        if let start = record.start, start.boot != context.settings.clock.boot {
            return "the host was restarted while it ran"
        }
        return "its supervisor is gone and left no end"
    }

    /// We have the target's lock, which every living supervisor holds: whoever started it is dead.
    mutating func recover(_ attempt: Attempt) throws(RuntimeFailure) -> Suspension? {
        switch action(attempt).work {
        case .supervised: try takeOverOrSettle(attempt)
        case .transaction, .statements:
            try recorder.record(
                .doubted(attempt, reason: "the executor ended while the statements ran"), isDurable: true)
        case .evaluation: try recorder.record(.ended(attempt, try evaluate(action(attempt), attempt)))
        case .child: return try goOnWithCalledRun(attempt)
        case .person, .group: preconditionFailure("neither people nor groups are ever started")
        }
        return nil
    }

    private mutating func evaluate(_ action: StepAction, _ attempt: Attempt) throws(RuntimeFailure) -> Outcome
    {
        if case .wait(let wait) = action { return try outcome(of: wait, attempt) }
        guard case .assert(let assertions) = action else {
            preconditionFailure("only assertions and waits are evaluated")
        }
        let scope = context.scope(recorder.state, of: attempt.step)
        for assertion in assertions where !(try context.holds(assertion.condition, scope, attempt.step)) {
            let message = try assertion.message.map { template throws(RuntimeFailure) in
                try context.rendered(template, scope, attempt.step)
            }
            return .failed(code: nil, reason: message ?? "false: \(assertion.condition.text)")
        }
        return .succeeded
    }
}
