import RunbookCore
import YAMLDocument

/// Reads the one action of a step, check, reset or undo.
struct ActionReader {
    let fields: Fields
    /// The keys of which exactly one must be there.
    let actions: [String]
    /// The steps of `parallel`.
    var children: [Step] = []

    func read(_ reader: inout DocumentReader) -> StepAction? {
        let owner = reader.key
        let given = fields.entries.filter { actions.contains($0.key) }
        if given.isEmpty, !fields.entries.contains(where: { isMeantAsAction($0.key) }) {
            let subject = owner == "steps" ? "the step" : "'\(owner)'"
            reader.report(
                .missingKey, at: fields.start,
                "\(subject) does nothing: it needs \(Self.enumeration(actions))",
                hint: "what should happen here?")
        }
        for extra in given.dropFirst() {
            reader.report(
                .conflictingKeys, at: extra.keyStart,
                "'\(extra.key)' and '\(given[0].key)' exclude each other",
                hint: "can it become a step of its own?")
        }
        let found = given.compactMap { action($0.key, &reader) }
        return given.count == 1 ? found.first : nil
    }

    private func action(_ name: String, _ reader: inout DocumentReader) -> StepAction? {
        switch name {
        case "run": reader.read(StepKeys.run, in: fields).map { .run($0) }
        case "argv": reader.read(StepKeys.argv, in: fields).map { .argv($0) }
        case "sql": sql(&reader).map { .sql($0) }
        case "ansible": reader.read(StepKeys.ansible, in: fields).map { .ansible($0) }
        case "manual": reader.read(StepKeys.manual, in: fields).map { .manual($0) }
        case "http": reader.read(StepKeys.http, in: fields).map { .http($0) }
        case "approve": reader.read(StepKeys.approve, in: fields).map { .approve($0) }
        case "wait": reader.read(StepKeys.wait, in: fields).map { .wait($0) }
        case "assert": reader.read(StepKeys.assert, in: fields).map { .assert($0) }
        case "call": reader.read(StepKeys.call, in: fields).map { .call($0) }
        case "notify": reader.read(FinalKeys.notify, in: fields).map { .notify($0) }
        case "parallel":
            // The children were read ahead: they are steps, with identifiers of the document.
            children.isEmpty ? nil : .parallel(children)
        default: nil
        }
    }

    /// The SQL; a short text is checked here, unless keys beside it belong to it.
    private func sql(_ reader: inout DocumentReader) -> SQLAction? {
        guard let sql = reader.read(StepKeys.sql, in: fields) else { return nil }
        let isAlone = !fields.entries.contains { SubActionKeys.besideSQL.contains($0.key) }
        if isAlone, case .scalar = fields.entry(StepKeys.sql.name)?.value.content {
            SQLRules(action: sql, fields: fields, bodyKey: StepKeys.sql.name).check(&reader)
        }
        return sql
    }

    /// Whether a key was reported already, and would be the action if it were right.
    private func isMeantAsAction(_ key: String) -> Bool {
        StepKeys.laterActions.contains(key) || StepKeys.actions.contains(key) || key == FinalKeys.notify.name
            || StepKeys.table.keysByName[key] == nil && NearestName.of(key, among: actions) != nil
    }

    private static func enumeration(_ words: [String]) -> String {
        words.dropLast().map { "'\($0)'" }.joined(separator: ", ") + " or '\(words[words.count - 1])'"
    }
}
