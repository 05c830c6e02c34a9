extension RunState {
    /// How often an attempt whose end is unknown is repeated without a person: something that kills every supervisor would
    /// otherwise be fed for ever.
    static let doubtfulAttemptsMax = 3

    /// What to do next; the same state and plan always give the same answer.
    ///
    /// - Parameter frontier: How many steps at the beginning of the plan are known to be final, so that a long run does
    ///   not look at all of them again each time.
    public func next(_ plan: RunPlan, from frontier: Int = 0) -> RunAction {
        if let result { return .finished(result) }
        if rollbackReason != nil { return nextOfRollback(plan) }
        for index in plan.steps.indices.dropFirst(frontier) {
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
            return nextOf(rules, step)
        }
        return .close(.done)
    }

    /// How many steps at the beginning of the plan are final, counted on from an earlier answer.
    public func frontier(_ plan: RunPlan, from earlier: Int = 0) -> Int {
        var frontier = earlier
        while frontier < plan.steps.count, self[plan.steps[frontier].id].phase.isFinal { frontier += 1 }
        return frontier
    }

    private func nextOf(_ rules: StepRules, _ step: Step) -> RunAction {
        switch step.phase {
        case .pending: .begin(rules.id)
        case .waiting: .suspend(.answer(rules.id))
        case .answered: .concludeAnswer(rules.id)
        case .active(let attempt, let progress): nextOf(attempt, progress, rules, step)
        case .skipped, .already, .done, .undone, .failed, .undoFailed:
            preconditionFailure("final and failed steps are handled by the caller")
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
        case .hold: return .suspend(.held(rules.id, reason: reason))
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

    // MARK: Rollback

    /// Effects are taken back in reverse order, of every step that may have acted: a failed one may have half acted.
    private func nextOfRollback(_ plan: RunPlan) -> RunAction {
        var isComplete = true
        for rules in plan.steps.reversed() {
            let step = self[rules.id]
            guard step.mayHaveActed, step.phase != .undone else { continue }
            guard rules.hasUndo else {
                // Steps that only read or evaluate leave nothing behind.
                if leavesEffect(rules) { isComplete = false }
                continue
            }
            switch step.phase {
            case .active(let attempt, .intended) where attempt.purpose == .undo: return .start(attempt)
            case .active(let attempt, .started) where attempt.purpose == .undo: return .recover(attempt)
            case .active(let attempt, .ended(.unknown(let reason))) where attempt.purpose == .undo:
                return undoAgain(attempt, reason, rules, step)
            case .active(let attempt, .inDoubt(let reason)) where attempt.purpose == .undo:
                return undoAgain(attempt, reason, rules, step)
            case .active(let attempt, .ended(let outcome)) where attempt.purpose == .undo:
                return .conclude(attempt, outcome)
            case .active(let attempt, .started): return .recover(attempt)
            case .undoFailed(let reason):
                if step.isReleased { return .execute(undo(rules, step), after: .zero) }
                return .suspend(.undoFailed(rules.id, reason: reason))
            case .pending, .skipped, .already, .active, .waiting, .answered, .done, .failed:
                return .execute(undo(rules, step), after: .zero)
            case .undone: continue
            }
        }
        return .close(isComplete ? .rolledBack : .rollbackIncomplete)
    }

    private func undoAgain(_ attempt: Attempt, _ reason: String, _ rules: StepRules, _ step: Step)
        -> RunAction
    {
        guard attempt.number < Self.doubtfulAttemptsMax else {
            return .suspend(.undoFailed(rules.id, reason: reason))
        }
        return .execute(undo(rules, step), after: .zero)
    }

    private func undo(_ rules: StepRules, _ step: Step) -> Attempt {
        Attempt(step: rules.id, purpose: .undo, number: step.undos + 1)
    }

    private func leavesEffect(_ rules: StepRules) -> Bool {
        switch rules.work {
        case .evaluation, .person: false
        case .supervised, .transaction, .statements: rules.hasEffect
        }
    }
}
