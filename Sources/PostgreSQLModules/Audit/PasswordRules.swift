import SQLClient

/// Rules about passwords; verifiers themselves are never read.
enum PasswordRules {
    static let all = [md5Verifier, passwordEncryption]

    static let settings = ["password_encryption"]

    static let md5Verifier = AuditRule(
        id: "PG-PWD-01", severity: .high, title: "Password stored as MD5",
        reason:
            "An MD5 verifier is enough to log in, and is quickly guessed; it is deprecated since version 18.",
        scope: .cluster, needs: "SELECT on the columns oid and rolpassword of pg_authid, or superuser",
        cis: "5.12",
        risk: "The role needs a new password, and clients a library that knows SCRAM (libpq 10 or later).",
        evaluate: { facts, _ in
            guard facts.server.canReadPasswords else {
                return .notEvaluated(
                    "\(facts.server.login) may not read pg_authid: a superuser, or SELECT (oid, rolpassword) on "
                        + "pg_authid, is needed")
            }
            let defects = facts.roles.filter { $0.password == .md5 }.map { role in
                AuditDefect(
                    object: .role(role.name), evidence: "\(role.name) has an MD5 verifier",
                    remediation: ["ALTER ROLE \(identifier: role.name) PASSWORD '<SCRAM verifier>'"])
            }
            return AuditOutcome(defects: defects, examined: "\(facts.roles.count) roles")
        })

    static let passwordEncryption = AuditRule(
        id: "PG-PWD-03", severity: .high, title: "New passwords are not stored as SCRAM",
        reason: "password_encryption decides how a password that comes in clear text is stored.",
        scope: .cluster, cis: "5.12",
        risk:
            "Clients with a library from before SCRAM (libpq 9) cannot log in with passwords set afterwards.",
        evaluate: { facts, _ in
            SettingRules.wanted("password_encryption", "scram-sha-256", facts)
        })
}
