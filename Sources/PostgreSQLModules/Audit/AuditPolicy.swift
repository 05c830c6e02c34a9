import ModuleKit

/// What the site declares about itself: roles that may have power, and findings that it accepts for a time.
struct AuditPolicy: Sendable, Equatable {
    var declared: [Declaration: [NamePattern]] = [:]
    var waivers: [AuditWaiver] = []

    /// A kind of power, by the key of the option `declared`.
    enum Declaration: String, CaseIterable, Sendable {
        case superusers, bypassrls, replication, owners
        case serverFiles = "server_files"
    }

    /// Whether the site declares that this role has this power.
    func declares(_ role: String, _ declaration: Declaration) -> Bool {
        declared[declaration, default: []].contains { $0.matches(role) }
    }

    init(declared: [Declaration: [NamePattern]] = [:], waivers: [AuditWaiver] = []) {
        self.declared = declared
        self.waivers = waivers
    }

    /// Reads the options; every problem of both is told at once.
    init(declared: [String: JSONValue], waivers: [[String: JSONValue]]) throws(ModuleFailure) {
        var problems: [String] = []
        for (key, value) in declared.sorted(by: { $0.key < $1.key }) {
            guard let declaration = Declaration(rawValue: key) else {
                let known = Declaration.allCases.map(\.rawValue).sorted().joined(separator: ", ")
                problems.append("declared: unknown key \(key) (known: \(known))")
                continue
            }
            let names = value.array ?? [value]
            let texts = names.compactMap(\.string)
            if texts.count != names.count { problems.append("declared: \(key) must be a list of role names") }
            self.declared[declaration] = texts.map(NamePattern.init)
        }
        for (index, members) in waivers.enumerated() {
            let waiver = AuditWaiver.parsed(members)
            problems += waiver.problems.map { "waivers: entry \(index + 1): \($0)" }
            if let waiver = waiver.waiver { self.waivers.append(waiver) }
        }
        guard problems.isEmpty else {
            throw .impossible(
                problems.joined(separator: "; "),
                hint: "does every waiver have key, reason, author and expires_on (YYYY-MM-DD)?")
        }
    }
}

/// A finding that somebody accepts until a day.
struct AuditWaiver: Sendable, Equatable {
    /// Which finding keys it covers.
    let key: NamePattern
    let reason: String
    let author: String
    /// The last day on which it holds, `YYYY-MM-DD`.
    let expiresOn: String

    /// Days in this form compare like texts.
    func isExpired(on day: String) -> Bool { day > expiresOn }

    var json: JSONValue {
        [
            "key": .string(key.text), "reason": .string(reason), "author": .string(author),
            "expires_on": .string(expiresOn),
        ]
    }

    private static let fields = ["key", "reason", "author", "expires_on"]

    static func parsed(_ members: [String: JSONValue]) -> (waiver: AuditWaiver?, problems: [String]) {
        var problems = members.keys.filter { !fields.contains($0) }.sorted().map { "unknown key \($0)" }
        let texts = fields.map { field in
            let text = members[field]?.string ?? ""
            if text.isEmpty { problems.append("\(field) is missing or no text") }
            return text
        }
        if !texts[3].isEmpty, !isDay(texts[3]) {
            problems.append("expires_on is no day of the form YYYY-MM-DD: \(texts[3])")
        }
        guard problems.isEmpty else { return (nil, problems) }
        let waiver = AuditWaiver(
            key: NamePattern(texts[0]), reason: texts[1], author: texts[2], expiresOn: texts[3])
        return (waiver, [])
    }

    private static let monthDays = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

    private static func isDay(_ text: String) -> Bool {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.map(\.utf8.count) == [4, 2, 2],
            parts.allSatisfy({ $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }),
            let year = Int(parts[0]), let month = Int(parts[1]), let day = Int(parts[2]),
            (1...12).contains(month)
        else { return false }
        let isLeap = year.isMultiple(of: 4) && (!year.isMultiple(of: 100) || year.isMultiple(of: 400))
        return (1...(month == 2 && isLeap ? 29 : monthDays[month - 1])).contains(day)
    }
}
