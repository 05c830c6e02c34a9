extension RunState {
    /// Effects are taken back in reverse order, of every step that may have acted: a failed one may have half acted.
    func nextOfRollback(_ plan: RunPlan) -> RunAction {
        var isComplete = true
        for rules in flattened(plan).reversed() {
            let step = self[rules.id]
            if case .active(let attempt, .intended) = step.phase, attempt.purpose == .run,
                rules.work == .supervised
            {
                // Its executor may have died between the start of the supervisor and the record of it.
                return .recover(attempt)
            }
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
            case .pending, .skipped, .already, .active, .waiting, .answered, .open, .deferred, .done, .failed:
                return .execute(undo(rules, step), after: .zero)
            case .undone: continue
            }
        }
        return .close(isComplete ? .rolledBack : .rollbackIncomplete)
    }

    /// Every step that can have acted, in the order of execution: what stands for a group in its place.
    private func flattened(_ plan: RunPlan) -> [StepRules] {
        plan.steps.flatMap { $0.isGroup ? members($0, self[$0.id]) : [$0] }
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
        case .evaluation, .person, .group: false
        case .supervised, .transaction, .statements, .child: rules.hasEffect
        }
    }
}
