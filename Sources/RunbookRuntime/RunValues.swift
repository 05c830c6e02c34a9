import RunbookCore

/// What a run is given: its variables, which follow from the parameters, and its secrets.
struct RunValues {
    let variables: [ValueName: RunbookValue]
    let vault: SecretVault

    init(of document: RunbookDocument, _ opening: RunOpening, _ settings: RunSettings) throws(RuntimeFailure)
    {
        var scope = Scope(parameters: opening.parameters, run: opening.facts(now: settings.clock.wall()))
        do throws(EvaluationFailure) {
            variables = try document.variables(in: scope)
        } catch {
            throw .evaluation(step: nil, error)
        }
        scope.variables = variables
        vault = try SecretVault(
            document.secrets, scope: scope, folder: opening.folder, inherited: settings.environment)
    }

    /// Parameters are kept in the journal and told in reports, which a secret never is.
    func requireNoSecret(in parameters: [ValueName: RunbookValue]) throws(RuntimeFailure) {
        for (name, value) in parameters.sorted(by: { $0.key < $1.key })
        where Self.texts(value).contains(where: vault.isShown) {
            throw .refused(
                "the value of parameter \(name) shows a secret of this run, and parameters are kept in the journal"
            )
        }
    }

    private static func texts(_ value: RunbookValue) -> [String] {
        if case .list(let items) = value { return items.flatMap(texts) }
        return value.text.map { [$0] } ?? []
    }
}
