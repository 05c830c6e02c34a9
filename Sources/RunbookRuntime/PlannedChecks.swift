import Glibc
import RunbookCore
import RunbookJournal

/// What the check of a step says before there is a run.
public enum PlannedCheck: Equatable, Sendable {
    /// The effect is there: a run would leave the step alone.
    case there
    /// A run would execute the step.
    case absent
    /// Nothing can be said yet, often because an earlier step makes what the check looks at.
    case unknown(reason: String)
}

/// Asks the checks of a document, which only read, in a state folder of its own that does not outlive the question.
public enum PlannedChecks {
    /// The answers, by step.
    ///
    /// - Parameter steps: The steps to ask for; those without a check, or executed in any case, have no answer.
    /// - Throws: `RuntimeFailure` when there cannot even be a run: a missing secret, a value that cannot be computed.
    public static func answers(
        _ document: RunbookDocument, steps: [StepID], text: [UInt8], path: String,
        parameters: [ValueName: RunbookValue], settings: RunSettings
    ) throws(RuntimeFailure) -> [StepID: PlannedCheck] {
        let asked = document.allSteps.filter {
            $0.check != nil && $0.checkFirst && steps.contains($0.id)
        }
        guard !asked.isEmpty else { return [:] }
        var template = Array((temporaryFolder(settings) + "/runbook-plan-XXXXXX").utf8CString)
        guard let made = mkdtemp(&template) else { throw Files.failure(temporaryFolder(settings)) }
        let folder = String(cString: made)
        defer { Files.removeFolder(folder) }
        var session = try RunSession.open(
            document, text: text, path: path, parameters: parameters,
            settings: settings.aheadOfRun(in: folder))
        var answers: [StepID: PlannedCheck] = [:]
        for step in asked { answers[step.id] = session.plannedCheck(of: step) }
        return answers
    }

    private static func temporaryFolder(_ settings: RunSettings) -> String {
        let given = settings.environment["TMPDIR"] ?? ""
        return given.hasPrefix("/") ? given : "/tmp"
    }
}

extension RunSession {
    /// The answer of one check; whatever it fails of is no failure of the plan.
    fileprivate mutating func plannedCheck(of step: Step) -> PlannedCheck {
        guard let check = step.check else { return .unknown(reason: "") }
        do throws(RuntimeFailure) {
            switch try driver.isThere(check, of: step) {
            case .success(let isThere): return isThere ? .there : .absent
            case .failure(let problem): return .unknown(reason: problem.reason)
            }
        } catch {
            return .unknown(reason: error.reasonForStep ?? "\(error)")
        }
    }
}
