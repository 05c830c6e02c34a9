/// Rules about the audit's own exceptions.
enum WaiverRules {
    static let all = [expired]

    static let expired = AuditRule(
        id: "PG-AUD-01", severity: .medium, title: "Waiver has expired",
        reason:
            "An exception is granted for a time. Afterwards its findings count again, and somebody decides anew.",
        scope: .cluster, risk: "None: take the waiver out, or have it renewed by who answers for it.",
        evaluate: { facts, policy in
            let defects = policy.waivers.filter { $0.isExpired(on: facts.server.day) }.map { waiver in
                AuditDefect(
                    object: AuditObject(kind: .waiver, name: waiver.key.text),
                    evidence: "expired on \(waiver.expiresOn), author \(waiver.author): \(waiver.reason)",
                    discriminator: [waiver.author, waiver.reason, waiver.expiresOn])
            }
            return AuditOutcome(defects: defects, examined: "\(policy.waivers.count) waivers")
        })
}
