import RunbookCore
import RunbookJournal
import SQLClient

/// Carries a run on: asks the state what is next, does it, and feeds the events back.
struct RunDriver {
    let context: RunContext
    var recorder: RunRecorder

    init(context: RunContext, recorder: RunRecorder) {
        self.context = context
        self.recorder = recorder
    }

    var commands: CommandRunner { CommandRunner(context: context) }

    /// Goes on until the run is over or waits for a person.
    mutating func drive() throws(RuntimeFailure) -> RunStanding {
        let plan = context.document.plan
        var frontier = 0
        while true {
            frontier = recorder.state.frontier(plan, from: frontier)
            switch recorder.state.next(plan, from: frontier) {
            case .finished(let result): return .finished(result)
            case .suspend(let suspension): return try suspend(suspension)
            case .close(let result): try recorder.record(.closed(result), isDurable: true)
            case let action:
                if let suspension = try leftover(of: action) { return try suspend(suspension) }
                if let suspension = try performOrFail(action) { return try suspend(suspension) }
            }
        }
    }

    private mutating func suspend(_ suspension: Suspension) throws(RuntimeFailure) -> RunStanding {
        try recorder.write("suspend", body: ["reason": .string("\(suspension)")], isDurable: true)
        return .suspended(suspension)
    }

    /// A value that cannot be computed, or a file that is missing, is the failure of its step and not of the executor.
    private mutating func performOrFail(_ action: RunAction) throws(RuntimeFailure) -> Suspension? {
        do throws(RuntimeFailure) {
            return try perform(action)
        } catch {
            guard let step = action.step, let reason = error.reasonForStep else { throw error }
            try recorder.record(.failed(step, reason: reason, code: nil), isDurable: true)
            return nil
        }
    }

    /// - Returns: Why a person is needed, when doubt cannot be settled now.
    private mutating func perform(_ action: RunAction) throws(RuntimeFailure) -> Suspension? {
        switch action {
        case .begin(let id): try begin(context.step(id))
        case .execute(let attempt, let delay): try execute(attempt, after: delay)
        case .start(let attempt): try start(attempt)
        case .recover(let attempt): try recover(attempt)
        case .conclude(let attempt, let outcome): try conclude(attempt, outcome)
        case .settleByCheck(let attempt): return try settleByCheck(attempt)
        case .settleByTransaction(let attempt): return try settleByTransaction(attempt)
        case .ask(let id): try recorder.record(.asked(id), isDurable: true)
        case .concludeAnswer(let id): try concludeAnswer(context.step(id))
        case .beginRollback(let id, let reason):
            try recorder.record(.rollbackBegan(reason: "step \(id): \(reason)"), isDurable: true)
        case .skip(let id, let reason): try recorder.record(.skipped(id, reason: reason))
        case .suspend, .close, .finished: preconditionFailure("the loop handles these")
        }
        return nil
    }

    // MARK: Before the first attempt

    private mutating func begin(_ step: Step) throws(RuntimeFailure) {
        let scope = context.scope(recorder.state)
        if let when = step.when, !(try context.holds(when, scope, step.id)) {
            return try recorder.record(.skipped(step.id, reason: "when: \(when.text)"))
        }
        if step.action.work == .person { return try recorder.record(.asked(step.id), isDurable: true) }
        if let check = step.check, step.checkFirst {
            switch try isThere(check, of: step) {
            case .success(true): return try recorder.record(.already(step.id))
            case .success(false): break
            case .failure(let problem):
                return try recorder.record(.failed(step.id, reason: "check: \(problem.reason)", code: nil))
            }
        }
        try execute(Attempt(step: step.id, purpose: .run, number: 1), after: .zero)
    }

    struct CheckProblem: Error {
        let reason: String
    }

    /// Whether the effect is there, as `check` tells: exit status 0 or at least one row means yes, 1 or no row no.
    private mutating func isThere(
        _ check: StepAction, of step: Step
    ) throws(RuntimeFailure) -> Result<Bool, CheckProblem> {
        let scope = context.scope(recorder.state)
        if case .sql(let sql) = check { return try isThere(sql, of: step, scope) }
        let folder = context.folder.folder(ofCheck: step.id)
        let token = newToken()
        try commands.execute(check, of: step, in: folder, token: token, scope: scope)
        guard let end = try folder.record(token: token).end else {
            return .failure(CheckProblem(reason: "its end is not known"))
        }
        switch commands.outcome(end, of: check, folder: folder) {
        case .succeeded: return .success(true)
        case .failed(code: 1, _): return .success(false)
        case .failed(_, let reason), .unknown(let reason): return .failure(CheckProblem(reason: reason))
        }
    }

    private func isThere(
        _ sql: SQLAction, of step: Step, _ scope: Scope
    ) throws(RuntimeFailure) -> Result<Bool, CheckProblem> {
        let runner = SQLRunner(context: context)
        let statements = try runner.statements(
            runner.text(of: sql, scope, step.id), sql, scope, step.id)
        switch try runner.connect(sql, of: step, scope) {
        case .failure(let failure): return .failure(CheckProblem(reason: failure.message))
        case .success(let session):
            defer { session.close() }
            do throws(SQLFailure) {
                _ = try session.execute("SET default_transaction_read_only = on")
                return .success(try runner.execute(statements, on: session).hasRows)
            } catch {
                return .failure(CheckProblem(reason: error.message))
            }
        }
    }

    // MARK: Attempts

    private mutating func execute(_ attempt: Attempt, after delay: Duration) throws(RuntimeFailure) {
        if delay > .zero {
            context.settings.observer.noticed(.delaying(attempt.step, delay))
            context.settings.sleep(delay)
        }
        try recorder.record(
            .intended(attempt), extra: ["token": .string(newToken())], isDurable: true)
        FaultPoint.pass("executor.intent.durable")
        try start(attempt)
    }

    private func newToken() -> String {
        context.settings.randomBytes(16).map { $0 < 16 ? "0\(String($0, radix: 16))" : String($0, radix: 16) }
            .joined()
    }

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
    private mutating func start(_ attempt: Attempt) throws(RuntimeFailure) {
        let action = action(attempt)
        switch action.work {
        case .supervised:
            let folder = context.folder.folder(of: attempt)
            if try folder.record(token: token(attempt)).start == nil {
                try commands.execute(
                    action, of: context.step(attempt.step), in: folder, token: token(attempt),
                    scope: context.scope(recorder.state))
            }
            try takeOver(attempt)
        case .transaction, .statements:
            guard case .sql(let sql) = action else { preconditionFailure("only SQL has this kind of work") }
            try SQLAttempt(context: context, attempt: attempt, sql: sql).perform(&recorder)
        case .evaluation:
            try recorder.record(.started(attempt))
            try recorder.record(.ended(attempt, try evaluate(action, attempt)))
        case .person:
            preconditionFailure("a person's answer is asked for, not executed")
        }
    }

    private func token(_ attempt: Attempt) -> String { recorder.details[attempt]?.token ?? "" }

    /// Copies what the supervisor wrote into the journal.
    private mutating func takeOver(_ attempt: Attempt) throws(RuntimeFailure) {
        let folder = context.folder.folder(of: attempt)
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
        let outcome = commands.outcome(end, of: action(attempt), folder: folder)
        try recorder.record(
            .ended(attempt, outcome),
            extra: ["stdout_bytes": .int(end.outputBytes), "stderr_bytes": .int(end.errorBytes)])
        if outcome != .succeeded {
            let log = end.errorBytes > 0 ? folder.errorLogPath : folder.outputLogPath
            context.settings.observer.noticed(.outputTail(attempt.step, folder.tail(of: log, lines: 5)))
        }
    }

    private func doubtReason(_ record: AttemptRecord) -> String {
        if let start = record.start, start.boot != context.settings.clock.boot {
            return "the host was restarted while it ran"
        }
        return "its supervisor is gone and left no end"
    }

    /// We have the target's lock, which every living supervisor holds: whoever started it is dead.
    private mutating func recover(_ attempt: Attempt) throws(RuntimeFailure) {
        switch action(attempt).work {
        case .supervised: try takeOver(attempt)
        case .transaction, .statements:
            try recorder.record(
                .doubted(attempt, reason: "the executor ended while the statements ran"), isDurable: true)
        case .evaluation: try recorder.record(.ended(attempt, try evaluate(action(attempt), attempt)))
        case .person: preconditionFailure("a person's answer is never started")
        }
    }

    private func evaluate(_ action: StepAction, _ attempt: Attempt) throws(RuntimeFailure) -> Outcome {
        guard case .assert(let assertions) = action else {
            preconditionFailure("only assertions are evaluated")
        }
        let scope = context.scope(recorder.state)
        for assertion in assertions where !(try context.holds(assertion.condition, scope, attempt.step)) {
            let message = try assertion.message.map { template throws(RuntimeFailure) in
                try context.rendered(template, scope, attempt.step)
            }
            return .failed(code: nil, reason: message ?? "false: \(assertion.condition.text)")
        }
        return .succeeded
    }

    // MARK: Verdicts

    private mutating func conclude(_ attempt: Attempt, _ outcome: Outcome) throws(RuntimeFailure) {
        switch (attempt.purpose, outcome) {
        case (_, .failed(let code, let reason)):
            let prefix = attempt.purpose == .run ? "" : "\(attempt.purpose.rawValue): "
            try recorder.record(.failed(attempt.step, reason: prefix + reason, code: code), isDurable: true)
        case (.undo, _): try recorder.record(.undone(attempt.step))
        case (.run, _): try concludeRun(attempt)
        case (.reset, _): preconditionFailure("the state goes on by itself after a reset")
        }
    }

    private mutating func concludeRun(_ attempt: Attempt) throws(RuntimeFailure) {
        let step = context.step(attempt.step)
        let row = recorder.details[attempt]?.row ?? [:]
        let reader = OutputReader(folder: context.folder.folder(of: attempt), row: row, vault: context.vault)
        switch try reader.values(of: step) {
        case .failure(let problem):
            try recorder.record(.failed(step.id, reason: problem.reason, code: nil), isDurable: true)
        case .success(let outputs):
            var scope = context.scope(recorder.state)
            scope.outputs = outputs
            scope.row = row
            try verdict(step, scope, outputs)
        }
    }

    private mutating func concludeAnswer(_ step: Step) throws(RuntimeFailure) {
        var scope = context.scope(recorder.state)
        scope.answer = recorder.state[step.id].answer
        try verdict(step, scope, [:])
    }

    private mutating func verdict(
        _ step: Step, _ scope: Scope, _ outputs: [ValueName: RunbookValue]
    ) throws(RuntimeFailure) {
        if let reason = Self.violation(of: step.verify, scope) {
            return try recorder.record(.failed(step.id, reason: reason, code: nil), isDurable: true)
        }
        try recorder.record(.done(step.id, outputs: outputs))
    }

    /// The first postcondition that does not hold. An absent or odd value is one too, not a defect of the executor.
    private static func violation(of conditions: [Expression], _ scope: Scope) -> String? {
        for condition in conditions {
            do throws(EvaluationFailure) {
                if try !condition.holds(in: scope) { return "verify is false: \(condition.text)" }
            } catch {
                return "verify: \(error.description)"
            }
        }
        return nil
    }

    // MARK: Doubt

    private mutating func settleByCheck(_ attempt: Attempt) throws(RuntimeFailure) -> Suspension? {
        let step = context.step(attempt.step)
        guard let check = step.check else {
            preconditionFailure("the policy needs a check, which the syntax proves")
        }
        switch try isThere(check, of: step) {
        case .success(let isThere):
            try recorder.record(
                .settled(
                    attempt, tookEffect: isThere,
                    reason: isThere ? "check finds the effect" : "check finds no effect"),
                isDurable: true)
        case .failure(let problem):
            // Without an answer nothing may be repeated.
            return .doubt(step.id, reason: "check: \(problem.reason)")
        }
        return nil
    }

    private mutating func settleByTransaction(_ attempt: Attempt) throws(RuntimeFailure) -> Suspension? {
        guard case .sql(let sql) = action(attempt) else { preconditionFailure("only SQL has transactions") }
        guard let transaction = recorder.details[attempt]?.transaction else {
            // Its number is durable before COMMIT is sent.
            return try settleWithoutTransaction(attempt)
        }
        let fate = try TransactionFate(context: context, sql: sql, step: context.step(attempt.step))
            .fate(of: transaction, scope: context.scope(recorder.state))
        switch fate {
        case .success(let isCommitted):
            try recorder.record(
                .settled(
                    attempt, tookEffect: isCommitted,
                    reason: "the server says that transaction \(transaction) was "
                        + (isCommitted ? "committed" : "rolled back")), isDurable: true)
        case .failure(let problem):
            return .doubt(attempt.step, reason: problem.reason)
        }
        return nil
    }

    private mutating func settleWithoutTransaction(_ attempt: Attempt) throws(RuntimeFailure) -> Suspension? {
        try recorder.record(
            .settled(attempt, tookEffect: false, reason: "the executor ended before its transaction began"),
            isDurable: true)
        return nil
    }
}

/// Where a run stands when its executor stops.
public enum RunStanding: Hashable, Sendable {
    case finished(RunResult)
    case suspended(Suspension)

    /// Exit status of the command line.
    public var exitStatus: Int32 {
        switch self {
        case .finished(.done): 0
        case .finished(.stopped), .suspended(.held): 1
        case .suspended(.doubt): 3
        case .suspended(.answer): 4
        case .finished(.rolledBack): 6
        case .finished(.rollbackIncomplete), .suspended(.undoFailed): 7
        }
    }
}
