import RunbookCore
import RunbookJournal

/// Steps that wait: they look, and look again.
extension RunDriver {
    /// Looks until the condition holds or the time is over. The time counts from the first look of the attempt, also when
    /// another executor had that.
    mutating func outcome(of wait: WaitAction, _ attempt: Attempt) throws(RuntimeFailure) -> Outcome {
        let settings = context.settings
        let start = settings.clock.monotonicMilliseconds()
        let spent = spentBefore(attempt)
        var lastLook = "nothing was seen yet"
        context.settings.observer.noticed(.waiting(attempt.step, DurationText.text(of: wait.limit)))
        while true {
            switch try look(wait.condition, context.step(attempt.step)) {
            case .success(true): return .succeeded
            case .success(false): lastLook = "it is not so"
            case .failure(let problem): lastLook = problem.reason
            }
            let elapsed = spent + .milliseconds(settings.clock.monotonicMilliseconds() - start)
            guard elapsed < wait.limit else {
                if case .pause = wait.condition { return .succeeded }
                return .failed(
                    code: nil, reason: "not within \(DurationText.text(of: wait.limit)): \(lastLook)")
            }
            settings.sleep(min(wait.interval, wait.limit - elapsed))
        }
    }

    /// What an earlier executor waited already, by the wall clock; a clock that stepped back counts as nothing.
    private func spentBefore(_ attempt: Attempt) -> Duration {
        guard let since = recorder.details[attempt]?.since else { return .zero }
        return .milliseconds(max(0, context.settings.clock.wall().millisecondsSinceEpoch - since))
    }

    private mutating func look(
        _ condition: WaitAction.Condition, _ step: Step
    ) throws(RuntimeFailure) -> Result<Bool, CheckProblem> {
        switch condition {
        case .http(let request): try isThere(.http(request), of: step)
        case .sql(let sql): try isThere(.sql(sql), of: step)
        case .run(let script): try isThere(.run(script), of: step)
        case .argv(let words): try isThere(.argv(words), of: step)
        // The step began when its moment had come.
        case .until: .success(true)
        case .pause: .success(false)
        }
    }
}
