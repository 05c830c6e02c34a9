import RunbookCore
import YAMLDocument

/// The keys of a step.
enum StepKeys {
    static let timeoutRange = Duration.milliseconds(1)...DurationText.limit
    static let killAfterRange = Duration.zero...Duration.seconds(3_600)

    static let id = Key(
        "id", .name("an identifier of a step", .step, { StepID($0) }), required: true,
        "Identifier, unique in the document and stable over its versions.")
    static let title = Key("title", .text, "What the step does, for people; its identifier when omitted.")
    static let run = Key(
        "run", .script,
        "Action: a text for `sh -c`. Values come through `env`, never through `${{ }}`. Exit status 255 leaves the step in "
            + "doubt, since an `ssh` in it may have lost its connection; unless `retry.on` names 255."
    )
    static let argv = Key(
        "argv", .list(of: .template),
        "Action: a program and its arguments, without a shell. Exit status 255 of `ssh` is as in `run`.")
    static let sql = Key("sql", SQLKeys.form, "Action: SQL on one database; a text is short for `query`.")
    static let ansible = Key("ansible", AnsibleKeys.form, "Action: a run of `ansible-playbook`.")
    static let manual = Key("manual", ManualKeys.form, "Action: what a person does and tells.")
    static let http = Key("http", HTTPKeys.form, "Action: an HTTP request, by `curl`.")
    static let approve = Key(
        "approve", ApproveKeys.form, "Action: the consent of people other than the one who started the run.")
    static let wait = Key(
        "wait", WaitKeys.form, "Action: looks again and again until something is true; without effect.")
    static let call = Key("call", CallKeys.form, "Action: another runbook, as a run of its own.")
    static let parallel = Key(
        "parallel", .list(of: .node(.mapping(ChildKeys.table))),
        "Action: steps that are executed side by side. The run goes on when all of them have come to rest.")
    static let forEach = Key(
        "for_each", .items,
        "Values for each of which the step is executed, in order; `item` in expressions. Each is a checkpoint of its own."
    )
    static let movedFrom = Key(
        "moved_from", .name("an identifier of a step", .step, { StepID($0) }),
        "What the step was called in earlier versions, so that a run that has done it keeps it.")
    static let assert = Key(
        "assert", .list(of: AssertionKeys.form, orOne: true),
        "Action: conditions that must hold; without effect.")
    static let effect = Key(
        "effect", Form<Step.Effect>.choice,
        "What the action does to the world: it only reads (`none`), twice is the same as once (`idempotent`), or it must happen `once`."
    )
    static let check = Key(
        "check", SubActionKeys.form, "Looks whether the effect is already there, and only reads.")
    static let checkFirst = Key(
        "check_first", .bool, "Whether `check` is asked before the first attempt, `true` unless given.")
    static let verify = Key(
        "verify", .list(of: .condition, orOne: true), "What must be true afterwards; false means failed.")
    static let reset = Key(
        "reset", SubActionKeys.form, "Back to the state before the step; executed before any second attempt.")
    static let undo = Key(
        "undo", SubActionKeys.form,
        "Takes the effect back; must bear being repeated. Executed in reverse order on rollback.")
    static let inDoubt = Key(
        "in_doubt", Form<Step.InDoubt>.choice, "What to do about an attempt whose end is unknown.")
    static let when = Key("when", .condition, "The step is skipped when this is false.")
    static let retry = Key("retry", RetryKeys.form, "When a failed attempt is repeated; never, unless given.")
    static let timeout = Key("timeout", .duration(timeoutRange), "How long an attempt may take.")
    static let killAfter = Key("kill_after", .duration(killAfterRange), "From SIGTERM to SIGKILL.")
    static let onError = Key("on_error", .onError, "What a failure means for the run.")
    static let outputs = Key(
        "outputs", OutputKeys.form, "Values for later steps; commands write them to `$RB_OUT/<name>`.")
    static let env = Key(
        "env", EnvironmentKeys.form, "Environment of the step's commands, after the document's.")

    /// The keys of which a step has exactly one.
    static let actions = [
        "run", "argv", "sql", "ansible", "http", "manual", "approve", "wait", "assert", "call", "parallel",
    ]
    /// Actions of later versions.
    static let laterActions: Set<String> = ["script", "include"]

    /// What every step may have besides its action.
    static let surroundings = [
        effect.declaration, check.declaration, checkFirst.declaration, verify.declaration, reset.declaration,
        undo.declaration, inDoubt.declaration, when.declaration, retry.declaration, timeout.declaration,
        killAfter.declaration, onError.declaration, outputs.declaration, env.declaration,
    ]
    /// Keys of later versions.
    static let laterKeys: Set<String> = [
        "quiet_after", "concurrency", "with", "until", "loop", "matrix", "not_before", "needs", "depends_on",
        "secrets", "tags", "host",
    ]

    static let table = KeyTable(
        "a step",
        [
            id.declaration, title.declaration, run.declaration, argv.declaration, sql.declaration,
            ansible.declaration, http.declaration, manual.declaration, approve.declaration, wait.declaration,
            assert.declaration, call.declaration, parallel.declaration, forEach.declaration,
            movedFrom.declaration,
        ] + surroundings, later: laterActions.union(laterKeys),
        elsewhere: [FinalKeys.notify.name: "can it stand in a step under 'finally'?"])
}

/// The keys of a step of `parallel`: what needs a person, and what is a group itself, stands alone.
enum ChildKeys {
    static let actions = ["run", "argv", "sql", "ansible", "http", "wait", "assert"]

    static let table = KeyTable(
        "a step of parallel",
        [
            StepKeys.id.declaration, StepKeys.title.declaration, StepKeys.run.declaration,
            StepKeys.argv.declaration, StepKeys.sql.declaration, StepKeys.ansible.declaration,
            StepKeys.http.declaration, StepKeys.wait.declaration, StepKeys.assert.declaration,
            StepKeys.movedFrom.declaration,
        ] + StepKeys.surroundings, later: StepKeys.laterActions.union(StepKeys.laterKeys),
        elsewhere: Dictionary(
            ["manual", "approve", "call", "parallel"].map {
                ($0, "can it become a step of its own, outside 'parallel'?")
            }, uniquingKeysWith: { first, _ in first }))
}

/// The keys of a step of `finally`.
enum FinalKeys {
    static let notify = Key("notify", NotifyKeys.form, "Action: word to people about how the run ended.")

    static let actions = ["run", "argv", "http", "notify"]

    static let table = KeyTable(
        "a step of finally",
        [
            StepKeys.id.declaration, StepKeys.title.declaration, StepKeys.run.declaration,
            StepKeys.argv.declaration, StepKeys.http.declaration, notify.declaration,
            StepKeys.effect.declaration, StepKeys.when.declaration, StepKeys.retry.declaration,
            StepKeys.timeout.declaration, StepKeys.killAfter.declaration, StepKeys.env.declaration,
        ], later: StepKeys.laterKeys,
        elsewhere: Dictionary(
            [
                "sql", "ansible", "manual", "approve", "wait", "assert", "call", "parallel", "for_each",
                "check",
                "check_first", "verify", "reset", "undo", "in_doubt", "on_error", "outputs", "moved_from",
            ].map {
                (
                    $0,
                    "steps under 'finally' tell of the end and hold nothing up: can it be a step of the run?"
                )
            }, uniquingKeysWith: { first, _ in first }))
}

/// What a failure means, before the step that it names was looked up.
enum OnErrorText: Sendable {
    case policy(StepRules.FailurePolicy)
    case jump(String)
}

extension Form where Value == OnErrorText {
    /// `hold`, `stop`, `continue`, `rollback` or `step:<id>`.
    static var onError: Form {
        let words = DefaultKeys.OnError.allCases.map(\.rawValue) + ["step:<id>"]
        return Form(
            "one of \(words.map { "`\($0)`" }.joined(separator: ", "))",
            .matching("^(hold|stop|continue|rollback|step:[a-z0-9_]+)$")
        ) {
            node, reader in
            guard let (text, _) = reader.scalarText(node, wanted: "one of \(words.joined(separator: ", "))")
            else {
                return nil
            }
            if text.hasPrefix("step:") { return .jump(String(text.dropFirst(5))) }
            guard let word = DefaultKeys.OnError(rawValue: text) else {
                reader.report(
                    .badValue, at: node.start, "'on_error' does not take '\(text)'",
                    hint: NearestName.hint(text, among: words) ?? "known: \(words.joined(separator: ", "))")
                return nil
            }
            return .policy(word.policy)
        }
    }
}

/// The keys of `retry`.
enum RetryKeys {
    static let max = Key("max", .int(1...1_000), required: true, "Attempts after the first one.")
    static let delay = Key(
        "delay", .duration(.zero...StepRules.Retry.delayMax), "Before the second attempt, `0s` unless given.")
    static let backoff = Key(
        "backoff", .int(1...10), "Factor on the delay for every further attempt, `1` unless given.")
    static let on = Key(
        "on", .list(of: .int(1...255), orOne: true),
        "Exit codes that are worth another attempt; all, unless given.")

    static let table = KeyTable(
        "a retry", [max.declaration, delay.declaration, backoff.declaration, on.declaration],
        later: ["jitter", "delay_max", "until"])

    static let form = Form<StepRules.Retry>.mapping(table) { fields, reader in
        let max = reader.read(max, in: fields)
        let delay = reader.read(delay, in: fields) ?? .zero
        let backoff = reader.read(backoff, in: fields) ?? 1
        let exitCodes = reader.read(on, in: fields) ?? []
        return max.map { StepRules.Retry(max: $0, delay: delay, backoff: backoff, exitCodes: exitCodes) }
    }
}

/// The keys of an output.
enum OutputKeys {
    static let type = Key("type", Form<Parameter.Kind>.choice, required: true, "Its type.")

    static let table = KeyTable("an output", [type.declaration], later: ["title", "pattern", "from", "json"])

    static let form = Form<[NamedItem<ValueName, Parameter.Kind>]>.map(
        "a name of an output", .value, { ValueName($0) },
        of: .mapping(table) { fields, reader in reader.read(type, in: fields) })
}

/// The keys of `check`, `reset` and `undo`.
enum SubActionKeys {
    static let table = KeyTable(
        "a check, reset or undo",
        [
            StepKeys.run.declaration, StepKeys.argv.declaration, StepKeys.sql.declaration,
        ] + SQLKeys.connection + [SQLKeys.before.declaration, SQLKeys.args.declaration],
        later: ["ansible", "http", "assert", "timeout", "env"])

    /// Keys that may stand beside a short `sql` text.
    static let besideSQL = ["db", "host", "port", "user", "before", "args"]

    static let form = Form<StepAction>.mapping(table) { fields, reader in
        let beside = fields.entries.filter { besideSQL.contains($0.key) }
        guard let action = ActionReader(fields: fields, actions: ["run", "argv", "sql"]).read(&reader) else {
            return nil
        }
        guard let first = beside.first else { return action }
        guard case .sql(var sql) = action, case .scalar = fields.entry("sql")?.value.content else {
            reader.report(
                .conflictingKeys, at: first.keyStart, "'\(first.key)' stands only beside a short 'sql' text",
                hint: fields.has("sql") ? "move it into 'sql'" : "which statement is it for?")
            return nil
        }
        SQLKeys.readConnection(of: &sql, fields, &reader)
        SQLRules(action: sql, fields: fields, bodyKey: "sql").check(&reader)
        return .sql(sql)
    }
}
