import RunbookCore
import YAMLDocument

/// The keys of `sql`.
enum SQLKeys {
    static let db = Key("db", .template, "Database; `PGDATABASE` of the environment when omitted.")
    static let host = Key("host", .template, "Host or socket folder; `PGHOST` when omitted.")
    static let port = Key("port", .template, "Port; `PGPORT` when omitted.")
    static let user = Key("user", .template, "Role; `PGUSER` when omitted.")
    static let before = Key(
        "before", .sql, "Statements ahead of the body, each for itself; they must bear being repeated.")
    static let query = Key(
        "query", .sql,
        "One statement; its first row is `row` in `verify`, and fills `outputs` by column name.")
    static let transaction = Key(
        "transaction", .sql,
        "Statements of one transaction: after a crash the server knows whether it was committed.")
    static let file = Key("file", .text, "A file beside the document, executed in one transaction.")
    static let args = Key("args", .list(of: .value), "Parameters `$1`, `$2`... of the statements.")

    static let connection = [db.declaration, host.declaration, port.declaration, user.declaration]

    static let table = KeyTable(
        "an sql action",
        connection + [
            before.declaration, query.declaration, transaction.declaration, file.declaration,
            args.declaration,
        ],
        later: ["engine", "expect", "isolation", "search_path", "role"])

    static let form = Form<SQLAction>(.either([Form<Template>.sql.shape, .mapping(table)])) { node, reader in
        if case .scalar = node.content {
            return Form<Template>.sql.read(node, &reader).map { SQLAction(body: .query($0)) }
        }
        return reader.fields(of: node, as: table).flatMap { read($0, &reader) }
    }

    private static func read(_ fields: Fields, _ reader: inout DocumentReader) -> SQLAction? {
        let given = fields.entries.filter { ["query", "transaction", "file"].contains($0.key) }
        if given.isEmpty, !fields.hasUnknown(table) {
            reader.report(
                .missingKey, at: fields.start, "an sql action needs 'query', 'transaction' or 'file'",
                hint: "a short statement may also stand alone: sql: SELECT 1")
        }
        for extra in given.dropFirst() {
            reader.report(
                .conflictingKeys, at: extra.keyStart,
                "'\(extra.key)' and '\(given[0].key)' exclude each other",
                hint: "can the second become a step of its own?")
        }
        let bodies: [SQLAction.Body] = [
            reader.read(query, in: fields).map { .query($0) },
            reader.read(transaction, in: fields).map { .transaction($0) },
            reader.read(file, in: fields).map { .file(path: $0) },
        ].compactMap { $0 }
        var action = SQLAction(body: bodies.first ?? .file(path: ""))
        readConnection(of: &action, fields, &reader)
        if bodies.count == 1 {
            SQLRules(action: action, fields: fields, bodyKey: given[0].key).check(&reader)
        }
        return bodies.count == 1 ? action : nil
    }

    /// The keys that may stand beside a short `sql` text too.
    static func readConnection(of action: inout SQLAction, _ fields: Fields, _ reader: inout DocumentReader) {
        action.database = reader.read(db, in: fields)
        action.host = reader.read(host, in: fields)
        action.port = reader.read(port, in: fields)
        action.user = reader.read(user, in: fields)
        action.before = reader.read(before, in: fields)
        action.arguments = reader.read(args, in: fields) ?? []
    }
}

/// The keys of `ansible`.
enum AnsibleKeys {
    static let playbook = Key(
        "playbook", .template, required: true, "The playbook, from the document's folder on.")
    static let inventory = Key("inventory", .template, "The inventory.")
    static let limit = Key("limit", .template, "Hosts.")
    static let tags = Key("tags", .list(of: .template, orOne: true), "Tags.")
    static let check = Key(
        "check", .bool, "Whether nothing may be changed (`--check`), `false` unless given.")
    static let extraVars = Key(
        "extra_vars",
        Form<[NamedItem<String, ValueTemplate>]>.map(
            "a variable's name", .environment, { EnvironmentName($0)?.text }, of: .value),
        "Variables for the playbook.")

    static let table = KeyTable(
        "an ansible action",
        [
            playbook.declaration, inventory.declaration, limit.declaration, tags.declaration,
            check.declaration,
            extraVars.declaration,
        ],
        later: ["skip_tags", "forks", "diff", "become", "start_at_task", "vault_password_file"])

    static let form = Form<AnsibleAction>.mapping(table) { fields, reader in
        let playbook = reader.read(playbook, in: fields)
        var action = AnsibleAction(playbook: playbook ?? Template(""))
        action.inventory = reader.read(inventory, in: fields)
        action.limit = reader.read(limit, in: fields)
        action.tags = reader.read(tags, in: fields) ?? []
        action.check = reader.read(check, in: fields) ?? false
        action.extraVariables = (reader.read(extraVars, in: fields) ?? []).map {
            ValueTemplate.Field(name: $0.name, value: $0.value)
        }
        return playbook == nil ? nil : action
    }
}

/// The keys of `manual`.
enum ManualKeys {
    static let instructions = Key("instructions", .template, required: true, "What to do.")
    static let evidence = Key(
        "evidence", .list(of: EvidenceKeys.form), "What to bring; `answer.<id>` in `verify`.")
    static let choices = Key(
        "choices", .list(of: .text),
        "What to answer; `answer.choice` in `verify`. Without it, being done is the answer.")

    static let by = Key(
        "by", .name("a name of a role", .value) { ValueName($0) },
        "The role (of `roles`) whose members may answer; everybody who may operate the run, unless given.")
    static let expires = Key(
        "expires", .duration(StepKeys.timeoutRange),
        "How long an answer is taken; later the step has failed. Without limit unless given.")

    static let table = KeyTable(
        "a manual action",
        [
            instructions.declaration, evidence.declaration, choices.declaration, by.declaration,
            expires.declaration,
        ],
        later: ["show", "reminder"])

    static let form = Form<ManualAction>.mapping(table) { fields, reader in
        let instructions = reader.read(instructions, in: fields)
        let evidence = reader.read(evidence, in: fields) ?? []
        let choices = reader.read(choices, in: fields) ?? []
        reader.reportDuplicates(
            evidence.map(\.id.text), what: "evidence", in: fields.entry(Self.evidence.name))
        reader.reportDuplicates(choices, what: "the choice", in: fields.entry(Self.choices.name))
        if evidence.contains(where: { $0.id == choiceField }) {
            reader.report(
                .badName, at: fields.valuePlace(of: Self.evidence),
                "evidence cannot be called 'choice', the answer is", hint: "would another name do?")
        }
        let role = reader.read(by, in: fields)
        if let role { reader.requireRole(role, at: fields.valuePlace(of: by)) }
        let expires = reader.read(expires, in: fields)
        return instructions.map {
            ManualAction(
                instructions: $0, evidence: evidence, choices: choices, role: role, expires: expires)
        }
    }

    /// The field of the answer that holds the choice.
    static let choiceField: ValueName = "choice"
}

/// The keys of a piece of evidence.
enum EvidenceKeys {
    static let id = Key(
        "id", .name("a name of evidence", .value) { ValueName($0) }, required: true, "Its name.")
    static let type = Key(
        "type", Form<ManualAction.Evidence.Kind>.choice, required: true, "What kind of evidence.")
    static let required = Key(
        "required", .bool, "Whether an answer without it is refused, `false` unless given.")

    static let table = KeyTable(
        "evidence", [id.declaration, type.declaration, required.declaration],
        later: ["title", "pattern", "max_size"])

    static let form = Form<ManualAction.Evidence>.mapping(table) { fields, reader in
        let id = reader.read(id, in: fields)
        let kind = reader.read(type, in: fields)
        let isRequired = reader.read(required, in: fields) ?? false
        guard let id, let kind else { return nil }
        return ManualAction.Evidence(id: id, kind: kind, isRequired: isRequired)
    }
}

/// The keys of an assertion.
enum AssertionKeys {
    static let that = Key("that", .condition, required: true, "The condition.")
    static let message = Key("message", .template, "What to say when it is false.")

    static let table = KeyTable("an assertion", [that.declaration, message.declaration])

    static let form = Form<Assertion>(.either([Form<Expression>.condition.shape, .mapping(table)])) {
        node, reader in
        guard case .mapping = node.content else {
            return reader.condition(node).map { Assertion(condition: $0) }
        }
        guard let fields = reader.fields(of: node, as: table) else { return nil }
        let condition = reader.read(that, in: fields)
        let message = reader.read(message, in: fields)
        return condition.map { Assertion(condition: $0, message: message) }
    }
}

extension DocumentReader {
    /// Reports names that stand twice in the list of an entry.
    mutating func reportDuplicates(_ names: [String], what: String, in entry: YAMLEntry?) {
        guard case .sequence(let nodes) = entry?.value.content, nodes.count == names.count else { return }
        var seen: Set<String> = []
        for (name, node) in zip(names, nodes) where !seen.insert(name).inserted {
            report(
                .duplicateName, at: node.start, "\(what) '\(name)' is given twice",
                hint: "can one of them go?")
        }
    }
}
