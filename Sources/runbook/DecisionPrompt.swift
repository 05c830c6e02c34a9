import Glibc
import RunbookCore
import RunbookJournal
import RunbookRuntime

/// What a person at the terminal decides when a run stops at a step.
enum Decision: CaseIterable {
    case retry, done, notDone, skip, rollback, suspend

    /// The decisions that fit a stop; none where other people, or a date, are waited for.
    static func choices(at suspension: Suspension) -> [Decision] {
        switch suspension {
        case .doubt: [.done, .notDone, .rollback, .suspend]
        case .held: [.retry, .done, .skip, .rollback, .suspend]
        case .refused: [.retry, .rollback, .suspend]
        case .undoFailed: [.retry, .done, .suspend]
        case .answer, .approval, .date, .child, .paused: []
        }
    }

    /// What is written down of the decision; `nil` when the step's phase does not allow it.
    func event(_ step: StepID, in phase: RunState.Phase, reason: String) -> RunEvent? {
        switch self {
        case .retry: phase.released(step, reason: reason)
        case .done: phase.resolved(step, tookEffect: true, reason: reason)
        case .notDone: phase.resolved(step, tookEffect: false, reason: reason)
        case .skip: phase.passedOver(step, reason: reason)
        case .rollback: .rollbackBegan(reason: reason)
        case .suspend: nil
        }
    }
}

/// Asks the operator who is there what becomes of a step that failed or is in doubt; nothing is decided without a reason.
struct DecisionPrompt {
    let console: Console
    let messages: Messages

    /// Only where both ends are a terminal: a script gets the exit status, and decides by the verbs.
    static var isPossible: Bool { isatty(STDIN_FILENO) == 1 && isatty(STDOUT_FILENO) == 1 }

    /// A decision and its reason; `nil` suspends the run, as the end of the input does.
    func decision(at suspension: Suspension, of step: Step) -> (Decision, reason: String)? {
        let choices = Decision.choices(at: suspension)
        guard !choices.isEmpty else { return nil }
        console.introduce(step)
        for choice in choices { console.say("   \(messages.offer(choice, step))") }
        while true {
            console.ask(">")
            guard let answer = readLine()?.lowercased() else { return nil }
            guard let choice = choices.first(where: { messages.letter(of: $0) == answer }) else { continue }
            if choice == .suspend { return nil }
            console.ask(messages.reasonPrompt)
            guard let reason = readLine() else { return nil }
            if reason.contains(where: { !$0.isWhitespace }) { return (choice, reason) }
        }
    }
}

extension RunState.Phase {
    /// Whether the step, in doubt or failed, took effect.
    func resolved(_ step: StepID, tookEffect: Bool, reason: String) -> RunEvent? {
        switch self {
        case .active(let attempt, .inDoubt), .active(let attempt, .ended(.unknown)):
            .settled(attempt, tookEffect: tookEffect, reason: reason)
        case .failed: tookEffect ? .done(step, outputs: [:]) : .released(step, reason: reason)
        case .undoFailed: tookEffect ? .undone(step) : .released(step, reason: reason)
        case .pending, .skipped, .already, .active, .waiting, .answered, .open, .deferred, .done, .undone: nil
        }
    }

    /// The step may be tried again.
    func released(_ step: StepID, reason: String) -> RunEvent? {
        switch self {
        case .failed, .undoFailed: .released(step, reason: reason)
        case .pending, .skipped, .already, .active, .waiting, .answered, .open, .deferred, .done, .undone: nil
        }
    }

    /// The run goes on without the step.
    func passedOver(_ step: StepID, reason: String) -> RunEvent? {
        switch self {
        case .pending, .failed, .waiting, .deferred: .skipped(step, reason: reason)
        case .undoFailed: .undone(step)
        case .skipped, .already, .active, .answered, .open, .done, .undone: nil
        }
    }
}

extension Messages {
    /// The key of a decision: the first letter of a word that says it.
    func letter(of decision: Decision) -> String {
        switch decision {
        case .retry: "r"
        case .done: pick("f", "d")
        case .notDone: "n"
        case .skip: pick("p", "k")
        case .rollback: pick("a", "b")
        case .suspend: "s"
        }
    }

    func offer(_ decision: Decision, _ step: Step) -> String {
        "[\(letter(of: decision))] " + text(of: decision, step)
    }

    private func text(of decision: Decision, _ step: Step) -> String {
        switch decision {
        case .retry:
            pick("recommencer l'étape (motif)", "retry the step (reason)") + resetRemark(step)
        case .done:
            pick(
                "la déclarer faite, elle ne sera plus exécutée (preuve)",
                "declare it done, it is not executed again (evidence)")
        case .notDone:
            pick(
                "elle n'a pas pris effet : l'exécuter à nouveau (preuve)",
                "it took no effect: execute it again (evidence)") + resetRemark(step)
        case .skip: pick("passer outre, continuer sans elle (motif)", "go on without it (reason)")
        case .rollback:
            pick(
                "annuler en ordre inverse ce qui a été fait (motif)",
                "take back in reverse order what was done (reason)")
        case .suspend: pick("suspendre : décider plus tard", "suspend: decide later")
        }
    }

    private func resetRemark(_ step: Step) -> String {
        if step.reset != nil { return pick(", après sa remise à zéro", ", after its reset") }
        return step.effect == .once
            ? pick(" ; rien ne remet l'état d'avant", "; nothing brings the state before back") : ""
    }
}
