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
    /// Every step of the document.
    let steps: [StepID: Step]
    /// Steps that are executed side by side.
    let concurrent: Set<StepID>
    /// The targets that this run and those that call it have, outermost first; inherited by every supervisor.
    let targets: [Caller.Target]

    /// What expressions of a step may read at this moment.
    func scope(_ state: RunState, of step: StepID) -> Scope {
        var facts = opening.facts(now: settings.clock.wall())
        facts.result = state.conclusion
        var scope = Scope(
            parameters: opening.parameters, variables: variables, stepOutputs: state.outputs, run: facts)
        scope.isAheadOfRun = settings.isAheadOfRun
        if let item = state.itemValues[step] { scope.item = .string(item) }
        return scope
    }

    /// A step of the document, or one item of it.
    func step(_ id: StepID) -> Step {
        guard let known = steps[id.base] else {
            preconditionFailure("the plan is made from the document, which has step \(id)")
        }
        guard id != known.id else { return known }
        var step = known
        step.id = id
        return step
    }

    /// The language of those who operate, by the executor's locale.
    var isFrench: Bool {
        let names = ["LC_ALL", "LC_MESSAGES", "LANG"].compactMap { settings.environment[$0] }
        return names.first { !$0.isEmpty }?.hasPrefix("fr") == true
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
