import RunbookCore
import RunbookJournal

extension RunSession {
    /// Makes the run go on with another version of its document, from its next executor on.
    ///
    /// Files first, then the record that names them: a crash in between leaves files that nothing names.
    ///
    /// - Throws: `RuntimeFailure.refused` with everything that forbids it.
    public mutating func switchDocument(
        to document: RunbookDocument, text: [UInt8], accepted: Set<StepID>, by actor: String, reason: String
    ) throws(RuntimeFailure) -> [DocumentSwitch.Change] {
        let change = DocumentSwitch(
            from: self.document, to: document, state: state, parameters: opening.parameters,
            accepted: accepted)
        guard change.refusals.isEmpty else {
            throw .refused(change.refusals.map(\.description).joined(separator: "\n"))
        }
        guard try lock(of: document, change) == opening.lock else {
            throw .refused("the document has another lock: this run has the target \(opening.lock)")
        }
        let folder = nextFolder
        try Files.makeFolder(folder.includesPath)
        try Files.write(text, to: folder.snapshotPath)
        let includes = try Self.keepIncludes(document, opening, folder)
        try Files.syncFolder(folder.path)
        let digest = try Files.digest(of: text)
        let parameters = change.addedParameters.map { ($0.key.text, $0.value.encoded) }
        try record(
            .switched(renames: change.renames),
            extra: [
                "version": .int(Int64(folder.version)), "digest": .string(digest),
                "includes": .object(includes),
                "by": .string(actor), "why": .string(reason),
                "accepted": .array(accepted.sorted().map { .string($0.text) }),
                "changes": .array(change.changes.map { .string($0.description) }),
                "params": .object(Dictionary(parameters, uniquingKeysWith: { $1 })),
            ])
        return change.changes
    }

    private func lock(
        of document: RunbookDocument, _ change: DocumentSwitch
    ) throws(RuntimeFailure) -> String {
        do throws(EvaluationFailure) {
            var scope = Scope(
                parameters: opening.parameters.merging(change.addedParameters) { own, _ in own },
                run: opening.facts(now: opening.startedAt))
            scope.variables = try document.variables(in: scope)
            return try document.lock?.render(in: scope) ?? "runbook:\(document.id)"
        } catch {
            throw .evaluation(step: nil, error)
        }
    }
}
