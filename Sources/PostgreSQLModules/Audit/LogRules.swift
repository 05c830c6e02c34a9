/// Rules about what the server writes down.
enum LogRules {
    static let all = [connections]

    static let settings = ["log_connections", "log_disconnections"]

    static let connections = AuditRule(
        id: "PG-LOG-01", severity: .medium, title: "Connections or disconnections are not logged",
        reason: "Without both nobody can tell afterwards who was connected when.",
        scope: .cluster, cis: "3.1.20-21",
        risk: "The log grows by two or more lines per session; many short sessions make many lines.",
        evaluate: { facts, _ in
            let connections = SettingRules.outcome("log_connections", facts) { value in
                guard !logsLogins(value, asList: facts.server.versions.logConnectionsIsList) else {
                    return nil
                }
                let shown = value.isEmpty ? "''" : value
                return AuditDefect(
                    object: .setting("log_connections"), evidence: "log_connections = \(shown)",
                    remediation: SettingRules.alterSystem("log_connections", "on"))
            }
            let disconnections = SettingRules.wanted("log_disconnections", "on", facts)
            return AuditOutcome(
                defects: connections.defects + disconnections.defects,
                gaps: connections.gaps + disconnections.gaps,
                examined: "\(connections.examined), \(disconnections.examined)")
        })

    /// Whether the log tells role and database of each login.
    ///
    /// Source: PostgreSQL 18 manual, `log_connections`: a list of aspects, `all`, or the former Boolean, which
    /// stands for receipt, authentication and authorization.
    private static func logsLogins(_ value: String, asList: Bool) -> Bool {
        let words = value.lowercased().split { $0 == "," || $0 == " " }.map(String.init)
        guard asList else { return words == ["on"] }
        return !Set(words).isDisjoint(with: ["authorization", "all", "on", "true", "yes", "1"])
    }
}
