/// Word to people about how a run ended.
public struct NotifyAction: Hashable, Sendable {
    /// What goes with a message.
    public enum Attachment: String, Hashable, Sendable, CaseIterable {
        case html = "report.html"
        case markdown = "report.md"
    }

    /// Mail addresses.
    public var recipients: [Template]
    /// Address that gets the run's end as JSON by POST.
    public var webhook: Template?
    /// Subject of the mail; made of title and result when omitted.
    public var subject: Template?
    /// What goes with the mail.
    public var attachment: Attachment?

    /// Word to people.
    public init(
        recipients: [Template] = [], webhook: Template? = nil, subject: Template? = nil,
        attachment: Attachment? = nil
    ) {
        self.recipients = recipients
        self.webhook = webhook
        self.subject = subject
        self.attachment = attachment
    }
}
