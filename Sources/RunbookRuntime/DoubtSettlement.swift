import RunbookCore
import RunbookJournal
import SQLClient

/// Attempts whose end nobody saw: somebody or something else is asked whether they took effect.
extension RunDriver {
    mutating func settleByCheck(_ attempt: Attempt) throws(RuntimeFailure) -> Suspension? {
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

    mutating func settleByTransaction(_ attempt: Attempt) throws(RuntimeFailure) -> Suspension? {
        guard case .sql(let sql) = action(attempt) else { preconditionFailure("only SQL has transactions") }
        guard let transaction = recorder.details[attempt]?.transaction else {
            // Its number is durable before COMMIT is sent.
            return try settleWithoutTransaction(attempt)
        }
        let fate = try TransactionFate(context: context, sql: sql, step: context.step(attempt.step))
            .fate(of: transaction, scope: context.scope(recorder.state, of: attempt.step))
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
