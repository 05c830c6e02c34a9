import RunbookCore
import YAMLDocument

/// Reads one step.
struct StepReader {
    /// Where the step stands.
    enum Place {
        case steps, parallel, final

        var actions: [String] {
            switch self {
            case .steps: StepKeys.actions
            case .parallel: ChildKeys.actions
            case .final: FinalKeys.actions
            }
        }
    }

    let fields: Fields
    let place: Place
    let index: Int
    let defaults: StepDefaults
    /// Line of an earlier step of the same identifier.
    let sameLine: Int?
    /// The steps of its `parallel`.
    var children: [Step] = []

    func read(_ reader: inout DocumentReader) -> Step? {
        reader.visibility = Visibility(place: "a step", facts: .all, stepIndex: index)
        reader.visibility.hasResult = place == .final
        let id = reader.read(StepKeys.id, in: fields)
        reader.visibility.ownStep = id
        if let id, let line = sameLine {
            reader.report(
                .duplicateName, at: fields.valuePlace(of: StepKeys.id),
                "the step '\(id)' is already given in line \(line)",
                hint: "would another identifier do? runs are resumed by it")
        }
        let title = reader.read(StepKeys.title, in: fields)
        let forEach = reader.read(StepKeys.forEach, in: fields)
        reader.visibility.hasItem = fields.has(StepKeys.forEach)
        reader.key = "steps"
        let action = ActionReader(fields: fields, actions: place.actions, children: children).read(&reader)
        var step = Step(
            id: id ?? "unnamed", title: title ?? id?.text ?? "", action: action ?? .run(""),
            effect: effect(of: action, &reader), forEach: forEach,
            movedFrom: movedFrom(id, &reader))
        readSurroundings(of: &step, &reader)
        readRules(of: &step, &reader)
        readVerify(of: &step, &reader)
        guard id != nil, action != nil else { return nil }
        StepRulesReader(fields: fields, step: step).check(&reader)
        return step
    }

    /// The earlier name, which no step of this version may have.
    private func movedFrom(_ id: StepID?, _ reader: inout DocumentReader) -> StepID? {
        guard let origin = reader.read(StepKeys.movedFrom, in: fields) else { return nil }
        let place = fields.valuePlace(of: StepKeys.movedFrom)
        if reader.names.steps[origin] != nil {
            reader.report(
                .conflictingKeys, at: place,
                origin == id
                    ? "a step cannot have moved from itself"
                    : "a step of this document is called '\(origin)'",
                hint: origin == id
                    ? "what was it called before?" : "is the other step new? then it needs another identifier"
            )
        } else if !reader.names.origins.insert(origin).inserted {
            reader.report(
                .duplicateName, at: place, "another step has moved from '\(origin)' already",
                hint: "which of the two is it?")
        }
        return origin
    }

    private func effect(of action: StepAction?, _ reader: inout DocumentReader) -> Step.Effect {
        let given = reader.read(StepKeys.effect, in: fields)
        if let given { return given }
        if place == .final { return .idempotent }
        switch action {
        case .assert, .wait, .approve, .parallel: return .none
        case .http(let request): return request.method.isSafe ? .none : defaults.effect
        case .run, .argv, .sql, .ansible, .manual, .call, .notify, nil: return defaults.effect
        }
    }

    private func readSurroundings(of step: inout Step, _ reader: inout DocumentReader) {
        step.check = reader.read(StepKeys.check, in: fields)
        step.checkFirst = reader.read(StepKeys.checkFirst, in: fields) ?? true
        step.reset = reader.read(StepKeys.reset, in: fields)
        step.undo = reader.read(StepKeys.undo, in: fields)
        step.when = reader.read(StepKeys.when, in: fields)
        step.outputs = (reader.read(StepKeys.outputs, in: fields) ?? []).map {
            OutputDeclaration(name: $0.name, kind: $0.value)
        }
        let environment = reader.read(StepKeys.env, in: fields) ?? []
        reader.checkEnvironment(environment)
        step.environment = environment.map { EnvironmentEntry(name: $0.name, value: $0.value) }
    }

    private func readRules(of step: inout Step, _ reader: inout DocumentReader) {
        step.inDoubt = reader.read(StepKeys.inDoubt, in: fields)
        step.retry = reader.read(StepKeys.retry, in: fields) ?? .never
        step.timeout = reader.read(StepKeys.timeout, in: fields) ?? defaults.timeout
        step.killAfter = reader.read(StepKeys.killAfter, in: fields) ?? defaults.killAfter
        step.onError = place == .final ? .proceed : onError(&reader) ?? defaults.onError
    }

    private func onError(_ reader: inout DocumentReader) -> StepRules.FailurePolicy? {
        switch reader.read(StepKeys.onError, in: fields) {
        case nil: return nil
        case .policy(let policy): return policy
        case .jump(let text):
            let place = fields.valuePlace(of: StepKeys.onError)
            if self.place == .parallel || fields.has(StepKeys.forEach) {
                reader.report(
                    .conflictingKeys, at: place,
                    "'on_error: step:…' has no meaning in \(self.place == .parallel ? "a step of parallel" : "a step with for_each")",
                    hint: "can the group itself lead there?")
                return nil
            }
            guard let id = StepID(text), let target = reader.names.steps[id] else {
                let known = reader.names.steps.filter { $0.value.index > index }.keys.map(\.text)
                reader.report(
                    .unknownName, at: place, "unknown step '\(text)'",
                    hint: NearestName.hint(text, among: known)
                        ?? (known.isEmpty
                            ? "is there a later step that it can lead to?"
                            : "later steps: \(known.sorted().prefix(12).joined(separator: ", "))"))
                return nil
            }
            guard target.index > index else {
                reader.report(
                    .outOfReach, at: place, "'on_error' can only name a later step, '\(id)' is not",
                    hint: "would retry do?")
                return nil
            }
            return .jump(id)
        }
    }

    private func readVerify(of step: inout Step, _ reader: inout DocumentReader) {
        reader.visibility.place = "verify"
        reader.visibility.members = Set(children.map(\.id))
        reader.visibility.ownOutputs = Dictionary(step.outputs.map { ($0.name, $0.kind.type) }) { first, _ in
            first
        }
        switch step.action {
        case .sql: reader.visibility.hasRow = true
        case .manual(let manual):
            var answer = Dictionary(manual.evidence.map { ($0.id, [String]()) }) { first, _ in first }
            if !manual.choices.isEmpty { answer[ManualKeys.choiceField] = manual.choices }
            reader.visibility.answer = answer
        case .run, .argv, .ansible, .http, .approve, .wait, .assert, .call, .parallel, .notify: break
        }
        step.verify = reader.read(StepKeys.verify, in: fields) ?? []
    }
}

/// Checks what a step's declarations mean together.
private struct StepRulesReader {
    let fields: Fields
    let step: Step

    func check(_ reader: inout DocumentReader) {
        checkRepeats(&reader)
        switch step.action {
        case .assert, .wait: refuseEffect(&reader)
        case .approve, .parallel:
            refuseEffect(&reader)
            refuse(
                [StepKeys.retry.name, StepKeys.inDoubt.name, StepKeys.timeout.name, StepKeys.killAfter.name]
                    + (step.action.work == .person ? [StepKeys.verify.name] : []), &reader)
        case .manual: refuse([StepKeys.outputs.name, StepKeys.retry.name], &reader)
        case .call: refuse([StepKeys.outputs.name, StepKeys.inDoubt.name, StepKeys.reset.name], &reader)
        case .run, .argv, .sql, .ansible, .http, .notify: break
        }
        checkForEach(&reader)
        if step.effect == .none, !step.action.isWithoutEffect {
            for entry in fields.entries where ["undo", "reset"].contains(entry.key) {
                reader.report(
                    .conflictingKeys, at: entry.keyStart,
                    "'\(entry.key)' has no meaning in a step with 'effect: none'",
                    hint: "does the step change something after all, or can the key go?")
            }
        }
        if fields.has(StepKeys.checkFirst), step.check == nil, !fields.has(StepKeys.check) {
            reader.report(
                .conflictingKeys, at: fields.place(of: StepKeys.checkFirst),
                "'check_first' has no meaning without 'check'", hint: "which check is meant?")
        }
    }

    /// Refuses what only a step with an effect can mean.
    private func refuseEffect(_ reader: inout DocumentReader) {
        refuse(
            [StepKeys.check.name, StepKeys.reset.name, StepKeys.undo.name, StepKeys.outputs.name], &reader)
        if fields.has(StepKeys.effect), step.effect != .none {
            reader.report(
                .conflictingKeys, at: fields.place(of: StepKeys.effect),
                "'\(actionKey)' has no effect of its own", hint: "can the key go?")
        }
    }

    private func checkForEach(_ reader: inout DocumentReader) {
        guard fields.has(StepKeys.forEach) else { return }
        switch step.action {
        case .parallel, .manual, .approve, .call:
            reader.report(
                .conflictingKeys, at: fields.place(of: StepKeys.forEach),
                "'for_each' has no meaning in a step with '\(actionKey)'",
                hint: "can the values be written out as steps?")
        case .run, .argv, .sql, .ansible, .http, .wait, .assert, .notify: break
        }
        if fields.has(StepKeys.outputs) {
            reader.report(
                .conflictingKeys, at: fields.place(of: StepKeys.outputs),
                "'outputs' has no meaning in a step with 'for_each': which item's would it be?",
                hint: "can a later step gather them?")
        }
    }

    private var actionKey: String {
        fields.entries.first { StepKeys.actions.contains($0.key) }?.key ?? "it"
    }

    private func checkRepeats(_ reader: inout DocumentReader) {
        let isOnce = step.effect == .once
        let hasReset = fields.has(StepKeys.reset)
        let hint = "declare reset, or effect: idempotent if twice is the same as once"
        if step.inDoubt == .retry, isOnce, !hasReset {
            reader.report(
                .unsafeRepeat, at: fields.valuePlace(of: StepKeys.inDoubt),
                "'in_doubt: retry' could make a step with 'effect: once' happen twice", hint: hint)
        }
        if step.inDoubt == .check, !fields.has(StepKeys.check) {
            reader.report(
                .missingKey, at: fields.valuePlace(of: StepKeys.inDoubt),
                "'in_doubt: check' needs the key 'check'",
                hint: "how could the executor see whether the effect is there?")
        }
        if step.retry.max > 0, isOnce, !hasReset, step.action.work != .transaction {
            reader.report(
                .unsafeRepeat, at: fields.place(of: StepKeys.retry),
                "'retry' could make a step with 'effect: once' happen twice", hint: hint)
        }
    }

    /// Where to look, when a key stands in a step that has no use for it.
    private func hint(for key: String) -> String {
        switch key {
        case StepKeys.check.name: "can the step do without it? its condition is looked at anyway"
        case StepKeys.reset.name, StepKeys.undo.name: "does it belong to the step that has the effect?"
        case StepKeys.outputs.name: "can a step with 'run' or 'sql' read the values?"
        case StepKeys.timeout.name: "is 'expires' or the limit of the steps inside meant?"
        case StepKeys.verify.name: "can a step with 'assert' follow?"
        default: "can the key go?"
        }
    }

    private func refuse(_ keys: [String], _ reader: inout DocumentReader) {
        guard let action = fields.entries.first(where: { StepKeys.actions.contains($0.key) }) else { return }
        for entry in fields.entries where keys.contains(entry.key) {
            reader.report(
                .conflictingKeys, at: entry.keyStart,
                "'\(entry.key)' has no meaning in a step with '\(action.key)'", hint: hint(for: entry.key))
        }
    }
}

extension StepAction {
    /// Whether no step with this action has an effect of its own, whatever it declares.
    fileprivate var isWithoutEffect: Bool {
        switch self {
        case .assert, .wait, .approve, .parallel: true
        case .run, .argv, .sql, .ansible, .http, .manual, .call, .notify: false
        }
    }
}

extension DocumentReader {
    /// Prefix of the environment variables that belong to the executor.
    static let reservedPrefix = "RB_"

    /// Refuses variables of the executor.
    mutating func checkReserved(_ name: EnvironmentName, at place: YAMLPosition) {
        guard name.text.hasPrefix(Self.reservedPrefix) else { return }
        report(
            .badName, at: place,
            "'\(name)' is reserved: names that begin with \(Self.reservedPrefix) belong to the executor",
            hint: "would another prefix do?")
    }

    /// Refuses variables of the executor, and variables that a secret has.
    mutating func checkEnvironment(_ entries: [NamedItem<EnvironmentName, Template>]) {
        for entry in entries {
            checkReserved(entry.name, at: entry.place)
            if let secret = names.secrets.first(where: { $0.value == entry.name })?.key {
                report(
                    .duplicateName, at: entry.place,
                    "'\(entry.name)' is already the variable of the secret '\(secret)'",
                    hint: "would another name do? a secret must not be replaced")
            }
        }
    }
}
