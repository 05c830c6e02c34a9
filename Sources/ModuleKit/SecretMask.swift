import SQLClient

/// Replaces secrets in a reply, in every form in which a server or a tool may repeat them.
struct SecretMask {
    /// What Ansible shows for the value of a secret option.
    static let optionMask = "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"

    /// Longest first, so that a secret inside another does not tear it.
    private let needles: [String]

    init(_ secrets: [Secret]) {
        needles = Set(secrets.flatMap(\.forms)).sorted { ($0.utf8.count, $0) > ($1.utf8.count, $1) }
    }

    func masked(_ value: JSONValue) -> JSONValue {
        guard !needles.isEmpty else { return value }
        switch value {
        case .string(let text): return .string(masked(text))
        case .array(let elements): return .array(elements.map(masked))
        case .object(let members):
            return .object(
                Dictionary(
                    members.map { (masked($0.key), masked($0.value)) },
                    uniquingKeysWith: { first, _ in first }))
        case .int, .double, .bool, .null: return value
        }
    }

    func masked(_ text: String) -> String {
        needles.reduce(text) { $0.containsScalars($1) ? $0.replacingScalars($1, with: Secret.mask) : $0 }
    }
}
