/// What going on with a changed document means for a run, and whether it may.
public struct DocumentSwitch: Hashable, Sendable {
    /// What a person should see of the change.
    public enum Change: Hashable, Sendable {
        case added(StepID)
        case removed(StepID)
        case changed(StepID)
        case renamed(from: StepID, to: StepID)
    }

    /// Why a run cannot go on with the document.
    public enum Refusal: Error, Hashable, Sendable {
        case otherRunbook(RunbookID)
        /// Nobody knows yet whether it took effect.
        case inDoubt(StepID)
        /// It was executed, and does something else now.
        case changedDone(StepID)
        /// It was executed, and is not there any more.
        case removedDone(StepID)
        /// It would be executed although a later step was executed already.
        case insertedBefore(StepID, done: StepID)
        /// The run has no value for it, and there is no default.
        case parameter(ValueName)
        /// The value that the run was started with is not taken any more.
        case parameterRefused(ValueName, Parameter.Refusal)
    }

    /// What changed, in the order of the new document; removals last.
    public let changes: [Change]
    /// Old names to new ones.
    public let renames: [StepID: StepID]
    /// Everything that forbids the change; empty when it may be made.
    public let refusals: [Refusal]
    /// Values of parameters that the old document did not have.
    public let addedParameters: [ValueName: RunbookValue]

    /// Compares two documents for a run that stands where `state` says.
    ///
    /// - Parameter accepted: Executed steps that a person lets stand as they were executed, though the document changed.
    public init(
        from old: RunbookDocument, to new: RunbookDocument, state: RunState,
        parameters: [ValueName: RunbookValue], accepted: Set<StepID>
    ) {
        let oldSteps = Dictionary(old.allSteps.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        var changes: [Change] = []
        var renames: [StepID: StepID] = [:]
        var refusals: [Refusal] = old.id == new.id ? [] : [.otherRunbook(new.id)]
        var kept: Set<StepID> = []
        for step in new.allSteps {
            let origin = oldSteps[step.id] == nil ? step.movedFrom ?? step.id : step.id
            guard let before = oldSteps[origin] else {
                changes.append(.added(step.id))
                continue
            }
            kept.insert(origin)
            if origin != step.id {
                renames[origin] = step.id
                changes.append(.renamed(from: origin, to: step.id))
            }
            guard before.canonicalText != step.canonicalText else { continue }
            changes.append(.changed(step.id))
            if state.isSettled(origin), !accepted.contains(step.id) { refusals.append(.changedDone(step.id)) }
        }
        for step in old.allSteps where !kept.contains(step.id) {
            changes.append(.removed(step.id))
            if state.isSettled(step.id), !accepted.contains(step.id) {
                refusals.append(.removedDone(step.id))
            }
        }
        refusals += old.allSteps.filter { state.isInDoubt($0.id) }.map { .inDoubt($0.id) }
        refusals += Self.insertions(new, state, renames)
        let added = Self.parameters(new, parameters, &refusals)
        self.changes = changes
        self.renames = renames
        self.refusals = refusals
        addedParameters = added
    }

    /// Steps that nothing happened to, ahead of one that was executed.
    private static func insertions(
        _ new: RunbookDocument, _ state: RunState, _ renames: [StepID: StepID]
    ) -> [Refusal] {
        let origins = Dictionary(renames.map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
        let phases = new.steps.map { state[origins[$0.id] ?? $0.id].phase }
        guard let last = phases.lastIndex(where: { $0 != .pending }) else { return [] }
        return phases.indices.prefix(last).filter { phases[$0] == .pending }.map {
            .insertedBefore(new.steps[$0].id, done: new.steps[last].id)
        }
    }

    private static func parameters(
        _ new: RunbookDocument, _ values: [ValueName: RunbookValue], _ refusals: inout [Refusal]
    ) -> [ValueName: RunbookValue] {
        var added: [ValueName: RunbookValue] = [:]
        for parameter in new.parameters {
            if let value = values[parameter.name] {
                if value != .null, let refusal = parameter.refusal(of: value) {
                    refusals.append(.parameterRefused(parameter.name, refusal))
                }
            } else if let value = parameter.defaultValue {
                added[parameter.name] = value
            } else if parameter.isRequired {
                refusals.append(.parameter(parameter.name))
            } else {
                added[parameter.name] = .null
            }
        }
        return added
    }
}

extension RunState {
    /// Whether the step has an outcome that a changed document must not put in doubt.
    fileprivate func isSettled(_ id: StepID) -> Bool {
        switch self[id].phase {
        case .done, .already, .undone, .open, .answered, .undoFailed: true
        case .active: true
        case .pending, .skipped, .waiting, .deferred, .failed: false
        }
    }

    fileprivate func isInDoubt(_ id: StepID) -> Bool {
        switch self[id].phase {
        case .active: true
        case .pending, .skipped, .already, .waiting, .answered, .open, .deferred, .done, .failed, .undone,
            .undoFailed:
            false
        }
    }
}

extension DocumentSwitch.Change: CustomStringConvertible {
    /// One line, as journals and terminals have it.
    public var description: String {
        switch self {
        case .added(let id): "+ \(id)"
        case .removed(let id): "- \(id)"
        case .changed(let id): "~ \(id)"
        case .renamed(let old, let new): "\(old) -> \(new)"
        }
    }
}

extension DocumentSwitch.Refusal: CustomStringConvertible {
    /// The reason, for people.
    public var description: String {
        switch self {
        case .otherRunbook(let id): "the document is the runbook \(id), not a version of this one"
        case .inDoubt(let id): "step \(id) is in doubt: runbook resolve comes first"
        case .changedDone(let id):
            "step \(id) was executed, and the document changed it (--accept-done \(id) lets it stand)"
        case .removedDone(let id):
            "step \(id) was executed, and the document removed it (--accept-done \(id) lets it go)"
        case .insertedBefore(let id, let done):
            "step \(id) would come too late: step \(done) behind it was executed"
        case .parameter(let name):
            "the run has no value for the new parameter \(name), and there is no default"
        case .parameterRefused(let name, let refusal): "the run's value of parameter \(name) \(refusal)"
        }
    }
}
