import Glibc
import RunbookCore
import RunbookJournal

/// Executes the actions that are commands, under the supervisor.
struct CommandRunner {
    let context: RunContext

    /// Exit status of ansible-playbook when a host could not be reached.
    ///
    /// Source: ansible-core, `ansible/executor/task_queue_manager.py`, `RUN_UNREACHABLE_HOSTS`.
    private static let ansibleUnreachable = 4
    /// Exit status of ssh when the connection, not the command, failed.
    private static let sshLost: Int64 = 255

    /// Executes an action; returns once its end is known, or known to be unknown.
    func execute(
        _ action: StepAction, of step: Step, in folder: AttemptFolder, token: String, scope: Scope
    ) throws(RuntimeFailure) {
        let command = try start(action, of: step, in: folder, token: token, scope: scope)
        _ = context.settings.supervisor.awaitEnd(of: [command]) {
            context.settings.observer.goingOn([(step.id, folder.outputLogPath)])
        }
    }

    /// Starts an action under its supervisor.
    func start(
        _ action: StepAction, of step: Step, in folder: AttemptFolder, token: String, scope: Scope
    ) throws(RuntimeFailure) -> RunningCommand {
        if needsFolder(action, of: step) { try folder.prepare() }
        try folder.slot.allocate()
        let command = try command(action, of: step, in: folder, scope)
        FaultPoint.pass("executor.prepared")
        return try context.settings.supervisor.start(
            SupervisionRequest(
                token: token, command: command, folder: folder, locks: context.targets.map(\.lock.descriptor))
        )
    }

    /// Most commands leave nothing: a folder costs more than they do.
    private func needsFolder(_ action: StepAction, of step: Step) -> Bool {
        if !step.outputs.isEmpty { return true }
        return switch action {
        case .run(let script): script.contains("RB_OUT")
        case .http, .notify, .ansible: true
        case .argv, .sql, .manual, .approve, .wait, .assert, .call, .parallel: false
        }
    }

    /// What a record means for the step.
    func outcome(
        _ end: AttemptRecord.End, of action: StepAction, in step: Step, folder: AttemptFolder
    ) -> Outcome {
        if end.executionError != 0 {
            return .failed(
                code: 127,
                reason:
                    "the command cannot be started: \(String(cString: strerror(Int32(end.executionError))))")
        }
        if end.timedOut { return .failed(code: nil, reason: "it took longer than its timeout and was ended") }
        if end.cancelled { return .failed(code: nil, reason: "it was ended on request") }
        if end.isSignal { return .failed(code: nil, reason: "signal \(end.code) ended it") }
        if case .http(let request) = action { return HTTPRequest.outcome(end.code, of: request, in: folder) }
        if end.code == 0 { return .succeeded }
        if !step.retry.exitCodes.contains(Int(end.code)), let reason = unknownReason(end, action) {
            return .unknown(reason: reason)
        }
        return .failed(code: Int(end.code), reason: "exit status \(end.code)")
    }

    private func unknownReason(_ end: AttemptRecord.End, _ action: StepAction) -> String? {
        switch action {
        case .argv(let words) where end.code == Self.sshLost && Self.isSSH(words.first):
            "ssh lost its connection: the remote command may have run"
        // A script hands on what the ssh in it says, which its text need not name.
        case .run where end.code == Self.sshLost:
            "exit status 255, as of an ssh that lost its connection: what it started may have run"
        case .ansible where end.code == Self.ansibleUnreachable:
            "Ansible lost a host: its tasks may have run"
        case .run, .argv, .ansible, .http, .sql, .manual, .approve, .wait, .assert, .call, .parallel, .notify:
            nil
        }
    }

    private static func isSSH(_ program: Template?) -> Bool {
        guard let text = program?.source else { return false }
        return text.split(separator: "/").last == "ssh"
    }

    private func command(
        _ action: StepAction, of step: Step, in folder: AttemptFolder, _ scope: Scope
    ) throws(RuntimeFailure) -> SupervisedCommand {
        var environment = try context.environment(of: step, in: scope)
        environment["RB_OUT"] = folder.outputsPath
        return SupervisedCommand(
            arguments: try arguments(action, of: step, in: folder, scope), environment: environment,
            workingFolder: context.opening.folder, timeout: step.timeout, killAfter: step.killAfter,
            secrets: context.vault.forms)
    }

    private func arguments(
        _ action: StepAction, of step: Step, in folder: AttemptFolder, _ scope: Scope
    ) throws(RuntimeFailure) -> [String] {
        switch action {
        case .run(let script):
            return ["/bin/sh", "-c", script]
        case .argv(let words):
            var arguments: [String] = []
            for word in words { arguments.append(try context.rendered(word, scope, step.id)) }
            return arguments
        case .ansible(let ansible):
            return try ansibleArguments(ansible, of: step, in: folder, scope)
        case .http(let request):
            return try HTTPRequest(context: context, step: step.id, scope: scope).arguments(
                request, in: folder)
        case .notify(let notice):
            return try Notification(context: context, step: step.id, scope: scope).arguments(
                notice, in: folder)
        case .sql, .manual, .approve, .wait, .assert, .call, .parallel:
            preconditionFailure("only commands are executed under the supervisor")
        }
    }

    private func ansibleArguments(
        _ ansible: AnsibleAction, of step: Step, in folder: AttemptFolder, _ scope: Scope
    ) throws(RuntimeFailure) -> [String] {
        var arguments = [
            "ansible-playbook", context.absolute(try context.rendered(ansible.playbook, scope, step.id)),
        ]
        if let inventory = ansible.inventory {
            arguments += ["-i", context.absolute(try context.rendered(inventory, scope, step.id))]
        }
        if let limit = ansible.limit {
            arguments += ["--limit", try context.rendered(limit, scope, step.id)]
        }
        for tag in ansible.tags { arguments += ["--tags", try context.rendered(tag, scope, step.id)] }
        if ansible.check { arguments.append("--check") }
        if !ansible.extraVariables.isEmpty {
            try writeExtraVariables(ansible.extraVariables, to: folder.extraVariablesPath, scope, step.id)
            arguments += ["--extra-vars", "@\(folder.extraVariablesPath)"]
        }
        return arguments
    }

    /// Through a file, since an argument list is there for everybody to see.
    private func writeExtraVariables(
        _ fields: [ValueTemplate.Field], to path: String, _ scope: Scope, _ step: StepID
    ) throws(RuntimeFailure) {
        var members: [String: JournalValue] = [:]
        for field in fields {
            do throws(EvaluationFailure) {
                members[field.name] = Self.plain(try field.value.evaluate(in: scope))
            } catch {
                throw .evaluation(step: step, error)
            }
        }
        try Files.write(JournalValue.object(members).json, to: path)
    }

    /// A value as JSON without its runbook type: durations and times become text.
    private static func plain(_ value: RunbookValue) -> JournalValue {
        switch value {
        case .null: .null
        case .string(let text): .string(text)
        case .int(let number): .int(number)
        case .bool(let truth): .bool(truth)
        case .duration, .time: .string(value.text ?? "")
        case .list(let items): .array(items.map(plain))
        case .map(let members): .object(members.mapValues(plain))
        }
    }
}
