import RunbookCore
import RunbookJournal
import SQLClient

/// One attempt that is SQL.
///
/// A transaction's identifier is durable in the journal before COMMIT is sent: whatever happens afterwards, the server can
/// be asked.
struct SQLAttempt {
    let context: RunContext
    let attempt: Attempt
    let sql: SQLAction

    private var step: Step { context.step(attempt.step) }

    func perform(_ recorder: inout RunRecorder) throws(RuntimeFailure) {
        let scope = context.scope(recorder.state, of: attempt.step)
        let runner = SQLRunner(context: context)
        let body = try runner.statements(runner.text(of: sql, scope, step.id), sql, scope, step.id)
        var before: [SQLStatement] = []
        if let template = sql.before {
            before = try runner.statements(context.rendered(template, scope, step.id), sql, scope, step.id)
        }
        switch try runner.connect(sql, of: step, scope) {
        case .failure(let failure):
            // Nothing was sent: a plain failure.
            try recorder.record(.started(attempt))
            try recorder.record(.ended(attempt, .failed(code: nil, reason: failure.message)))
        case .success(let session):
            defer { session.close() }
            try perform(before: before, body: body, runner, session, &recorder)
        }
    }

    private func perform(
        before: [SQLStatement], body: [SQLStatement], _ runner: SQLRunner, _ session: any SQLSession,
        _ recorder: inout RunRecorder
    ) throws(RuntimeFailure) {
        if !before.isEmpty {
            // They count for themselves: from here on a rollback has something to take back.
            try recorder.record(.started(attempt), isDurable: true)
            FaultPoint.pass("executor.sql.before")
            do throws(SQLFailure) {
                _ = try runner.execute(before, on: session)
            } catch {
                return try end(Self.outcome(error, mayHaveCommitted: false), nil, &recorder)
            }
        }
        if sql.body.isTransaction {
            try performTransaction(body, runner, session, &recorder)
        } else {
            try performStatements(body, runner, session, &recorder)
        }
    }

    private func performStatements(
        _ body: [SQLStatement], _ runner: SQLRunner, _ session: any SQLSession, _ recorder: inout RunRecorder
    ) throws(RuntimeFailure) {
        let backend: String
        do throws(SQLFailure) {
            backend = try SQLBackend.name(of: session)
        } catch {
            try recorder.record(.started(attempt))
            return try end(Self.outcome(error, mayHaveCommitted: false), nil, &recorder)
        }
        try recorder.record(
            .started(attempt), extra: ["backend": .string(backend)], isDurable: step.effect != .none)
        FaultPoint.pass("executor.sql.started")
        let answer: SQLRunner.Answer
        do throws(SQLFailure) {
            answer = try runner.execute(body, on: session)
        } catch {
            return try end(Self.outcome(error, mayHaveCommitted: true), nil, &recorder)
        }
        FaultPoint.pass("executor.sql.executed")
        if let reason = unkeepable(answer) {
            return try end(.failed(code: nil, reason: reason), nil, &recorder)
        }
        try end(.succeeded, answer, &recorder)
    }

    private func performTransaction(
        _ body: [SQLStatement], _ runner: SQLRunner, _ session: any SQLSession, _ recorder: inout RunRecorder
    ) throws(RuntimeFailure) {
        let transaction: String
        do throws(SQLFailure) {
            transaction = try Self.begin(session)
        } catch {
            try recorder.record(.started(attempt))
            return try end(Self.outcome(error, mayHaveCommitted: false), nil, &recorder)
        }
        // When this fails, the caller closes the session and the server rolls back.
        try recorder.record(.started(attempt), extra: ["transaction": .string(transaction)], isDurable: true)
        FaultPoint.pass("executor.transaction.known")
        let answer: SQLRunner.Answer
        do throws(SQLFailure) {
            answer = try runner.execute(body, on: session)
        } catch {
            return try end(Self.outcome(error, mayHaveCommitted: false), nil, &recorder)
        }
        if let reason = unkeepable(answer) {
            return try end(.failed(code: nil, reason: reason), nil, &recorder)
        }
        // After COMMIT nobody can ask for the row again.
        if !answer.row.isEmpty { try recorder.keep(answer.row, of: attempt) }
        FaultPoint.pass("executor.commit.before")
        do throws(SQLFailure) {
            _ = try session.execute("COMMIT")
        } catch {
            return try end(Self.outcome(error, mayHaveCommitted: true), nil, &recorder)
        }
        FaultPoint.pass("executor.commit.after")
        try end(.succeeded, answer, &recorder)
    }

    /// Why the journal cannot keep the row; `nil` when it can.
    private func unkeepable(_ answer: SQLRunner.Answer) -> String? {
        let text = RunbookValue.map(answer.row).encoded.json
        if text.count > SQLRunner.rowBytesMax {
            return "its row has \(text.count) bytes, more than \(SQLRunner.rowBytesMax)"
        }
        let isSecret = context.vault.isShown(in: String(decoding: text, as: UTF8.self))
        return isSecret ? "its row contains a secret, and the journal keeps none" : nil
    }

    private static func begin(_ session: any SQLSession) throws(SQLFailure) -> String {
        _ = try session.execute("BEGIN")
        let rows = try session.records("SELECT pg_catalog.pg_current_xact_id()::text AS transaction")
        return rows.first?.text("transaction") ?? ""
    }

    private func end(
        _ outcome: Outcome, _ answer: SQLRunner.Answer?, _ recorder: inout RunRecorder
    ) throws(RuntimeFailure) {
        let row = RunbookValue.map(answer?.row ?? [:]).encoded
        try recorder.record(.ended(attempt, outcome), extra: answer == nil ? [:] : ["row": row])
    }

    /// A connection that breaks before COMMIT is sent leaves nothing behind; afterwards only the server knows.
    private static func outcome(_ failure: SQLFailure, mayHaveCommitted: Bool) -> Outcome {
        if case .connectionLost = failure, mayHaveCommitted { return .unknown(reason: failure.message) }
        return .failed(code: nil, reason: failure.message)
    }
}

/// Asks the server what became of a transaction.
///
/// Source: PostgreSQL 13 manual, 9.26.6, `pg_xact_status`.
struct TransactionFate {
    let context: RunContext
    let sql: SQLAction
    let step: Step

    struct Problem: Error {
        let reason: String
    }

    /// How often a transaction that is still under way is asked for again.
    private static let attemptsMax = 150
    private static let interval = Duration.milliseconds(200)

    /// Whether the transaction was committed.
    func fate(of transaction: String, scope: Scope) throws(RuntimeFailure) -> Result<Bool, Problem> {
        guard !transaction.isEmpty else {
            return .failure(Problem(reason: "the journal names no transaction to ask the server about"))
        }
        switch try SQLRunner(context: context).connect(sql, of: step, scope) {
        case .failure(let failure): return .failure(Problem(reason: failure.message))
        case .success(let session):
            defer { session.close() }
            return answer(transaction, session)
        }
    }

    private func answer(_ transaction: String, _ session: any SQLSession) -> Result<Bool, Problem> {
        do throws(SQLFailure) {
            for _ in 0..<Self.attemptsMax {
                let rows = try session.records(
                    "SELECT pg_catalog.pg_xact_status(\(value: .text(transaction))::xid8) AS status")
                switch rows.first?.text("status") {
                case "committed": return .success(true)
                case "aborted": return .success(false)
                case "in progress": context.settings.sleep(Self.interval)
                default:
                    return .failure(Problem(reason: "the server no longer knows transaction \(transaction)"))
                }
            }
        } catch {
            return .failure(Problem(reason: error.message))
        }
        return .failure(Problem(reason: "transaction \(transaction) is still under way on the server"))
    }
}
