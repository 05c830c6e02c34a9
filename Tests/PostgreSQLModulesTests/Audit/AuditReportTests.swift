import ModuleKit
import Testing

@testable import PostgreSQLModules

@Suite struct AuditReportTests {
    private let recorded = RecordedFacts(roles: [RecordedFacts.superuser])

    private func report(_ rules: [AuditRule], _ policy: AuditPolicy = AuditPolicy()) throws -> AuditReport {
        try AuditReport(facts: recorded.facts, policy: policy, rules: rules)
    }

    private func waiver(until day: String, key: String = "PG-ROL-01-*") -> AuditPolicy {
        AuditPolicy(waivers: [
            AuditWaiver(key: NamePattern(key), reason: "migration", author: "RSSI", expiresOn: day)
        ])
    }

    @Test func `keys are stable: rule and object decide, evidence and server do not`() throws {
        let finding = try #require(try report([RoleRules.superuserLogin]).findings.first)
        #expect(finding.key == "PG-ROL-01-4599cbef0bd9d1e1")
        #expect(try report([RoleRules.superuserLogin]).findings.first?.key == finding.key)
    }

    @Test func `objects whose names run into each other have different keys`() throws {
        func key(_ schema: String, _ name: String) throws -> String {
            try AuditKey.key(
                rule: "R", object: AuditObject(kind: .table, schema: schema, name: name), discriminator: [])
        }
        #expect(try key("a", "b\u{1F}c") != key("a\u{1F}b", "c"))
        #expect(try key("a", "") != key("", "a"))
    }

    @Test func `a waiver that holds takes the finding out of the count and is shown with it`() throws {
        let report = try report([RoleRules.superuserLogin, WaiverRules.expired], waiver(until: "2026-11-23"))
        #expect(report.findings.map(\.status.name) == ["waived", "pass"])
        #expect(report.failures(atLeast: .low).isEmpty)
        #expect(report.findings.first?.json.object?["waiver"]?.object?["author"] == "RSSI")
    }

    @Test func `an expired waiver counts again and is a finding itself`() throws {
        let report = try report([RoleRules.superuserLogin, WaiverRules.expired], waiver(until: "2026-11-22"))
        #expect(report.findings.map(\.rule) == ["PG-ROL-01", "PG-AUD-01"])
        #expect(report.findings.map(\.status) == [.fail, .fail])
        #expect(report.failures(atLeast: .critical).map(\.rule) == ["PG-ROL-01"])
    }

    @Test func `an expired waiver cannot be waived`() throws {
        var policy = waiver(until: "2026-11-22")
        policy.waivers += waiver(until: "2030-01-01", key: "*").waivers
        let report = try report([WaiverRules.expired], policy)
        #expect(report.findings.map(\.status) == [.fail])
    }

    @Test func `a rule that could not look is neither passed nor counted as evaluated`() throws {
        let facts = RecordedFacts(login: "a_monitor", canReadPasswords: false).facts
        let report = try AuditReport(
            facts: facts, policy: AuditPolicy(), rules: [PasswordRules.md5Verifier, SettingRules.checksums])
        #expect(report.findings.map(\.status.name) == ["not_evaluated", "pass"])
        #expect(report.rulesEvaluated == ["PG-CFG-01"])
        #expect(report.failures(atLeast: .info).isEmpty)
        #expect(
            report.warnings == [
                "not evaluated, or only in part (the findings tell why): PG-PWD-01"
            ])
        #expect(report.findings.first?.json.object?["reason"]?.string?.contains("pg_authid") == true)
    }

    @Test func `a threshold takes what is worse, too`() throws {
        let report = try report([RoleRules.superuserLogin, RoleRules.noContact])
        #expect(report.failures(atLeast: .high).count == 1)
        #expect(AuditSeverity.critical > .high)
        #expect(AuditSeverity.low > .info)
    }

    @Test func `a reply is bounded, the summary counts all`() throws {
        let roles = (0..<1200).map { AuditFacts.Role(id: 20000 + Int64($0), name: "u\($0)", canLogin: true) }
        let report = try AuditReport(
            facts: RecordedFacts(roles: roles).facts, policy: AuditPolicy(), rules: [RoleRules.noContact])
        #expect(report.facts["findings"]?.array?.count == AuditReport.findingsPerRuleMax)
        #expect(report.facts["summary"]?.object?["failures"]?.object?["low"] == 1200)
        #expect(report.warnings.first?.hasPrefix("200 findings are left out") == true)
    }

    @Test func `every finding has the same keys`() throws {
        let keys: Set = [
            "rule", "severity", "title", "status", "object", "evidence", "path", "remediation_sql",
            "risk_of_remediation", "cis", "key", "reason", "waiver",
        ]
        for finding in try report(AuditCatalogue.rules).findings {
            #expect(Set(finding.json.object?.keys.map { $0 } ?? []) == keys)
        }
    }
}
