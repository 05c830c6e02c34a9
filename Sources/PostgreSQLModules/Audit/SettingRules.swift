import SQLClient

/// Rules about parameters on which the safety of the data stands.
enum SettingRules {
    static let all = [checksums, durability]

    static let settings = ["data_checksums"] + durabilityValues.map(\.name)

    static let checksums = AuditRule(
        id: "PG-CFG-01", severity: .high, title: "Data checksums are off",
        reason: "Without checksums a damaged page is found late, and is copied into every backup until then.",
        scope: .cluster, cis: "1.4.3",
        risk: "The server must be stopped while pg_checksums rewrites every block; standbys need the same.",
        evaluate: { facts, _ in
            outcome("data_checksums", facts) { value in
                guard value != "on" else { return nil }
                return AuditDefect(
                    object: .setting("data_checksums"), evidence: "data_checksums = \(value)",
                    remediation: [
                        "-- stop the server, then: pg_checksums --enable --progress -D <data folder>"
                    ])
            }
        })

    /// The values with which a crash loses nothing and damage is not overlooked.
    private static let durabilityValues: [(name: String, value: String)] = [
        ("fsync", "on"), ("full_page_writes", "on"), ("zero_damaged_pages", "off"),
        ("ignore_system_indexes", "off"), ("allow_system_table_mods", "off"),
    ]

    static let durability = AuditRule(
        id: "PG-CFG-02", severity: .critical, title: "A parameter puts the data at risk",
        reason:
            "fsync and full_page_writes keep the cluster whole after a crash; the others hide damage or let "
            + "the catalog be changed by hand.",
        scope: .cluster, cis: "6.x",
        risk:
            "Writing becomes slower with fsync and full_page_writes; that is the price of a crash without loss.",
        evaluate: { facts, _ in
            let parts = durabilityValues.map { wanted($0.name, $0.value, facts) }
            return AuditOutcome(
                defects: parts.flatMap(\.defects), gaps: parts.flatMap(\.gaps),
                examined: parts.map(\.examined).joined(separator: ", "))
        })

    /// The outcome for a parameter that must have one value.
    static func wanted(_ name: String, _ value: String, _ facts: AuditFacts) -> AuditOutcome {
        outcome(name, facts) { found in
            guard found != value else { return nil }
            return AuditDefect(
                object: .setting(name), evidence: "\(name) = \(found)",
                remediation: alterSystem(name, value))
        }
    }

    /// The outcome for a parameter, when the server's value can be told.
    static func outcome(
        _ name: String, _ facts: AuditFacts, _ defect: (String) -> AuditDefect?
    ) -> AuditOutcome {
        switch facts.serverValue(of: name) {
        case .known(let value):
            return AuditOutcome(
                defects: defect(value).map { [$0] } ?? [], examined: "\(name) = \(value)")
        case .unknown(let reason):
            let gap = AuditOutcome.Gap(object: .setting(name), reason: reason)
            return AuditOutcome(gaps: [gap], examined: "\(name) unknown")
        }
    }

    static func alterSystem(_ name: String, _ value: String) -> [SQLStatement] {
        ["ALTER SYSTEM SET \(identifier: name) = \(literal: value)", "SELECT pg_reload_conf()"]
    }
}
