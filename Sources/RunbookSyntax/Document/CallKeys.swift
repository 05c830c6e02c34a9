import RunbookCore
import YAMLDocument

/// The keys of `call`.
enum CallKeys {
    static let runbook = Key(
        "runbook", .text, required: true,
        "The other document, from this one's folder on. It is read and kept when the run is opened.")
    static let with = Key(
        "with",
        Form<[NamedItem<ValueName, ValueTemplate>]>.map(
            "a name of a parameter", .value, { ValueName($0) }, of: .value),
        "Its parameters.")
    static let notBefore = Key(
        "not_before", .duration(StepKeys.timeoutRange),
        "How long after the step was reached it may begin at the earliest; the run suspends until then.")

    static let table = KeyTable(
        "a call", [runbook.declaration, with.declaration, notBefore.declaration],
        later: ["lock", "state_dir", "wait"])

    static let form = Form<CallAction>.mapping(table) { fields, reader in
        let path = reader.read(runbook, in: fields)
        let arguments = (reader.read(with, in: fields) ?? []).map {
            ValueTemplate.Field(name: $0.name.text, value: $0.value)
        }
        let notBefore = reader.read(notBefore, in: fields)
        return path.map { CallAction(path: $0, arguments: arguments, notBefore: notBefore) }
    }
}
