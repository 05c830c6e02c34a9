import Digests
import ModuleKit

/// How bad a failing rule is, worst first.
enum AuditSeverity: String, CaseIterable, Comparable, Sendable {
    case critical, high, medium, low, info

    private var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }

    /// A worse severity is the greater one.
    static func < (left: AuditSeverity, right: AuditSeverity) -> Bool { left.rank > right.rank }
}

/// What a finding is about; names as they are stored, absent where they make no sense.
struct AuditObject: Hashable, Sendable {
    enum Kind: String, Sendable {
        case cluster, database, schema, table, function, procedure, role, setting, waiver
        case hostRule = "hba_rule"
    }

    let kind: Kind
    var database: String?
    var schema: String?
    var name: String?
    var column: String?

    /// The whole server.
    static let cluster = AuditObject(kind: .cluster)

    /// A role of the server.
    static func role(_ name: String) -> AuditObject { AuditObject(kind: .role, name: name) }

    /// A parameter of the server.
    static func setting(_ name: String) -> AuditObject { AuditObject(kind: .setting, name: name) }

    var json: JSONValue {
        [
            "type": .string(kind.rawValue), "database": .optional(database), "schema": .optional(schema),
            "name": .optional(name), "column": .optional(column),
        ]
    }
}

/// One answer of the audit: a rule, an object, and what was found.
struct AuditFinding: Sendable, Equatable {
    enum Status: Sendable, Equatable {
        case pass
        case fail
        /// The rule could not look, and why: never to be read as a pass.
        case notEvaluated(reason: String)
        case waived(AuditWaiver)

        /// The word in the reply.
        var name: String {
            switch self {
            case .pass: "pass"
            case .fail: "fail"
            case .notEvaluated: "not_evaluated"
            case .waived: "waived"
            }
        }

        /// Failures first, passes last.
        var rank: Int {
            switch self {
            case .fail: 0
            case .notEvaluated: 1
            case .waived: 2
            case .pass: 3
            }
        }

        static let names = ["fail", "not_evaluated", "waived", "pass"]
    }

    let rule: String
    let severity: AuditSeverity
    let title: String
    var status: Status
    let object: AuditObject
    let evidence: String
    /// Names of the roles from the one that acts to the one whose power it gets.
    let path: [String]
    /// Statements for a person to read, adapt and run; the module never does.
    let remediation: [String]
    let risk: String
    let cis: String?
    let key: String

    var json: JSONValue {
        var members: [String: JSONValue] = [
            "rule": .string(rule), "severity": .string(severity.rawValue), "title": .string(title),
            "status": .string(status.name), "object": object.json, "evidence": .string(evidence),
            "path": .strings(path), "remediation_sql": .strings(remediation),
            "risk_of_remediation": .string(risk), "cis": .optional(cis), "key": .string(key),
            "reason": .null, "waiver": .null,
        ]
        switch status {
        case .pass, .fail: break
        case .notEvaluated(let reason): members["reason"] = .string(reason)
        case .waived(let waiver): members["waiver"] = waiver.json
        }
        return .object(members)
    }
}

/// The name under which one finding is waived: the rule and a digest of what was found where.
///
/// Evidence and server are no part of it: the same defect keeps its key from run to run and on every server.
enum AuditKey {
    /// Hexadecimal digits of the digest; 64 bits are plenty for the findings of one rule.
    private static let digits = 16

    static func key(
        rule: String, object: AuditObject, discriminator: [String]
    ) throws(CryptoFailure) -> String {
        let fields = [object.database, object.schema, object.name, object.column].map { $0 ?? "" }
        // U+001F separates, and each field tells its length, so that no two lists give the same text.
        let text = ([rule, object.kind.rawValue] + fields + discriminator)
            .map { "\($0.utf8.count):\($0)" }.joined(separator: "\u{1F}")
        return "\(rule)-" + Hex.encode(try SHA256.digest(of: text)).prefix(digits)
    }
}
