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
        let given = reader.read(with, in: fields) ?? []
        let notBefore = reader.read(notBefore, in: fields)
        guard let path else { return nil }
        let entries = given.map { argument in
            let node = fields.entry(with.name).flatMap { $0.value.entry(argument.name.text) }
            return CallPlace.Argument(
                name: argument.name, value: argument.value, nameStart: argument.place,
                valueStart: node?.value.start ?? argument.place)
        }
        reader.calls.append(
            CallPlace(
                path: path, pathStart: fields.valuePlace(of: runbook),
                argumentsStart: fields.has(with) ? fields.place(of: with) : fields.valuePlace(of: runbook),
                arguments: entries))
        let arguments = entries.map { ValueTemplate.Field(name: $0.name.text, value: $0.value) }
        return CallAction(path: path, arguments: arguments, notBefore: notBefore)
    }
}

/// A call of another document, with the places of its parts.
struct CallPlace: Sendable {
    /// A value for a parameter.
    struct Argument: Sendable {
        let name: ValueName
        let value: ValueTemplate
        let nameStart: YAMLPosition
        let valueStart: YAMLPosition
    }

    let path: String
    let pathStart: YAMLPosition
    let argumentsStart: YAMLPosition
    let arguments: [Argument]
}

extension YAMLNode {
    fileprivate func entry(_ name: String) -> YAMLEntry? {
        guard case .mapping(let entries) = content else { return nil }
        return entries.first { $0.key == name }
    }
}
