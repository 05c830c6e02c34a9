import Glibc
import RunbookCore
import SQLClient

/// The server process that executes a session's statements.
enum SQLBackend {
    /// Names the backend: its process and when it began, since numbers come back.
    static func name(of session: any SQLSession) throws(SQLFailure) -> String {
        let rows = try session.records(
            """
            SELECT pg_catalog.concat(pid, ' ', backend_start) AS name
              FROM pg_catalog.pg_stat_activity
             WHERE pid = pg_catalog.pg_backend_pid()
            """)
        return rows.first?.text("name") ?? ""
    }

    /// Whether it still lives.
    static func lives(_ name: String, _ session: any SQLSession) throws(SQLFailure) -> Bool {
        let rows = try session.records(
            """
            SELECT pid::text AS pid
              FROM pg_catalog.pg_stat_activity
             WHERE pg_catalog.concat(pid, ' ', backend_start) = \(value: .text(name))
            """)
        return !rows.isEmpty
    }
}

/// An attempt in doubt may still be at work: its command without a supervisor, or its statements on the server. Until it has
/// ended no `check` tells the truth, and nothing may be executed a second time.
extension RunDriver {
    private static let interval = Duration.milliseconds(100)
    /// How long a server is given to notice that nobody listens any more.
    private static let backendPatience = Duration.seconds(30)

    /// Waits for what the attempt in doubt left behind, ahead of anything that would settle or repeat it.
    ///
    /// - Returns: Why a person is needed, when it does not end.
    mutating func leftover(of action: RunAction) throws(RuntimeFailure) -> Suspension? {
        switch action {
        case .execute, .settleByCheck: break
        case .begin, .beginDeferred, .concludeGroup, .awaitEnd, .start, .recover, .conclude,
            .settleByTransaction, .ask, .concludeAnswer, .beginRollback, .skip, .suspend, .endSteps, .close,
            .finished:
            return nil
        }
        guard let id = action.step else { return nil }
        let attempt: Attempt
        switch recorder.state[id].phase {
        case .active(let one, .inDoubt), .active(let one, .ended(.unknown)): attempt = one
        case .pending, .skipped, .already, .active, .waiting, .answered, .open, .deferred, .done, .failed,
            .undone, .undoFailed:
            return nil
        }
        let details = recorder.details[attempt]
        if let processes = details?.command { return waitForEnd(of: processes, attempt) }
        if let backend = details?.backend { return try waitForEnd(of: backend, attempt) }
        return nil
    }

    /// The command itself is given the time that its step has, and then ended as its supervisor would have done. What it left
    /// in its group may be meant to stay: a person decides.
    private func waitForEnd(of processes: SupervisedProcesses, _ attempt: Attempt) -> Suspension? {
        guard processes.boot == context.settings.clock.boot else { return nil }
        let step = context.step(attempt.step)
        var waited = Duration.zero
        var ending: Duration?
        while true {
            let living = processes.living()
            if living.isEmpty { return nil }
            let names = living.map(String.init).joined(separator: ", ")
            if waited == .zero {
                context.settings.observer.noticed(.waitingForLeftover(step.id, what: "process \(names)"))
            }
            if !living.contains(processes.command), waited >= step.killAfter {
                return .doubt(
                    step.id,
                    reason: "its command ended unseen and left process \(names): is it meant to stay?")
            }
            if ending == nil, let timeout = step.timeout, waited >= timeout {
                processes.signal(SIGTERM)
                ending = waited
            } else if let ending, waited - ending >= step.killAfter {
                processes.signal(SIGKILL)
            }
            context.settings.sleep(Self.interval)
            waited += Self.interval
        }
    }

    private func waitForEnd(of backend: String, _ attempt: Attempt) throws(RuntimeFailure) -> Suspension? {
        guard case .sql(let sql) = action(attempt) else { return nil }
        let step = context.step(attempt.step)
        let scope = context.scope(recorder.state, of: step.id)
        switch try SQLRunner(context: context).connect(sql, of: step, scope) {
        case .failure(let failure): return .doubt(step.id, reason: failure.message)
        case .success(let session):
            defer { session.close() }
            var waited = Duration.zero
            do throws(SQLFailure) {
                while try SQLBackend.lives(backend, session) {
                    if waited == .zero {
                        context.settings.observer.noticed(
                            .waitingForLeftover(step.id, what: "server process \(backend)"))
                    }
                    guard waited < Self.backendPatience else {
                        return .doubt(
                            step.id, reason: "server process \(backend) still executes its statements")
                    }
                    context.settings.sleep(Self.interval)
                    waited += Self.interval
                }
            } catch {
                return .doubt(step.id, reason: error.message)
            }
            return nil
        }
    }
}
