extension RunState {
    /// How often an attempt whose end is unknown is repeated without a person: something that kills every supervisor would
    /// otherwise be fed for ever.
    static let doubtfulAttemptsMax = 3

    /// What to do next; the same state and plan always give the same answer.
    ///
    /// - Parameters:
    ///   - frontier: What is known to be final at the beginning of the plan, so that a long run does not look at all of it
    ///     again each time.
    ///   - busy: Steps that are being executed side by side and were not heard of yet.
    public func next(_ plan: RunPlan, from frontier: Frontier = Frontier(), busy: Set<StepID> = [])
        -> RunAction
    {
        if let result { return .finished(result) }
        if let conclusion { return nextOfFinal(plan, conclusion) }
        let action = rollbackReason == nil ? nextForward(plan, from: frontier, busy) : nextOfRollback(plan)
        if case .close(let result) = action, !plan.final.isEmpty { return .endSteps(result) }
        return action
    }

    private func nextForward(_ plan: RunPlan, from frontier: Frontier, _ busy: Set<StepID>) -> RunAction {
        for index in plan.steps.indices.dropFirst(frontier.steps) {
            let rules = plan.steps[index]
            let step = self[rules.id]
            if step.phase.isFinal { continue }
            if case .failed(let reason, let code) = step.phase {
                if let action = nextAfterFailure(rules, step, reason, code) { return action }
                if case .jump(let target) = rules.failure,
                    let action = skipTowards(
                        target, from: plan.steps[index...].dropFirst(), because: rules.id)
                {
                    return action
                }
                continue
            }
            guard step.phase == .open else { return nextOf(rules, step) }
            return nextOfGroup(rules, step, from: index == frontier.steps ? frontier.items : 0, busy)
        }
        return .close(.done)
    }

    /// The steps behind the end stop nothing: one that fails, or whose end nobody knows, is left behind.
    private func nextOfFinal(_ plan: RunPlan, _ conclusion: RunResult) -> RunAction {
        for rules in plan.final {
            let step = self[rules.id]
            if step.phase.isFinal { continue }
            if case .failed(let reason, let code) = step.phase {
                if let action = nextAfterFailure(rules, step, reason, code), !action.isEnd { return action }
                continue
            }
            let action = nextOf(rules, step)
            if !action.isEnd { return action }
        }
        return .close(conclusion)
    }

    /// The steps that stand for a group: its children, or one for each value.
    func members(_ group: StepRules, _ step: Step) -> [StepRules] {
        guard group.isRepeated else { return group.children }
        return step.items.map { group.item(group.id.item($0)) }
    }

    /// Children are executed side by side, the items of a repeated step one after the other. What would end or hold the run
    /// is done when everything else in the group came to rest.
    private func nextOfGroup(
        _ group: StepRules, _ step: Step, from firstItem: Int, _ busy: Set<StepID>
    ) -> RunAction {
        var awaited: [StepID] = []
        var end: RunAction?
        let count = group.isRepeated ? step.items.count : group.children.count
        for index in (group.isRepeated ? firstItem : 0)..<count {
            let rules =
                group.isRepeated ? group.item(group.id.item(step.items[index])) : group.children[index]
            let member = self[rules.id]
            if member.phase.isFinal { continue }
            if busy.contains(rules.id) {
                awaited.append(rules.id)
                continue
            }
            let action: RunAction?
            if case .failed(let reason, let code) = member.phase {
                action = nextAfterFailure(rules, member, reason, code)
            } else {
                action = nextOf(rules, member)
            }
            guard let action else { continue }
            guard action.isEnd else { return action }
            end = end ?? action
            if group.isRepeated { break }
        }
        if !awaited.isEmpty { return .awaitEnd(awaited) }
        return end ?? .concludeGroup(group.id)
    }

    /// What is final at the beginning of a plan.
    public struct Frontier: Hashable, Sendable {
        /// Steps.
        public internal(set) var steps = 0
        /// Items of the repeated step behind them.
        public internal(set) var items = 0

        /// Nothing.
        public init() {}
    }

    /// What is final at the beginning of the plan, counted on from an earlier answer.
    public func frontier(_ plan: RunPlan, from earlier: Frontier = Frontier()) -> Frontier {
        var frontier = earlier
        while frontier.steps < plan.steps.count, self[plan.steps[frontier.steps].id].phase.isFinal {
            frontier.steps += 1
            frontier.items = 0
        }
        guard frontier.steps < plan.steps.count, plan.steps[frontier.steps].isRepeated else {
            return frontier
        }
        let id = plan.steps[frontier.steps].id
        let items = self[id].items
        while frontier.items < items.count, self[id.item(items[frontier.items])].phase.isFinal {
            frontier.items += 1
        }
        return frontier
    }

    private func nextOf(_ rules: StepRules, _ step: Step) -> RunAction {
        switch step.phase {
        case .pending: .begin(rules.id)
        case .deferred(let until): .beginDeferred(rules.id, since: until)
        case .waiting where rules.approvals == 0: .suspend(.answer(rules.id))
        case .waiting where step.approvals.count < rules.approvals:
            .suspend(.approval(rules.id, given: step.approvals.count, needed: rules.approvals))
        case .waiting, .answered: .concludeAnswer(rules.id)
        case .active(let attempt, let progress): nextOf(attempt, progress, rules, step)
        case .skipped, .already, .done, .undone, .failed, .undoFailed, .open:
            preconditionFailure("final, failed and open steps are handled by the caller")
        }
    }

    private func nextOf(
        _ attempt: Attempt, _ progress: Progress, _ rules: StepRules, _ step: Step
    ) -> RunAction {
        switch progress {
        case .intended: .start(attempt)
        case .started: .recover(attempt)
        case .ended(.succeeded) where attempt.purpose == .reset:
            .execute(Attempt(step: rules.id, purpose: .run, number: step.attempts + 1), after: .zero)
        case .ended(.unknown(let reason)): nextInDoubt(attempt, reason, rules, step)
        case .ended(let outcome): .conclude(attempt, outcome)
        case .inDoubt(let reason): nextInDoubt(attempt, reason, rules, step)
        case .withoutEffect: again(rules, step, after: .zero)
        }
    }

    /// `reset` and `undo` are idempotent by contract: in doubt they run again.
    private func nextInDoubt(
        _ attempt: Attempt, _ reason: String, _ rules: StepRules, _ step: Step
    ) -> RunAction {
        guard !isTriedEnough(attempt, rules) else { return .suspend(.doubt(rules.id, reason: reason)) }
        switch attempt.purpose {
        case .reset:
            return .execute(Attempt(step: rules.id, purpose: .reset, number: step.resets + 1), after: .zero)
        case .undo:
            return .execute(Attempt(step: rules.id, purpose: .undo, number: step.undos + 1), after: .zero)
        case .run:
            switch rules.doubt {
            case .retry: return again(rules, step, after: .zero)
            case .check: return .settleByCheck(attempt)
            case .transaction: return .settleByTransaction(attempt)
            case .hold: return .suspend(.doubt(rules.id, reason: reason))
            }
        }
    }

    private func isTriedEnough(_ attempt: Attempt, _ rules: StepRules) -> Bool {
        switch attempt.purpose {
        case .run: rules.doubt == .retry && attempt.number >= Self.doubtfulAttemptsMax + rules.retry.max
        case .reset, .undo: attempt.number >= Self.doubtfulAttemptsMax
        }
    }

    /// Another attempt, `reset` first where there is one and anything may have acted.
    private func again(_ rules: StepRules, _ step: Step, after delay: Duration) -> RunAction {
        if rules.work == .person { return .ask(rules.id) }
        if rules.isGroup { return .concludeGroup(rules.id) }
        if rules.hasReset, step.mayHaveActed, !step.isReset {
            return .execute(Attempt(step: rules.id, purpose: .reset, number: step.resets + 1), after: delay)
        }
        return .execute(Attempt(step: rules.id, purpose: .run, number: step.attempts + 1), after: delay)
    }

    /// `nil`: the run goes on behind the failed step.
    private func nextAfterFailure(
        _ rules: StepRules, _ step: Step, _ reason: String, _ code: Int?
    ) -> RunAction? {
        if step.isReleased { return again(rules, step, after: .zero) }
        let isWorthRetrying =
            rules.retry.exitCodes.isEmpty || code.map(rules.retry.exitCodes.contains) == true
        if step.attempts >= 1, step.attempts <= rules.retry.max, isWorthRetrying {
            return again(rules, step, after: rules.retry.delay(beforeAttempt: step.attempts + 1))
        }
        switch rules.failure {
        case .hold:
            return .suspend(
                step.isRefused ? .refused(rules.id, reason: reason) : .held(rules.id, reason: reason))
        case .stop: return .close(.stopped)
        case .rollback: return .beginRollback(rules.id, reason: reason)
        case .proceed, .jump: return nil
        }
    }

    private func skipTowards(
        _ target: StepID, from rest: ArraySlice<StepRules>, because failed: StepID
    ) -> RunAction? {
        for rules in rest {
            if rules.id == target { return nil }
            if self[rules.id].phase == .pending {
                return .skip(rules.id, reason: "step \(failed) failed and leads to step \(target)")
            }
        }
        return nil
    }
}
