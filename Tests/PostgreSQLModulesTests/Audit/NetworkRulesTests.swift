import Testing

@testable import PostgreSQLModules

@Suite struct NetworkRulesTests {
    private func line(
        _ number: Int64, _ type: String, _ method: String, address: String? = nil, isBroken: Bool = false
    ) -> AuditFacts.HostRule {
        AuditFacts.HostRule(
            file: "pg_hba.conf", line: number, type: type, databases: ["all"], users: ["all"],
            address: address, netmask: address == nil ? nil : "255.255.255.255", method: method,
            isBroken: isBroken)
    }

    @Test func `trust is critical on TCP and high on the socket`() {
        let facts = RecordedFacts(
            hostRules: .lines([
                line(1, "local", "trust"), line(2, "host", "trust", address: "127.0.0.1"),
                line(3, "host", "scram-sha-256", address: "127.0.0.1"),
            ]))
        let defects = facts.outcome(NetworkRules.trust).defects
        #expect(defects.map(\.severity) == [.high, nil])
        #expect(
            defects.map(\.object.name) == [
                "local all all trust", "host all all 127.0.0.1 255.255.255.255 trust",
            ])
        #expect(NetworkRules.trust.severity == .critical)
    }

    @Test func `the same line twice is one defect, a broken line is none`() {
        let facts = RecordedFacts(
            hostRules: .lines([
                line(1, "local", "trust"), line(9, "local", "trust"),
                line(4, "hostssl", "trust", isBroken: true),
            ]))
        #expect(facts.outcome(NetworkRules.trust).defects.count == 1)
    }

    @Test func `without the view nothing is said`() {
        let outcome = RecordedFacts(hostRules: .notReadable(reason: "a_monitor may not")).outcome(
            NetworkRules.trust)
        #expect(outcome.defects == [])
        #expect(outcome.gaps.map(\.reason) == ["a_monitor may not"])
    }

    @Test func `other methods pass`() {
        let facts = RecordedFacts(hostRules: .lines([line(1, "local", "peer")]))
        #expect(facts.outcome(NetworkRules.trust).defects == [])
    }
}
