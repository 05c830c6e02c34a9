import Digests
import ModuleKit

/// The findings of one audit, and what follows from them.
struct AuditReport {
    /// Findings of one rule that a reply holds at most; the summary counts all.
    static let findingsPerRuleMax = 1000

    let server: AuditFacts.Server
    /// Failures first, the worst of them first.
    let findings: [AuditFinding]
    /// Rules of which every part could be looked at.
    let rulesEvaluated: [String]

    /// Applies the rules to the facts.
    init(facts: AuditFacts, policy: AuditPolicy, rules: [AuditRule]) throws(CryptoFailure) {
        server = facts.server
        var findings: [AuditFinding] = []
        var evaluated: [String] = []
        for rule in rules {
            let outcome = rule.evaluate(facts, policy)
            findings += try Self.findings(of: rule, outcome, facts.server, policy)
            if outcome.gaps.isEmpty { evaluated.append(rule.id) }
        }
        self.findings = findings.sorted { Self.order($0) < Self.order($1) }
        rulesEvaluated = evaluated
    }

    private static func order(_ finding: AuditFinding) -> (Int, Int, String, String, String) {
        let severity = AuditSeverity.allCases.firstIndex(of: finding.severity) ?? 0
        let object = finding.object
        return (
            finding.status.rank, severity, finding.rule,
            [object.database, object.schema, object.name].map { $0 ?? "" }.joined(separator: "\u{1F}"),
            finding.key
        )
    }

    private static func findings(
        of rule: AuditRule, _ outcome: AuditOutcome, _ server: AuditFacts.Server, _ policy: AuditPolicy
    ) throws(CryptoFailure) -> [AuditFinding] {
        let scope = AuditObject(
            kind: rule.scope == .cluster ? .cluster : .database,
            database: rule.scope == .cluster ? nil : server.database)
        var findings: [AuditFinding] = []
        for defect in outcome.defects {
            var finding = try finding(rule, defect, .fail)
            let waiver = policy.waivers.first {
                !$0.isExpired(on: server.day) && $0.key.matches(finding.key)
            }
            if let waiver, !isAboutWaivers(rule) { finding.status = .waived(waiver) }
            findings.append(finding)
        }
        for gap in outcome.gaps {
            let object = AuditDefect(object: gap.object ?? scope, evidence: "")
            findings.append(try finding(rule, object, .notEvaluated(reason: gap.reason)))
        }
        if findings.isEmpty {
            findings.append(
                try finding(rule, AuditDefect(object: scope, evidence: outcome.examined), .pass))
        }
        return findings
    }

    /// A waiver must not hide that a waiver expired.
    private static func isAboutWaivers(_ rule: AuditRule) -> Bool {
        WaiverRules.all.contains { $0.id == rule.id }
    }

    private static func finding(
        _ rule: AuditRule, _ defect: AuditDefect, _ status: AuditFinding.Status
    ) throws(CryptoFailure) -> AuditFinding {
        AuditFinding(
            rule: rule.id, severity: defect.severity ?? rule.severity, title: rule.title, status: status,
            object: defect.object, evidence: defect.evidence, path: defect.path,
            remediation: defect.remediation.map { $0.shown(for: .postgreSQL) }, risk: rule.risk,
            cis: rule.cis,
            key: try AuditKey.key(
                rule: rule.id, object: defect.object, discriminator: defect.discriminator))
    }

    // MARK: What follows

    /// Failing findings that are at least this bad.
    func failures(atLeast severity: AuditSeverity) -> [AuditFinding] {
        findings.filter { $0.status == .fail && $0.severity >= severity }
    }

    var facts: [String: JSONValue] {
        [
            "findings": .array(shownFindings.map(\.json)), "summary": summary,
            "rules_evaluated": .strings(rulesEvaluated), "server": serverDocument,
        ]
    }

    /// Lines that a person must not overlook in a long reply.
    var warnings: [String] {
        let skipped = Set(
            findings.compactMap { finding -> String? in
                if case .notEvaluated = finding.status { finding.rule } else { nil }
            })
        var lines: [String] = []
        if !skipped.isEmpty {
            lines.append(
                "not evaluated, or only in part (the findings tell why): "
                    + skipped.sorted().joined(separator: ", "))
        }
        let left = findings.count - shownFindings.count
        if left > 0 {
            lines.append(
                "\(left) findings are left out, \(Self.findingsPerRuleMax) of each rule are shown; the summary counts all"
            )
        }
        return lines
    }

    private var shownFindings: [AuditFinding] {
        var counts: [String: Int] = [:]
        return findings.filter { finding in
            counts[finding.rule, default: 0] += 1
            return counts[finding.rule, default: 0] <= Self.findingsPerRuleMax
        }
    }

    private var summary: JSONValue {
        func count(_ isMeant: (AuditFinding) -> Bool) -> JSONValue {
            .int(Int64(findings.count { isMeant($0) }))
        }
        let byStatus = AuditFinding.Status.names.map { name in
            (name, count { $0.status.name == name })
        }
        let bySeverity = AuditSeverity.allCases.map { severity in
            (severity.rawValue, count { $0.status == .fail && $0.severity == severity })
        }
        return [
            "status": .object(Dictionary(byStatus, uniquingKeysWith: { first, _ in first })),
            "failures": .object(Dictionary(bySeverity, uniquingKeysWith: { first, _ in first })),
        ]
    }

    private var serverDocument: JSONValue {
        [
            "version": .string(server.versionText), "version_num": .int(Int64(server.versions.server)),
            "database": .string(server.database), "login": .string(server.login),
            "login_is_superuser": .bool(server.loginIsSuperuser),
            "is_in_recovery": .bool(server.isInRecovery), "day": .string(server.day),
        ]
    }
}
