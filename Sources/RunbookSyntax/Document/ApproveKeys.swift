import RunbookCore
import YAMLDocument

/// The keys of `approve`.
enum ApproveKeys {
    static let by = Key(
        "by", .name("a name of a role", .value) { ValueName($0) }, required: true,
        "The role (of `roles`) whose members may consent.")
    static let count = Key("count", .int(1...10), "How many people are needed, `1` unless given.")
    static let not = Key(
        "not", .list(of: Form<ApproveAction.Excluded>.choice, orOne: true),
        "Who may not consent although the role would allow it: who started the run (`starter`), who answered a manual "
            + "step of it (`attester`). `[starter]` unless given."
    )
    static let expires = Key(
        "expires", .duration(StepKeys.timeoutRange),
        "How long consent may be given; later the step has failed. Without limit unless given.")
    static let show = Key(
        "show", .list(of: .template, orOne: true), "What people should know before they consent.")

    static let table = KeyTable(
        "an approval",
        [by.declaration, count.declaration, not.declaration, expires.declaration, show.declaration],
        later: ["evidence", "reminder"])

    static let form = Form<ApproveAction>.mapping(table) { fields, reader in
        guard let role = reader.read(by, in: fields) else { return nil }
        reader.requireRole(role, at: fields.valuePlace(of: by))
        let excluded = reader.read(not, in: fields)
        return ApproveAction(
            role: role, count: reader.read(count, in: fields) ?? 1,
            excluded: excluded.map { Set($0) } ?? [.starter], expires: reader.read(expires, in: fields),
            shown: reader.read(show, in: fields) ?? [])
    }
}

extension DocumentReader {
    /// Refuses a role that the document does not declare: nobody could play it.
    mutating func requireRole(_ role: ValueName, at place: YAMLPosition) {
        guard !names.roles.contains(role) else { return }
        let known = names.roles.map(\.text).sorted()
        report(
            .unknownName, at: place, "unknown role '\(role)'",
            hint: NearestName.hint(role.text, among: known)
                ?? (known.isEmpty
                    ? "is it declared under 'roles'?" : "known: \(known.joined(separator: ", "))"))
    }
}
