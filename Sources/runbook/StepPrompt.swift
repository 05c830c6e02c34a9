import Glibc
import RunbookCore
import RunbookRuntime
import RunbookSyntax

/// Asks the operator ahead of each step, for `run --step`.
struct StepPrompt {
    let console: Console
    let messages: Messages

    /// What the operator wants of a step. The end of the input suspends the run: nobody is there.
    func consent(_ step: Step) -> RunSettings.Consent {
        console.introduce(step)
        for line in step.action.summary(in: Scope()).split(separator: "\n").prefix(12) {
            console.say("   | \(line)")
        }
        while true {
            console.ask(messages.stepPrompt)
            guard let answer = readLine() else { return .suspend }
            switch answer.trimmed.lowercased() {
            case "", "o", "y": return .proceed
            case "q": return .suspend
            case "s" where step.needsConsent: console.say(messages.needsConsent(step.id))
            case "s":
                console.ask(messages.reasonPrompt)
                guard let reason = readLine()?.trimmed, !reason.isEmpty else { continue }
                return .skip(reason: reason)
            default: continue
            }
        }
    }
}

extension String {
    fileprivate var trimmed: String {
        String(drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed())
    }
}
