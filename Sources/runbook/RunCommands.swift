import ArgumentParser
import RunbookCore
import RunbookJournal
import RunbookRuntime

/// A run, by its identifier or the end of it.
struct RunArgument: ParsableArguments {
    @Argument(help: "The run: its identifier, or the end of it.") var run: String
}

/// Why somebody decides something; it stays in the journal.
struct ReasonOption: ParsableArguments {
    @Option(help: "Why; it is kept in the journal.") var reason: String
}

/// `runbook resume`: takes a run up where it was left.
struct ResumeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume",
        abstract: "Takes a run up where it was left; finished steps are never repeated.")

    @OptionGroup var common: CommonOptions
    @OptionGroup var target: RunArgument

    @Flag(name: .customLong("step"), help: "Ask ahead of each step.") var isStepwise = false
    @Flag(name: .customLong("auto"), help: "Ask nothing, also at a terminal, when a step fails.")
    var isAutomatic = false
    @Option(
        name: .customLong("switch"),
        help: "Go on with another version of the document; executed steps must be the same in it.")
    var newDocument: String?
    @Option(name: .customLong("accept-done"), help: "An executed step that may differ; may be repeated.")
    var acceptedSteps: [String] = []
    @Option(help: "Why the document is switched; it is kept in the journal.") var reason: String?

    func validate() throws {
        try common.requireQuestionsPossible(isStepwise: isStepwise, isAutomatic: isAutomatic)
        if newDocument != nil, reason == nil { throw ValidationError("--switch needs --reason") }
        if newDocument == nil, !acceptedSteps.isEmpty {
            throw ValidationError("--accept-done needs --switch")
        }
    }

    func run() throws {
        var world = World(common)
        world.isStepwise = isStepwise
        if isAutomatic { world.isAsking = false }
        if let newDocument { try switchDocument(to: absolutePath(newDocument), world) }
        var session = try world.resumed(target.run)
        world.console.say(world.messages.resumed(session.opening.run, session.opening.title))
        try world.drive(&session)
    }
}

extension ResumeCommand {
    private func switchDocument(to path: String, _ world: World) throws {
        let (document, text) = try world.document(at: path)
        var session = try world.resumed(target.run)
        let accepted = Set(try acceptedSteps.map { try world.step($0, in: document).id })
        let changes = try world.attempt { () throws(RuntimeFailure) in
            try session.switchDocument(
                to: document, text: text, accepted: accepted, by: Identity.current.account,
                reason: reason ?? "")
        }
        world.console.say(world.messages.switched)
        changes.forEach { world.console.say("  \($0.description)") }
    }
}

extension World {
    /// Takes a run; `asOperator` is false for those who only consent or answer.
    func resumed(_ text: String, asOperator: Bool = true) throws -> RunSession {
        let (folder, document) = try run(text)
        if asOperator { try requireOperator(document) }
        console.showProgress(of: document.id, in: options.stateFolder)
        return try attempt { () throws(RuntimeFailure) in
            try RunSession.resume(folder, document: document, settings: settings)
        }
    }

    /// Ends the command when the document's roles do not let this account carry its runs on.
    func requireOperator(_ document: RunbookDocument) throws {
        guard let refusal = document.refusalToOperate(.current) else { return }
        Console.complain(refusal)
        throw ExitCode(2)
    }

    /// The step of a run, or one item of it, as a person names it.
    func step(_ text: String, in document: RunbookDocument) throws -> Step {
        guard let id = StepID(recorded: text), var step = document.allSteps.first(where: { $0.id == id.base })
        else {
            Console.complain("the runbook has no step \(text)")
            throw ExitCode(2)
        }
        step.id = id
        return step
    }

    /// Takes the run, and writes a person's decision down when the step's phase allows it.
    func decide(
        _ run: String, _ step: String, reason: String, asOperator: Bool = true,
        _ event: (RunState.Phase, Step) -> RunEvent?
    ) throws {
        let document = try self.run(run).document
        let step = try self.step(step, in: document)
        var session = try resumed(run, asOperator: asOperator)
        let phase = session.state[step.id].phase
        guard let event = event(phase, step) else {
            Console.complain("\(step.id): \(messages.phase(phase))")
            throw ExitCode(2)
        }
        if step.needsConsent, event.letsGoOn {
            Console.complain(messages.needsConsent(step.id))
            throw ExitCode(2)
        }
        try decide(&session, event, reason: reason)
        console.say("runbook resume \(session.opening.run)")
        try tellStanding(of: session)
    }
}

extension Step {
    /// Whether people must consent: no operator goes on without them.
    var needsConsent: Bool {
        if case .approve = action { true } else { false }
    }
}

extension RunEvent {
    /// Whether the decision lets the run go on behind the step as it is.
    fileprivate var letsGoOn: Bool {
        switch self {
        case .skipped, .done: true
        case .already, .intended, .started, .ended, .doubted, .settled, .failed, .opened, .deferred, .asked,
            .approved, .rejected, .expired, .answered, .released, .rollbackBegan, .undone, .concluded,
            .closed, .switched:
            false
        }
    }
}

/// `runbook resolve`: a person says whether a step in doubt took effect.
struct ResolveCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resolve", abstract: "Says whether a step in doubt, or held, took effect.")

    @OptionGroup var common: CommonOptions
    @OptionGroup var target: RunArgument
    @Argument(help: "The step.") var step: String
    @Flag(name: .customLong("done"), help: "It took effect.") var isDone = false
    @Flag(name: .customLong("not-done"), help: "It did not; it is executed again.") var isNotDone = false
    @OptionGroup var reason: ReasonOption

    func validate() throws {
        if isDone == isNotDone { throw ValidationError("say either --done or --not-done") }
    }

    func run() throws {
        try World(common).decide(target.run, step, reason: reason.reason) { phase, step in
            phase.resolved(step.id, tookEffect: isDone, reason: reason.reason)
        }
    }
}

/// `runbook retry`: a failed step is tried again.
struct RetryCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "retry", abstract: "Lets a step that failed be tried again at the next resume.")

    @OptionGroup var common: CommonOptions
    @OptionGroup var target: RunArgument
    @Argument(help: "The step.") var step: String
    @OptionGroup var reason: ReasonOption

    func run() throws {
        try World(common).decide(target.run, step, reason: reason.reason) { phase, step in
            phase.released(step.id, reason: reason.reason)
        }
    }
}

/// `runbook skip`: the run goes on without a step.
struct SkipCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "skip", abstract: "Goes on without a step that failed or was not begun.")

    @OptionGroup var common: CommonOptions
    @OptionGroup var target: RunArgument
    @Argument(help: "The step.") var step: String
    @OptionGroup var reason: ReasonOption

    func run() throws {
        try World(common).decide(target.run, step, reason: reason.reason) { phase, step in
            phase.passedOver(step.id, reason: reason.reason)
        }
    }
}

/// `runbook rollback`: takes effects back in reverse order.
struct RollbackCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rollback", abstract: "Takes the effects of a run back, in reverse order.")

    @OptionGroup var common: CommonOptions
    @OptionGroup var target: RunArgument
    @OptionGroup var reason: ReasonOption

    func run() throws {
        let world = World(common)
        let (folder, _) = try world.run(target.run)
        let reading = try world.attempt { () throws(RuntimeFailure) in try RunReading(folder) }
        if let result = reading.state.result ?? reading.state.conclusion {
            Console.complain(world.messages.alreadyOver(result, folder.run))
            throw ExitCode(2)
        }
        var session = try world.resumed(target.run)
        if session.state.rollbackReason == nil {
            try world.decide(&session, .rollbackBegan(reason: reason.reason), reason: reason.reason)
        }
        try world.drive(&session)
    }
}

/// `runbook attest`: a person answers a manual step.
struct AttestCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "attest", abstract: "Answers a step that waits for a person.")

    @OptionGroup var common: CommonOptions
    @OptionGroup var target: RunArgument
    @Argument(help: "The step.") var step: String
    @Option(help: "One of the step's choices.") var choice: String?
    @Option(help: "A piece of evidence, name=text or name=path; may be repeated.") var evidence: [String] = []

    func run() throws {
        let world = World(common)
        let (folder, document) = try world.run(target.run)
        let step = try world.step(step, in: document)
        guard case .manual(let manual) = step.action else {
            Console.complain("step \(step.id) asks nobody")
            throw ExitCode(2)
        }
        if let role = manual.role, !Identity.current.plays(document.roles[role] ?? []) {
            Console.complain(world.messages.notInRole(Identity.current.account, role))
            throw ExitCode(2)
        }
        let reading = try world.attempt { () throws(RuntimeFailure) in try RunReading(folder) }
        if let expires = reading.state[step.id].expires, world.settings.clock.wall() >= expires {
            Console.complain(world.messages.tooLate(step.id, expires))
            throw ExitCode(5)
        }
        let answer = try answer(to: manual)
        try world.decide(
            target.run, step.id.text, reason: choice ?? "attested", asOperator: manual.role == nil
        ) { phase, step in
            phase == .waiting ? .answered(step.id, answer: answer) : nil
        }
    }

    private func answer(to manual: ManualAction) throws -> [ValueName: RunbookValue] {
        var problems: [String] = []
        var answer: [ValueName: RunbookValue] = [:]
        if manual.choices.isEmpty == (choice == nil), choice.map(manual.choices.contains) ?? true {
            if let choice { answer["choice"] = .string(choice) }
        } else {
            problems.append("--choice takes one of: \(manual.choices.joined(separator: ", "))")
        }
        for text in evidence {
            let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
            guard parts.count == 2, let wanted = manual.evidence.first(where: { $0.id.text == parts[0] })
            else {
                problems.append("the step asks for no evidence \(parts.first ?? text)")
                continue
            }
            if wanted.kind == .file, World.contents(of: parts[1]) == nil {
                problems.append("evidence \(parts[0]): \(parts[1]) cannot be read")
            }
            answer[wanted.id] = .string(parts[1])
        }
        for wanted in manual.evidence where wanted.isRequired && answer[wanted.id] == nil {
            problems.append("evidence \(wanted.id) is required (--evidence \(wanted.id)=…)")
        }
        guard problems.isEmpty else {
            problems.forEach(Console.complain)
            throw ExitCode(2)
        }
        return answer
    }
}
