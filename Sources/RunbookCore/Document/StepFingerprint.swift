extension Step {
    /// Everything that decides what the step does, as one text: two steps with the same one do the same. Titles, and how long
    /// things may take, are not part of it.
    public var canonicalText: String {
        var text = CanonicalText()
        text.add("action", raw: action.canonicalText)
        text.add("effect", effect.rawValue)
        text.add("check", raw: check?.canonicalText)
        text.add("check_first", checkFirst)
        text.add("verify", verify.map(\.root.canonicalText))
        text.add("reset", raw: reset?.canonicalText)
        text.add("undo", raw: undo?.canonicalText)
        text.add("in_doubt", inDoubt?.rawValue)
        text.add("when", raw: when?.root.canonicalText)
        text.add("for_each", raw: forEach?.canonicalText)
        text.add("outputs", outputs.map { "\($0.name):\($0.kind.rawValue)" })
        text.add("env", environment.map { "\($0.name)=\($0.value.canonicalText)" })
        return text.text
    }
}

extension StepAction {
    fileprivate var canonicalText: String {
        var text = CanonicalText()
        switch self {
        case .run(let script): text.add("run", script)
        case .argv(let words): text.add("argv", words.map(\.canonicalText))
        case .sql(let sql): sql.add(to: &text)
        case .ansible(let ansible): ansible.add(to: &text)
        case .http(let http): http.add(to: &text)
        case .manual(let manual): manual.add(to: &text)
        case .approve(let approve): approve.add(to: &text)
        case .wait(let wait): wait.add(to: &text)
        case .assert(let assertions):
            text.add("assert", assertions.map { $0.condition.root.canonicalText })
        case .call(let call):
            text.add("call", call.path)
            text.add(
                "with", call.arguments.map { "\(CanonicalText.quoted($0.name)):\($0.value.canonicalText)" })
        case .parallel(let children):
            for child in children { text.add("child \(child.id)", child.canonicalText) }
        case .notify(let notify):
            text.add("mail", notify.recipients.map(\.canonicalText))
            text.add("webhook", notify.webhook)
        }
        return "{\(text.text)}"
    }
}

extension SQLAction {
    fileprivate func add(to text: inout CanonicalText) {
        switch body {
        case .query(let query): text.add("query", query)
        case .transaction(let transaction): text.add("transaction", transaction)
        case .file(let path): text.add("file", path)
        }
        text.add("before", before)
        text.add("db", database)
        text.add("host", host)
        text.add("port", port)
        text.add("user", user)
        text.add("args", arguments.map(\.canonicalText))
    }
}

extension AnsibleAction {
    fileprivate func add(to text: inout CanonicalText) {
        text.add("playbook", playbook)
        text.add("inventory", inventory)
        text.add("limit", limit)
        text.add("tags", tags.map(\.canonicalText))
        text.add("check", check)
        text.add(
            "extra_vars", extraVariables.map { "\(CanonicalText.quoted($0.name)):\($0.value.canonicalText)" })
    }
}

extension HTTPAction {
    fileprivate func add(to text: inout CanonicalText) {
        text.add("method", method.rawValue)
        text.add("url", url)
        text.add("headers", headers.map { "\(CanonicalText.quoted($0.name)):\($0.value.canonicalText)" })
        text.add("body", body)
        text.add("expect", expected.map(String.init))
        text.add("bearer", bearer?.text)
        text.add("ca_cert", authorities)
    }
}

extension ManualAction {
    fileprivate func add(to text: inout CanonicalText) {
        text.add("instructions", instructions)
        text.add("evidence", evidence.map { "\($0.id):\($0.kind.rawValue):\($0.isRequired)" })
        text.add("choices", choices.map { CanonicalText.quoted($0) })
        text.add("by", role?.text)
    }
}

extension ApproveAction {
    fileprivate func add(to text: inout CanonicalText) {
        text.add("by", role.text)
        text.add("count", String(count))
        text.add("not", excluded.map(\.rawValue).sorted())
        text.add("show", shown.map(\.canonicalText))
    }
}

extension WaitAction {
    fileprivate func add(to text: inout CanonicalText) {
        switch condition {
        case .http(let http): http.add(to: &text)
        case .sql(let sql): sql.add(to: &text)
        case .run(let script): text.add("run", script)
        case .argv(let words): text.add("argv", words.map(\.canonicalText))
        case .until(let moment): text.add("until", raw: moment.root.canonicalText)
        case .pause: text.add("pause", limit)
        }
    }
}
