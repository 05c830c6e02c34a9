/// Rules about who may connect from where, as `pg_hba.conf` has it.
enum NetworkRules {
    static let all = [trust]

    static let trust = AuditRule(
        id: "PG-NET-01", severity: .critical, title: "Connections without any authentication (trust)",
        reason:
            "Whoever can open the connection is whoever they say they are. Critical on TCP, high on the local "
            + "socket. The file is judged as it is now, which may not be loaded yet.",
        scope: .cluster,
        needs:
            "SELECT on the view pg_hba_file_rules and EXECUTE on the function pg_hba_file_rules(), or superuser",
        cis: "5.3, 5.4",
        risk: "Clients that gave no password need one, or a certificate, first.",
        evaluate: { facts, _ in
            switch facts.hostRules {
            case .notReadable(let reason):
                return .notEvaluated(reason)
            case .lines(let lines):
                // The same line twice is one defect: the second one is never reached.
                var seen: Set<AuditObject> = []
                let defects = lines.filter { $0.method == "trust" && !$0.isBroken }.map(defect)
                    .filter { seen.insert($0.object).inserted }
                return AuditOutcome(defects: defects, examined: "\(lines.count) lines of pg_hba.conf")
            }
        })

    private static func defect(_ line: AuditFacts.HostRule) -> AuditDefect {
        let isLocal = line.type == "local"
        let better = isLocal ? "peer or scram-sha-256" : "scram-sha-256 or cert"
        return AuditDefect(
            object: AuditObject(kind: .hostRule, name: line.text), severity: isLocal ? .high : nil,
            evidence: "\(line.file), line \(line.line): \(line.text)",
            remediation: [
                "-- in the line of the evidence: replace trust by \(userText: better)",
                "SELECT pg_reload_conf()",
            ])
    }
}

extension AuditFacts.HostRule {
    /// The line with single spaces, without its options.
    var text: String {
        let lists = [databases.joined(separator: ","), users.joined(separator: ",")]
        return ([type] + lists + [address, netmask, method].compactMap { $0 }).joined(separator: " ")
    }
}
