import RunbookCore
import YAMLDocument

/// The keys of a document.
enum RunbookKeys {
    static let runbook = Key(
        "runbook", .int(1...1_000), required: true, "Version of the document format: `1`.")
    static let id = Key(
        "id", .name("an identifier of a runbook", .runbook) { RunbookID($0) }, required: true,
        "Stable identifier; runs are filed under it.")
    static let title = Key("title", .text, required: true, "What the procedure does, for people.")
    static let owner = Key("owner", .text, "Who answers for the procedure.")
    static let params = Key("params", ParameterKeys.form, "What a run is started with.")
    static let secrets = Key(
        "secrets", SecretKeys.form,
        "Values that commands need and nobody may see: read at the start and at each resume, never in the journal."
    )
    static let vars = Key(
        "vars", .map("a name of a variable", .value, { ValueName($0) }, of: .variable),
        "Texts made from parameters, `run.*` and earlier variables.")
    static let lock = Key(
        "lock", .template,
        "The target: one run at a time has it. Without it, the document itself is the target.")
    static let env = Key("env", EnvironmentKeys.form, "Environment of every command.")
    static let roles = Key(
        "roles", .map("a name of a role", .value, { ValueName($0) }, of: .list(of: .text)),
        "Who may play which part: accounts and groups (`grp:dba`).")
    static let defaults = Key(
        "defaults", .mapping(DefaultKeys.table) { fields, reader in StepDefaults(fields, &reader) },
        "What steps do unless they say otherwise.")
    static let steps = Key(
        "steps", .list(of: .node(.mapping(StepKeys.table))), required: true,
        "The steps, in order, at most \(RunbookReader.stepsMax).")

    static let final = Key(
        "finally", .list(of: .node(.mapping(FinalKeys.table))),
        "Steps behind the end of the run, whatever the end is; `run.result` tells it. They hold and change nothing."
    )

    static let table = KeyTable(
        "a runbook",
        [
            runbook.declaration, id.declaration, title.declaration, owner.declaration, params.declaration,
            secrets.declaration, vars.declaration, lock.declaration, env.declaration, roles.declaration,
            defaults.declaration, steps.declaration, final.declaration,
        ],
        later: [
            "notify", "concurrency", "include", "includes", "imports", "schedule", "on_failure",
        ])
}

/// The keys of `defaults`.
enum DefaultKeys {
    /// What a failure means, where no step can be named.
    enum OnError: String, CaseIterable, Sendable {
        case hold, stop, `continue`, rollback

        var policy: StepRules.FailurePolicy {
            switch self {
            case .hold: .hold
            case .stop: .stop
            case .continue: .proceed
            case .rollback: .rollback
            }
        }
    }

    static let timeout = Key("timeout", .duration(StepKeys.timeoutRange), "How long an attempt may take.")
    static let killAfter = Key(
        "kill_after", .duration(StepKeys.killAfterRange), "From SIGTERM to SIGKILL, `20s` unless given.")
    static let onError = Key(
        "on_error", Form<OnError>.choice, "What a failure means for the run, `hold` unless given.")
    static let effect = Key(
        "effect", Form<Step.Effect>.choice, "What steps do to the world, `once` unless given.")

    static let table = KeyTable(
        "the defaults",
        [timeout.declaration, killAfter.declaration, onError.declaration, effect.declaration],
        later: ["retry", "env", "quiet_after"])
}

/// What steps do unless they say otherwise.
struct StepDefaults: Sendable {
    var timeout: Duration?
    var killAfter = Step.killAfterDefault
    var onError = StepRules.FailurePolicy.hold
    var effect = Step.Effect.once

    init() {}

    init(_ fields: Fields, _ reader: inout DocumentReader) {
        timeout = reader.read(DefaultKeys.timeout, in: fields)
        killAfter = reader.read(DefaultKeys.killAfter, in: fields) ?? killAfter
        onError = reader.read(DefaultKeys.onError, in: fields)?.policy ?? onError
        effect = reader.read(DefaultKeys.effect, in: fields) ?? effect
    }
}

/// Entries of `env`.
enum EnvironmentKeys {
    static let form = Form<[NamedItem<EnvironmentName, Template>]>.map(
        "a name of an environment variable", .environment, { EnvironmentName($0) }, of: .template)
}

extension Form where Value == Template {
    /// A template that becomes a variable as soon as it is read, so that the next one can use it.
    static var variable: Form {
        Form(Form.template.shape) { node, reader in
            let key = reader.key
            let value = Form.template.read(node, &reader)
            if let name = ValueName(key) { reader.declareVariable(name, value) }
            return value
        }
    }
}

extension DocumentReader {
    fileprivate mutating func declareVariable(_ name: ValueName, _ value: Template?) {
        let references = value?.expressions.flatMap(\.references) ?? []
        let dependsOnRun = references.contains { reference in
            switch reference {
            case .run: true
            case .variable(let name): names.variables[name]?.dependsOnRun ?? false
            case .parameter, .stepOutput, .ownOutput, .column, .answer, .item: false
            }
        }
        var type = value == nil ? ValueType.any : .string
        if let value, value.segments.count == 1, let expression = value.expressions.first {
            type = expression.type
        }
        names.variables[name] = NameTable.VariableFacts(type: type, dependsOnRun: dependsOnRun)
    }
}
