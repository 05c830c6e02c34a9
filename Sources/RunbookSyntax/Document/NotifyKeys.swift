import RunbookCore
import YAMLDocument

/// The keys of `notify`.
enum NotifyKeys {
    static let mail = Key(
        "mail", .list(of: .template, orOne: true), "Addresses; the mail goes through the host's `sendmail`.")
    static let webhook = Key(
        "webhook", .template, "Address that gets the run's end as JSON, by POST.")
    static let subject = Key(
        "subject", .template, "Subject of the mail; the runbook's title and the result, unless given.")
    static let attach = Key(
        "attach", Form<NotifyAction.Attachment>.choice, "What goes with the mail.")

    static let table = KeyTable(
        "a notification",
        [mail.declaration, webhook.declaration, subject.declaration, attach.declaration],
        later: ["cc", "from", "matrix", "slack", "text"])

    static let form = Form<NotifyAction>.mapping(table) { fields, reader in
        let action = NotifyAction(
            recipients: reader.read(mail, in: fields) ?? [], webhook: reader.read(webhook, in: fields),
            subject: reader.read(subject, in: fields), attachment: reader.read(attach, in: fields))
        if !fields.has(mail), !fields.has(webhook), !fields.hasUnknown(table) {
            reader.report(
                .missingKey, at: fields.start, "a notification needs 'mail' or 'webhook'",
                hint: "whom should it reach?")
        }
        if !fields.has(mail) {
            for entry in fields.entries where [subject.name, attach.name].contains(entry.key) {
                reader.report(
                    .conflictingKeys, at: entry.keyStart, "'\(entry.key)' has no meaning without 'mail'",
                    hint: "should it go by mail, or can the key go?")
            }
        }
        if let webhook = action.webhook {
            HTTPKeys.requireAddress(webhook, at: fields.valuePlace(of: Self.webhook), key: "webhook", &reader)
        }
        return action
    }
}
