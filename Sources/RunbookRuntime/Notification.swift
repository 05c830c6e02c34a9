import RunbookCore
import RunbookJournal

/// Word to people about how a run ended, as a command: `sendmail` and curl under the supervisor.
struct Notification {
    let context: RunContext
    let step: StepID
    let scope: Scope

    /// The shell command; `$0` is the mail, `$1` the configuration of curl.
    func arguments(_ action: NotifyAction, in folder: AttemptFolder) throws(RuntimeFailure) -> [String] {
        let (mail, request) = ("\(folder.path)/mail", "\(folder.path)/request")
        var commands: [String] = []
        if !action.recipients.isEmpty {
            try Files.write(Array(try message(action).utf8), to: mail)
            commands.append("PATH=\"$PATH:/usr/sbin:/usr/lib\" sendmail -oi -t < \"$0\" || failed=1")
        }
        if let webhook = action.webhook {
            try Files.write(Array(try configuration(webhook).utf8), to: request)
            commands.append("curl -q --config \"$1\" || failed=1")
        }
        let script = (["failed=0"] + commands + ["exit $failed"]).joined(separator: "\n")
        return ["/bin/sh", "-c", script, mail, request]
    }

    private var result: String { scope.run?.result?.rawValue ?? "open" }

    private func message(_ action: NotifyAction) throws(RuntimeFailure) -> String {
        var recipients: [String] = []
        for recipient in action.recipients {
            let address = try context.rendered(recipient, scope, step)
            guard address.contains("@"),
                !address.unicodeScalars.contains(where: { $0.value < 0x21 || $0 == "," })
            else { throw .refused("notify: '\(address)' is no mail address") }
            recipients.append(address)
        }
        let subject =
            try action.subject.map { template throws(RuntimeFailure) in
                try context.rendered(template, scope, step)
            } ?? "[\(result)] \(context.opening.title)"
        var attachment: MailMessage.Attachment?
        if let kind = action.attachment {
            attachment = MailMessage.Attachment(
                name: "\(context.opening.run)-\(kind.rawValue)",
                type: kind == .html ? "text/html" : "text/markdown", text: try report(kind))
        }
        return MailMessage(
            recipients: recipients, subject: subject, text: try report(.markdown), attachment: attachment
        ).wire
    }

    private func report(_ kind: NotifyAction.Attachment) throws(RuntimeFailure) -> String {
        let report = try RunReport(context.folder, document: context.document, isFrench: context.isFrench)
        return kind == .html ? report.html : report.markdown
    }

    private func configuration(_ webhook: Template) throws(RuntimeFailure) -> String {
        let address = try context.rendered(webhook, scope, step)
        guard address.hasPrefix("http://") || address.hasPrefix("https://") else {
            throw .refused("notify: a webhook begins with http:// or https://")
        }
        let body = JournalValue.object([
            "run": .string(context.opening.run), "runbook": .string(context.opening.runbook),
            "title": .string(context.opening.title), "result": .string(result),
            "operator": .string(context.opening.operator), "host": .string(context.opening.host),
            "started_at": .string(context.opening.startedAt.text),
            "ended_at": .string(context.settings.clock.wall().text),
        ])
        return [
            "silent", "show-error", "fail", "globoff", "proto = \"=http,https\"", "connect-timeout = 30",
            "url = \(HTTPRequest.quoted(address))", "request = \"POST\"",
            "header = \"Content-Type: application/json\"",
            "data-raw = \(HTTPRequest.quoted(body.jsonText))",
        ].joined(separator: "\n") + "\n"
    }
}
