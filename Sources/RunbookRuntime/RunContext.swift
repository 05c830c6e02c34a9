import RunbookCore
import RunbookJournal

/// What stays the same while one executor has a run.
struct RunContext {
    let document: RunbookDocument
    let opening: RunOpening
    let folder: RunFolder
    let settings: RunSettings
    let vault: SecretVault
    let variables: [ValueName: RunbookValue]
    /// Where each step is in the document.
    let positions: [StepID: Int]
    /// Inherited by every supervisor.
    let lock: TargetLock

    /// What expressions may read at this moment.
    func scope(_ state: RunState) -> Scope {
        Scope(
            parameters: opening.parameters, variables: variables,
            stepOutputs: state.outputs,
            run: opening.facts(now: settings.clock.wall()))
    }

    func step(_ id: StepID) -> Step {
        guard let position = positions[id] else {
            preconditionFailure("the plan is made from the document, which has step \(id)")
        }
        return document.steps[position]
    }

    /// The environment of a step's commands: the executor's, the document's, the step's, the secrets'.
    func environment(of step: Step, in scope: Scope) throws(RuntimeFailure) -> [String: String] {
        var environment = settings.environment.filter { $0.key != "RUNBOOK_FAULT_POINT" }
        for entry in document.environment + step.environment {
            environment[entry.name.text] = try rendered(entry.value, scope, step.id)
        }
        environment.merge(vault.environment) { _, secret in secret }
        environment["RB_RUN_ID"] = opening.run
        environment["RB_STEP"] = step.id.text
        return environment
    }

    func rendered(_ template: Template, _ scope: Scope, _ step: StepID) throws(RuntimeFailure) -> String {
        do throws(EvaluationFailure) {
            return try template.render(in: scope)
        } catch {
            throw .evaluation(step: step, error)
        }
    }

    func holds(_ expression: Expression, _ scope: Scope, _ step: StepID) throws(RuntimeFailure) -> Bool {
        do throws(EvaluationFailure) {
            return try expression.holds(in: scope)
        } catch {
            throw .evaluation(step: step, error)
        }
    }

    /// A path of the document, from its folder on.
    func absolute(_ path: String) -> String { SecretVault.absolute(path, opening.folder) }
}
