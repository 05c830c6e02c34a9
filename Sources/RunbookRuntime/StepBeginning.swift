import RunbookCore
import RunbookJournal
import SQLClient

/// What happens ahead of a step's first attempt: its conditions, its people, its moment.
extension RunDriver {
    mutating func begin(_ step: Step) throws(RuntimeFailure) -> Suspension? {
        switch context.settings.consent(step) {
        case .proceed: break
        case .suspend: return .paused(step.id)
        case .skip(let reason):
            try recorder.record(
                .skipped(step.id, reason: reason),
                extra: ["by": .string(context.settings.actor), "why": .string(reason)], isDurable: true)
            return nil
        }
        if let event = try eventInsteadOfAttempt(step) {
            try recorder.record(event, isDurable: true)
            return nil
        }
        if step.action.work == .person {
            try ask(step)
            return nil
        }
        return try execute(Attempt(step: step.id, purpose: .run, number: 1), after: .zero)
    }

    /// What happens to the step without any attempt of it; `nil` when it is for an attempt, or for people.
    private mutating func eventInsteadOfAttempt(_ step: Step) throws(RuntimeFailure) -> RunEvent? {
        let scope = context.scope(recorder.state, of: step.id)
        let isItem = step.id.base != step.id
        // The condition of a repeated step is asked for each of its items, which it may name.
        if let when = step.when, isItem || step.forEach == nil, !(try context.holds(when, scope, step.id)) {
            return .skipped(step.id, reason: "when: \(when.text)")
        }
        if let items = step.forEach, !isItem {
            return .opened(step.id, items: try self.items(items, scope, step.id))
        }
        if step.action.work == .group { return .opened(step.id, items: []) }
        if let until = try moment(of: step, scope) { return .deferred(step.id, until: until) }
        return try eventInsteadOfEffect(step)
    }

    /// What `check` says ahead of the first attempt; `nil` when the effect is not there.
    private mutating func eventInsteadOfEffect(_ step: Step) throws(RuntimeFailure) -> RunEvent? {
        guard let check = step.check, step.checkFirst, step.action.work != .person else { return nil }
        switch try isThere(check, of: step) {
        case .success(true): return .already(step.id)
        case .success(false): return nil
        case .failure(let problem): return .failed(step.id, reason: "check: \(problem.reason)", code: nil)
        }
    }

    /// The step's moment has come, or the run suspends until then.
    mutating func beginDeferred(_ id: StepID, _ moment: RunbookTime) throws(RuntimeFailure) -> Suspension? {
        guard context.settings.clock.wall() >= moment else { return .date(id, moment) }
        if let event = try eventInsteadOfEffect(context.step(id)) {
            try recorder.record(event, isDurable: true)
            return nil
        }
        return try execute(Attempt(step: id, purpose: .run, number: 1), after: .zero)
    }

    /// Asks people, and says until when.
    mutating func ask(_ step: Step) throws(RuntimeFailure) {
        let limit: Duration? =
            switch step.action {
            case .manual(let manual): manual.expires
            case .approve(let approve): approve.expires
            case .run, .argv, .sql, .ansible, .http, .wait, .assert, .call, .parallel, .notify: nil
            }
        let expires = limit.flatMap { context.settings.clock.wall().advanced(by: $0) }
        try recorder.record(.asked(step.id, expires: expires), isDurable: true)
    }

    /// When the time for an answer is over, nobody is waited for any more.
    ///
    /// - Returns: Whether that is so.
    mutating func expire(_ suspension: Suspension) throws(RuntimeFailure) -> Bool {
        switch suspension {
        case .answer(let id), .approval(let id, _, _):
            guard let expires = recorder.state[id].expires, context.settings.clock.wall() >= expires else {
                return false
            }
            try recorder.record(.expired(id), isDurable: true)
            return true
        case .doubt, .held, .undoFailed, .date, .child, .paused, .refused: return false
        }
    }

    /// The moment before which the step may not begin; `nil` when there is none.
    private func moment(of step: Step, _ scope: Scope) throws(RuntimeFailure) -> RunbookTime? {
        switch step.action {
        case .wait(let wait):
            guard case .until(let moment) = wait.condition else { return nil }
            do throws(EvaluationFailure) {
                let value = try moment.evaluate(in: scope)
                guard case .time(let time) = value else {
                    throw .wrongType(operation: moment.text, found: "\(value.type)")
                }
                return time
            } catch {
                throw .evaluation(step: step.id, error)
            }
        case .call(let call): return call.notBefore.flatMap { context.settings.clock.wall().advanced(by: $0) }
        case .run, .argv, .sql, .ansible, .http, .manual, .approve, .assert, .parallel, .notify: return nil
        }
    }

    /// The values of a repeated step; each must be a text of its own, since it names a checkpoint.
    private func items(
        _ template: ValueTemplate, _ scope: Scope, _ step: StepID
    ) throws(RuntimeFailure) -> [String] {
        let value: RunbookValue
        do throws(EvaluationFailure) {
            value = try template.evaluate(in: scope)
        } catch {
            throw .evaluation(step: step, error)
        }
        guard case .list(let values) = value else { throw .refused("for_each is not a list") }
        let items = values.compactMap(\.text)
        guard items.count == values.count, !items.contains("") else {
            throw .refused("for_each: every item must be a text that is not empty")
        }
        guard items.count <= Self.itemsMax else {
            throw .refused("for_each: \(items.count) items, more than \(Self.itemsMax)")
        }
        guard Set(items.map(step.item)).count == items.count else {
            throw .refused("for_each: an item is there twice")
        }
        if context.vault.isShown(in: items.joined(separator: "\n")) {
            throw .refused("for_each: an item contains a secret, and the journal keeps none")
        }
        return items
    }

    /// Most items of a repeated step.
    private static let itemsMax = 10_000

    struct CheckProblem: Error {
        let reason: String
    }

    /// Whether the effect is there, as `check` tells: exit status 0 or at least one row means yes, 1 or no row no.
    mutating func isThere(
        _ check: StepAction, of step: Step
    ) throws(RuntimeFailure) -> Result<Bool, CheckProblem> {
        let scope = context.scope(recorder.state, of: step.id)
        if case .sql(let sql) = check { return try isThere(sql, of: step, scope) }
        let folder = context.folder.folder(ofCheck: step.id)
        let token = newToken()
        try commands.execute(check, of: step, in: folder, token: token, scope: scope)
        guard let end = try folder.record(token: token).end else {
            return .failure(CheckProblem(reason: "its end is not known"))
        }
        let outcome = commands.outcome(end, of: check, in: step, folder: folder)
        try forgetSecrets(in: folder)
        switch outcome {
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
}
