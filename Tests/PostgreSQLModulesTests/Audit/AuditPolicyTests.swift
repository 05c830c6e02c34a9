import ModuleKit
import Testing

@testable import PostgreSQLModules

private let waiver: [String: JSONValue] = [
    "key": "PG-ROL-01-*", "reason": "migration", "author": "RSSI", "expires_on": "2026-11-23",
]

@Suite struct AuditPolicyTests {
    @Test func `declared roles and waivers are read`() throws {
        let policy = try AuditPolicy(
            declared: ["superusers": ["dba_*"], "bypassrls": "svc_dump"], waivers: [waiver])
        #expect(policy.declares("dba_1", .superusers))
        #expect(!policy.declares("dba_1", .bypassrls))
        #expect(policy.declares("svc_dump", .bypassrls))
        #expect(policy.waivers.map(\.author) == ["RSSI"])
    }

    @Test func `every problem is told at once`() {
        var noDate = waiver
        noDate["expires_on"] = .null
        var misspelt = waiver
        misspelt["autor"] = "x"
        do {
            _ = try AuditPolicy(
                declared: ["superuser": ["x"], "owners": [1]], waivers: [noDate, waiver, misspelt])
            Issue.record("the policy was accepted")
        } catch {
            let expected = [
                "declared: owners must be a list of role names",
                "declared: unknown key superuser (known: bypassrls, owners, replication, server_files, superusers)",
                "waivers: entry 1: expires_on is missing or no text", "waivers: entry 3: unknown key autor",
            ]
            guard case .impossible(let text, _) = error else {
                Issue.record("\(error)")
                return
            }
            #expect(text == expected.joined(separator: "; "))
        }
    }

    @Test(arguments: ["2026-02-30", "2026-13-01", "2027-6-30", "tomorrow", "2026-00-10", "2025-02-29"])
    func `a day that does not exist is refused`(day: String) {
        var members = waiver
        members["expires_on"] = .string(day)
        #expect(AuditWaiver.parsed(members).waiver == nil)
    }

    @Test(arguments: ["2024-02-29", "2026-12-31"]) func `a day that exists is accepted`(day: String) {
        var members = waiver
        members["expires_on"] = .string(day)
        #expect(AuditWaiver.parsed(members).waiver?.expiresOn == day)
    }

    @Test func `a waiver holds through its last day`() {
        let waiver = AuditWaiver.parsed(waiver).waiver
        #expect(waiver?.isExpired(on: "2026-11-23") == false)
        #expect(waiver?.isExpired(on: "2026-11-24") == true)
    }
}

@Suite struct NamePatternTests {
    @Test(
        arguments: [
            ("*", ""), ("*", "x"), ("PG-*-01", "PG-ROL-01"), ("a?c", "abc"), ("a*b*c", "aXbXbc"), ("", ""),
            ("*é", "clé"),
        ])
    func `a pattern fits`(pattern: String, name: String) {
        #expect(NamePattern(pattern).matches(name))
    }

    @Test(arguments: [
        ("?", ""), ("a", "A"), ("PG-*-01", "PG-ROL-012"), ("a*b", "ac"), ("", "x"), ("a", "ab"),
    ])
    func `a pattern does not fit`(pattern: String, name: String) {
        #expect(!NamePattern(pattern).matches(name))
    }
}
