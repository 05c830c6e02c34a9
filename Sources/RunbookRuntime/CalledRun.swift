import RunbookCore
import RunbookJournal

/// What a run that a step calls has from the calling one.
struct Caller {
    /// Its identifier, which follows from the calling run and the attempt: an executor that died between the intent and the
    /// opening leaves nothing to be guessed.
    let run: String
    /// The targets that the calling runs have already, outermost first; a called run may work on the same one.
    let targets: [Target]

    struct Target {
        let path: String
        let lock: TargetLock
    }
}

/// Steps that call another runbook: its run is opened, or taken up where it was left.
extension RunDriver {
    /// Goes on with the called run until it is over or waits.
    ///
    /// - Returns: Why the calling run waits, when the called one does.
    mutating func goOnWithCalledRun(_ attempt: Attempt) throws(RuntimeFailure) -> Suspension? {
        guard case .call(let call) = action(attempt) else {
            preconditionFailure("only calls have a run of their own")
        }
        let outcome: Outcome
        do throws(RuntimeFailure) {
            var session = try calledRun(call, attempt)
            let run = session.opening.run
            switch try session.drive() {
            case .finished(.done): outcome = .succeeded
            case .finished(let result):
                outcome = .failed(code: nil, reason: "run \(run) ended as \(result.rawValue)")
            case .suspended(let suspension):
                return .child(
                    attempt.step, run: run, exitStatus: RunStanding.suspended(suspension).exitStatus)
            }
        } catch {
            // Nothing of the called run was begun: a plain failure of the step, and for a person to mend.
            guard let reason = error.reasonForStep else { throw error }
            outcome = .failed(code: nil, reason: reason)
        }
        try recorder.record(.ended(attempt, outcome))
        return nil
    }

    private func calledRun(_ call: CallAction, _ attempt: Attempt) throws(RuntimeFailure) -> RunSession {
        let name = "\(context.opening.run).\(attempt.step)" + (attempt.number > 1 ? ".\(attempt.number)" : "")
        guard context.targets.count < CallAction.depthMax else {
            throw .refused("step \(attempt.step): more than \(CallAction.depthMax) runbooks call each other")
        }
        let caller = Caller(run: name, targets: context.targets)
        let folder = try RunFolder(stateFolder: context.settings.stateFolder, run: name).current()
        let isOpened = try folder.isOpened
        let text = try Files.read(
            isOpened ? folder.snapshotPath : SQLRunner.snapshot(of: call.path, in: context.folder))
        let path = context.absolute(call.path)
        let document = try context.settings.documents.document(text, path: path)
        let settings = context.settings.forCalledRun(
            context.settings.observer.observer(ofCall: attempt.step, document))
        if isOpened {
            return try RunSession.resume(folder, document: document, settings: settings, caller: caller)
        }
        let values = try context.settings.documents.values(try arguments(call, attempt.step), for: document)
        return try RunSession.open(
            document, text: text, path: path, parameters: values, settings: settings, caller: caller)
    }

    private func arguments(
        _ call: CallAction, _ step: StepID
    ) throws(RuntimeFailure) -> [(name: String, text: String)] {
        let scope = context.scope(recorder.state, of: step)
        var arguments: [(name: String, text: String)] = []
        for argument in call.arguments {
            let value: RunbookValue
            do throws(EvaluationFailure) {
                value = try argument.value.evaluate(in: scope)
            } catch {
                throw .evaluation(step: step, error)
            }
            switch value {
            case .null: break
            case .list(let items):
                arguments.append((argument.name, items.compactMap(\.text).joined(separator: ",")))
            case .string, .int, .bool, .duration, .time: arguments.append((argument.name, value.text ?? ""))
            case .map: throw .refused("with.\(argument.name): a mapping is no value of a parameter")
            }
        }
        return arguments
    }
}

extension RunbookDocument {
    /// Files beside the document that a run keeps copies of: SQL texts, and documents that are called.
    var includedPaths: [String] {
        let actions = allSteps.flatMap { [$0.action, $0.check, $0.reset, $0.undo].compactMap { $0 } }
        return actions.compactMap { action in
            switch action {
            case .sql(let sql): if case .file(let path) = sql.body { path } else { nil }
            case .call(let call): call.path
            case .run, .argv, .ansible, .http, .manual, .approve, .wait, .assert, .parallel, .notify: nil
            }
        }
    }
}
