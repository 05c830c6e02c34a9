import ArgumentParser
import RunbookCore
import RunbookJournal
import RunbookRuntime

/// `runbook approve`: a person consents to what comes next.
struct ApproveCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "approve", abstract: "Consents to a step that waits for it.")

    @OptionGroup var common: CommonOptions
    @OptionGroup var target: RunArgument
    @Argument(help: "The step.") var step: String
    @Option(help: "A remark; it is kept in the journal.") var reason: String?

    func run() throws {
        try World(common).consent(target.run, step, reason: reason ?? "approved") { step, account in
            .approved(step, by: account)
        }
    }
}

/// `runbook reject`: a person refuses what comes next.
struct RejectCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reject", abstract: "Refuses a step that waits for consent.")

    @OptionGroup var common: CommonOptions
    @OptionGroup var target: RunArgument
    @Argument(help: "The step.") var step: String
    @OptionGroup var reason: ReasonOption

    func run() throws {
        try World(common).consent(target.run, step, reason: reason.reason) { step, account in
            .rejected(step, by: account, reason: reason.reason)
        }
    }
}

extension World {
    /// Writes consent or its refusal down, when this account may give it now.
    fileprivate func consent(
        _ run: String, _ name: String, reason: String, _ event: (StepID, String) -> RunEvent
    ) throws {
        let (folder, document) = try self.run(run)
        let step = try self.step(name, in: document)
        guard case .approve(let approve) = step.action else {
            Console.complain("step \(step.id) asks for no consent")
            throw ExitCode(2)
        }
        let session = try resumed(folder.run, asOperator: false)
        if let refusal = refusal(of: approve, step, document, session) {
            Console.complain(refusal)
            throw ExitCode(session.state[step.id].expires.map { $0 <= settings.clock.wall() } == true ? 5 : 2)
        }
        var deciding = session
        try decide(&deciding, event(step.id, Identity.current.account), reason: reason)
        let given = deciding.state[step.id].approvals.count
        if given > 0 { console.say(messages.consented(given, of: approve.count)) }
        console.say("runbook resume \(session.opening.run)")
        try tellStanding(of: deciding)
    }

    /// Why this account may not consent, or not now; `nil` when it may.
    private func refusal(
        of approve: ApproveAction, _ step: Step, _ document: RunbookDocument, _ session: RunSession
    ) -> String? {
        let identity = Identity.current
        let state = session.state[step.id]
        guard state.phase == .waiting else { return "\(step.id): \(messages.phase(state.phase))" }
        if let expires = state.expires, settings.clock.wall() >= expires {
            return messages.tooLate(step.id, expires)
        }
        if !identity.plays(document.roles[approve.role] ?? []) {
            return messages.notInRole(identity.account, approve.role)
        }
        if approve.excluded.contains(.starter), identity.account == session.opening.operator {
            return messages.mayNotConsent(identity.account, "starter")
        }
        if approve.excluded.contains(.attester), session.attesters.contains(identity.account) {
            return messages.mayNotConsent(identity.account, "attester")
        }
        return state.approvals.contains(identity.account) ? messages.consentedAlready(identity.account) : nil
    }

    /// Writes a decision down.
    func decide(_ session: inout RunSession, _ event: RunEvent, reason: String) throws {
        try attempt { () throws(RuntimeFailure) in
            try session.decide(event, by: Identity.current.account, reason: reason)
        }
    }
}
