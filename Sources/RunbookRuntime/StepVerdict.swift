import RunbookCore
import RunbookJournal

/// What came of an attempt, an answer or a group.
extension RunDriver {
    mutating func conclude(_ attempt: Attempt, _ outcome: Outcome) throws(RuntimeFailure) {
        switch (attempt.purpose, outcome) {
        case (_, .failed(let code, let reason)):
            try forgetSecrets(in: folder(of: attempt))
            let prefix = attempt.purpose == .run ? "" : "\(attempt.purpose.rawValue): "
            try recorder.record(.failed(attempt.step, reason: prefix + reason, code: code), isDurable: true)
        case (.undo, _):
            try forgetSecrets(in: folder(of: attempt))
            try recorder.record(.undone(attempt.step))
        case (.run, _): try concludeRun(attempt)
        case (.reset, _): preconditionFailure("the state goes on by itself after a reset")
        }
    }

    mutating func concludeRun(_ attempt: Attempt) throws(RuntimeFailure) {
        let step = context.step(attempt.step)
        let row = recorder.details[attempt]?.row ?? [:]
        let reader = OutputReader(folder: folder(of: attempt), row: row, vault: context.vault)
        let values = try reader.values(of: step)
        try forgetSecrets(in: folder(of: attempt))
        switch values {
        case .failure(let problem):
            try recorder.record(.failed(step.id, reason: problem.reason, code: nil), isDurable: true)
        case .success(let outputs):
            var scope = context.scope(recorder.state, of: step.id)
            scope.outputs = outputs
            scope.row = row
            try verdict(step, scope, outputs)
        }
    }

    /// Nobody reads what the command left any more: a secret in it, such as one that a server's answer repeats, must not stay.
    func forgetSecrets(in folder: AttemptFolder) throws(RuntimeFailure) {
        try context.vault.removeFilesWithSecrets(below: folder.outputsPath)
    }

    /// A group has no effect of its own: what it promises is all that is left to look at.
    mutating func concludeGroup(_ step: Step) throws(RuntimeFailure) {
        // Each item of a repeated step was verified by itself.
        if step.forEach != nil { return try recorder.record(.done(step.id, outputs: [:])) }
        try verdict(step, context.scope(recorder.state, of: step.id), [:])
    }

    mutating func concludeAnswer(_ step: Step) throws(RuntimeFailure) {
        var scope = context.scope(recorder.state, of: step.id)
        scope.answer = recorder.state[step.id].answer
        try verdict(step, scope, [:])
    }

    mutating func verdict(
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
}
