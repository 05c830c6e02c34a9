import SQLClient

/// Brings one object into the state that a task asks for.
struct Convergence<M: ConvergentModule> {
    let module: M
    let context: ModuleContext

    /// How often a plan is made anew when another session was faster.
    ///
    /// Of tasks that write the same catalog row at once, one succeeds in each round.
    private static var attemptsMax: Int { 10 }

    /// Observe, plan; in check mode stop there; apply, and observe again: nothing may be left to do.
    func reply() throws(ModuleFailure) -> Reply {
        let session = try connect()
        defer { session.close() }
        try module.prepare(session)
        let server = ServerFacts(version: session.serverVersion, dialect: session.dialect)
        var applied: [Change] = []
        var before = try observed(session)
        var current = before
        var inUse: ModuleFailure?
        for attempt in 1... {
            let wanted = try module.wanted(given: current)
            let plan = try module.changes(from: current, to: wanted, on: server)
            if plan.isEmpty || context.checkMode {
                return reply(before: before, after: wanted, plan: applied + plan, session: session)
            }
            if let inUse { throw inUse }
            do throws(ModuleFailure) {
                try apply(plan, after: &applied, on: session)
                try requireNothingLeft(session, server)
                return reply(before: before, after: wanted, plan: applied, session: session)
            } catch {
                if Self.isInUse(error) {
                    inUse = error
                } else if attempt == Self.attemptsMax || !Self.isWorthAnotherPlan(error) {
                    throw error
                }
            }
            current = try observed(session)
            if applied.isEmpty { before = current }
        }
        preconditionFailure("the loop ends by return or throw")
    }

    /// Looks once more when another session dropped something while it was being read.
    private func observed(_ session: any SQLSession) throws(ModuleFailure) -> M.State {
        for _ in 1..<Self.attemptsMax {
            do throws(ModuleFailure) {
                return try module.observe(session)
            } catch {
                guard case .database(.conflict) = error else { throw error }
            }
        }
        return try module.observe(session)
    }

    private func connect() throws(ModuleFailure) -> any SQLSession {
        let parameters = try module.connection()
        do throws(SQLFailure) {
            return try context.connector.connect(parameters)
        } catch {
            throw .database(error)
        }
    }

    /// Consecutive transactional changes share one transaction; what is committed is added to `applied`.
    private func apply(
        _ plan: [Change], after applied: inout [Change], on session: any SQLSession
    ) throws(ModuleFailure) {
        var rest = plan[...]
        while let first = rest.first {
            let group = first.isTransactional ? rest.prefix { $0.isTransactional } : rest.prefix(1)
            rest = rest.dropFirst(group.count)
            let earlier = applied.map { $0.statement.shown(for: session.dialect) }
            try apply(group: group, applied: earlier, on: session)
            applied += group
        }
    }

    private func apply(
        group: ArraySlice<Change>, applied: [String], on session: any SQLSession
    ) throws(ModuleFailure) {
        var current = ""
        func execute() throws(SQLFailure) {
            for change in group {
                current = change.statement.shown(for: session.dialect)
                _ = try session.execute(change.statement)
            }
        }
        do throws(SQLFailure) {
            // One statement is a transaction of its own.
            if group.count > 1 { try session.transaction(execute) } else { try execute() }
        } catch {
            throw .change(
                error, statement: context.noLog ? "a statement hidden by no_log" : current, applied: applied)
        }
    }

    /// A failure that says "the state is not the one you planned for".
    private static func isWorthAnotherPlan(_ failure: ModuleFailure) -> Bool {
        guard case .change(let reason, _, _) = failure else { return false }
        return switch reason {
        case .alreadyExists, .conflict, .missing: true
        case .libraryMissing, .unreachable, .loginRefused, .connectionLost, .permissionDenied,
            .dependentObjects, .inUse, .lockTimeout, .cancelled, .refused, .unsupported, .resultTooLarge:
            false
        }
    }

    /// Who used the object may have been another session that made the same change: then nothing is left to do.
    private static func isInUse(_ failure: ModuleFailure) -> Bool {
        if case .change(.inUse, _, _) = failure { true } else { false }
    }

    private func requireNothingLeft(_ session: any SQLSession, _ server: ServerFacts) throws(ModuleFailure) {
        let after = try observed(session)
        let left = try module.changes(from: after, to: module.wantedAfterChanges(given: after), on: server)
            .filter { !$0.isMomentary }
        guard left.isEmpty else {
            throw .notConverged(remaining: left.map { $0.statement.shown(for: session.dialect) })
        }
    }

    private func reply(before: M.State, after: M.State, plan: [Change], session: any SQLSession) -> Reply {
        let shown = plan.map { $0.statement.shown(for: session.dialect) }
        return Reply(
            changed: !plan.isEmpty,
            facts: module.facts(before: before, after: after, changes: plan, shown: shown),
            warnings: module.warnings(before: before)
                + session.takeNotices().filter { $0.hasPrefix("WARNING") },
            diff: context.diffMode
                ? Reply.Diff(before: module.document(before), after: module.document(after)) : nil)
    }
}
