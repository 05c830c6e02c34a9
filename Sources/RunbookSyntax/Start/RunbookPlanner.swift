import RunbookCore

/// Shows what a run would do, before it does anything.
public enum RunbookPlanner {
    /// The steps in order, with the values that are known before the run.
    public static func items(
        of document: RunbookDocument, parameters: [ValueName: RunbookValue]
    ) -> [PlanItem] {
        let scope = scope(of: document, parameters: parameters)
        return document.steps.enumerated().map { index, step in item(number: index + 1, step, in: scope) }
    }

    /// The steps behind the end, numbered on.
    public static func finalItems(
        of document: RunbookDocument, parameters: [ValueName: RunbookValue]
    ) -> [PlanItem] {
        let scope = scope(of: document, parameters: parameters)
        return document.final.enumerated().map { index, step in
            item(number: document.steps.count + index + 1, step, in: scope)
        }
    }

    /// What is known before the run; a variable that depends on the run keeps its expressions as text.
    public static func scope(of document: RunbookDocument, parameters: [ValueName: RunbookValue]) -> Scope {
        var scope = Scope(parameters: parameters)
        for variable in document.variables {
            do throws(EvaluationFailure) {
                let value = try variable.value.evaluate(in: scope)
                scope.variables[variable.name] =
                    value == .null ? .string(variable.value.preview(in: scope)) : value
            } catch {
                // Not known before the run: shown as it was written.
                scope.variables[variable.name] = .string(variable.value.preview(in: scope))
            }
        }
        return scope
    }

    private static func item(number: Int, _ step: Step, in scope: Scope) -> PlanItem {
        PlanItem(
            number: number, id: step.id, title: step.title, kind: step.action.key,
            action: step.action.summary(in: scope), effect: step.effect, doubt: step.doubtPolicy,
            retry: step.retry, timeout: step.timeout, onError: step.onError, when: step.when?.text,
            isSkipped: step.when.flatMap { isSkipped($0, in: scope) }, verify: step.verify.map(\.text),
            check: step.check?.summary(in: scope), reset: step.reset?.summary(in: scope),
            undo: step.undo?.summary(in: scope),
            members: step.children.enumerated().map { index, child in
                item(number: index + 1, child, in: scope)
            })
    }

    private static func isSkipped(_ condition: Expression, in scope: Scope) -> Bool? {
        let readsOnlyParameters = condition.references.allSatisfy {
            if case .parameter = $0 { true } else { false }
        }
        guard readsOnlyParameters else { return nil }
        do throws(EvaluationFailure) { return !(try condition.holds(in: scope)) } catch {
            return nil  // an absent parameter: the run will say so
        }
    }
}

extension StepAction {
    /// The key of the action in documents.
    public var key: String {
        switch self {
        case .run: "run"
        case .argv: "argv"
        case .sql: "sql"
        case .ansible: "ansible"
        case .manual: "manual"
        case .http: "http"
        case .approve: "approve"
        case .wait: "wait"
        case .assert: "assert"
        case .call: "call"
        case .parallel: "parallel"
        case .notify: "notify"
        }
    }

    /// What is executed, with the values that are known.
    public func summary(in scope: Scope) -> String {
        switch self {
        case .run(let script): Self.trimmed(script)
        case .argv(let words): words.map { Self.shellWord($0.preview(in: scope)) }.joined(separator: " ")
        case .sql(let sql): sql.summary(in: scope)
        case .ansible(let ansible): ansible.summary(in: scope)
        case .manual(let manual): Self.trimmed(manual.instructions.preview(in: scope))
        case .http(let http): http.summary(in: scope)
        case .approve(let approve): approve.summary(in: scope)
        case .wait(let wait): wait.summary(in: scope)
        case .assert(let assertions): assertions.map(\.condition.text).joined(separator: "\n")
        case .call(let call): call.summary(in: scope)
        case .parallel(let children): children.map(\.id.text).joined(separator: ", ")
        case .notify(let notify): notify.summary(in: scope)
        }
    }

    static func trimmed(_ text: String) -> String {
        var scalars = Substring(text)
        while let last = scalars.last, last.isWhitespace { scalars.removeLast() }
        return String(scalars)
    }

    /// A word in quotes where a shell would need them, for reading only.
    static func shellWord(_ word: String) -> String {
        let plain = "-_./:=@%+,".utf8
        let isPlain =
            !word.isEmpty
            && word.utf8.allSatisfy {
                (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0)
                    || plain.contains($0)
            }
        if isPlain { return word }
        return "'" + word.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''")
            + "'"
    }
}

extension SQLAction {
    fileprivate func summary(in scope: Scope) -> String {
        var lines: [String] = []
        let target = [
            database.map { "database \($0.preview(in: scope))" },
            host.map { "host \($0.preview(in: scope))" },
            port.map { "port \($0.preview(in: scope))" }, user.map { "role \($0.preview(in: scope))" },
        ].compactMap { $0 }
        if !target.isEmpty { lines.append("-- " + target.joined(separator: ", ")) }
        if let before { lines.append(StepAction.trimmed(before.preview(in: scope))) }
        switch body {
        case .query(let text): lines.append(StepAction.trimmed(text.preview(in: scope)))
        case .transaction(let text):
            lines += ["BEGIN;", StepAction.trimmed(text.preview(in: scope)), "COMMIT;"]
        case .file(let path): lines += ["BEGIN;", "-- file \(path)", "COMMIT;"]
        }
        for (index, argument) in arguments.enumerated() {
            lines.append("-- $\(index + 1) = \(argument.preview(in: scope))")
        }
        return lines.joined(separator: "\n")
    }
}

extension AnsibleAction {
    fileprivate func summary(in scope: Scope) -> String {
        var words = ["ansible-playbook"]
        if let inventory { words += ["-i", inventory.preview(in: scope)] }
        if let limit { words += ["--limit", limit.preview(in: scope)] }
        if !tags.isEmpty { words += ["--tags", tags.map { $0.preview(in: scope) }.joined(separator: ",")] }
        if check { words.append("--check") }
        for variable in extraVariables {
            words += ["-e", "\(variable.name)=\(variable.value.preview(in: scope))"]
        }
        words.append(playbook.preview(in: scope))
        return words.map(StepAction.shellWord).joined(separator: " ")
    }
}

extension ValueTemplate {
    func preview(in scope: Scope) -> String {
        switch self {
        case .literal(let value): value.shown
        case .template(let template): template.shown(in: scope)
        case .list(let items): "[" + items.map { $0.preview(in: scope) }.joined(separator: ", ") + "]"
        case .map(let fields):
            "{" + fields.map { "\($0.name): \($0.value.preview(in: scope))" }.joined(separator: ", ") + "}"
        }
    }
}

extension Template {
    /// The value for reading; an expression without a value yet stays as it was written.
    fileprivate func shown(in scope: Scope) -> String {
        do throws(EvaluationFailure) {
            let value = try evaluate(in: scope)
            return value == .null ? preview(in: scope) : value.shown
        } catch {
            return preview(in: scope)  // not known before the run
        }
    }
}

extension RunbookValue {
    /// The value for reading: lists and maps too.
    fileprivate var shown: String {
        switch self {
        case .list(let items): "[" + items.map(\.shown).joined(separator: ", ") + "]"
        case .map(let fields):
            "{"
                + fields.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value.shown)" }.joined(
                    separator: ", ") + "}"
        case .null: "null"
        case .string, .int, .bool, .duration, .time: text ?? ""
        }
    }
}
