import SQLClient

/// One rule of the catalogue: what people read about it, and a pure function over the facts.
struct AuditRule: Sendable {
    /// Where a rule looks, which is also what its pass is about.
    enum Scope: String, Sendable {
        case cluster, database
    }

    let id: String
    let severity: AuditSeverity
    /// What is wrong when the rule fails.
    let title: String
    /// Why it matters, for the reference page.
    let reason: String
    let scope: Scope
    /// What the login role must be able to read; `nil` when every role can.
    var needs: String?
    /// Number in the CIS PostgreSQL 17 Benchmark.
    var cis: String?
    /// What may break when the remedy is applied.
    let risk: String
    let evaluate: @Sendable (AuditFacts, AuditPolicy) -> AuditOutcome
}

/// What a rule found.
struct AuditOutcome: Sendable, Equatable {
    var defects: [AuditDefect] = []
    /// Parts that could not be looked at.
    var gaps: [Gap] = []
    /// What was looked at, for the evidence of a pass.
    let examined: String

    struct Gap: Sendable, Equatable {
        /// `nil` means the whole scope of the rule.
        var object: AuditObject?
        let reason: String
    }

    /// Nothing could be looked at.
    static func notEvaluated(_ reason: String) -> AuditOutcome {
        AuditOutcome(gaps: [Gap(reason: reason)], examined: "")
    }
}

/// One defect of one object.
struct AuditDefect: Sendable, Equatable {
    let object: AuditObject
    /// Where it differs from the rule's.
    var severity: AuditSeverity?
    let evidence: String
    var path: [String] = []
    var remediation: [SQLStatement] = []
    /// What tells two defects of one rule on one object apart; part of the key.
    var discriminator: [String] = []
}
