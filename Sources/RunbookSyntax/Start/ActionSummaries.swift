import RunbookCore

extension HTTPAction {
    func summary(in scope: Scope) -> String {
        var lines = ["\(method.rawValue) \(url.preview(in: scope))"]
        lines += headers.map { "\($0.name): \($0.value.preview(in: scope))" }
        if let body { lines += ["", StepAction.trimmed(body.preview(in: scope))] }
        if !expected.isEmpty {
            lines.append("-- expects \(expected.map(String.init).joined(separator: ", "))")
        }
        return lines.joined(separator: "\n")
    }
}

extension ApproveAction {
    func summary(in scope: Scope) -> String {
        var lines = ["\(count) of \(role)"]
        if !excluded.isEmpty {
            lines[0] += ", not the \(excluded.map(\.rawValue).sorted().joined(separator: ", nor the "))"
        }
        if let expires { lines[0] += ", within \(DurationText.text(of: expires))" }
        return (lines + shown.map { $0.preview(in: scope) }).joined(separator: "\n")
    }
}

extension WaitAction {
    func summary(in scope: Scope) -> String {
        let rhythm =
            "-- every \(DurationText.text(of: interval)), for at most \(DurationText.text(of: limit))"
        switch condition {
        case .http(let http): return http.summary(in: scope) + "\n" + rhythm
        case .sql(let sql): return StepAction.sql(sql).summary(in: scope) + "\n" + rhythm
        case .run(let script): return StepAction.run(script).summary(in: scope) + "\n" + rhythm
        case .argv(let words): return StepAction.argv(words).summary(in: scope) + "\n" + rhythm
        case .until(let moment): return "until \(moment.text)"
        case .pause: return "pause \(DurationText.text(of: limit))"
        }
    }
}

extension CallAction {
    func summary(in scope: Scope) -> String {
        var lines = ["runbook run \(path)"]
        lines[0] += arguments.map { " -p \($0.name)=\($0.value.preview(in: scope))" }.joined()
        if let notBefore { lines.append("-- not before \(DurationText.text(of: notBefore)) have passed") }
        return lines.joined(separator: "\n")
    }
}

extension NotifyAction {
    func summary(in scope: Scope) -> String {
        var lines: [String] = []
        if !recipients.isEmpty {
            lines.append("mail " + recipients.map { $0.preview(in: scope) }.joined(separator: ", "))
        }
        if let webhook { lines.append("POST \(webhook.preview(in: scope))") }
        return lines.joined(separator: "\n")
    }
}
