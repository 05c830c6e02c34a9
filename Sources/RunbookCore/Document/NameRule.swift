/// What a name in a runbook may look like, as a table that checks names and explains itself.
public struct NameRule: Sendable {
    /// Longest name, in characters (all are ASCII).
    public static let lengthMax = 64

    /// What the rule allows, for diagnostics and the reference page.
    public let summary: String
    /// The rule as a regular expression, without the length: for editors.
    public let pattern: String
    private let first: @Sendable (UInt8) -> Bool
    private let rest: @Sendable (UInt8) -> Bool

    /// Runbook identifiers: `pg-restauration-base`.
    public static let runbook = NameRule(
        summary: "lower-case letters, digits, '-' and '_', beginning with a letter",
        pattern: "^[a-z][a-z0-9_-]*$",
        first: isLower, rest: { isLower($0) || isDigit($0) || $0 == dash || $0 == underscore })
    /// Step identifiers: `creer_base`.
    public static let step = NameRule(
        summary: "lower-case letters, digits and '_'", pattern: "^[a-z0-9_]+$",
        first: { isLower($0) || isDigit($0) || $0 == underscore },
        rest: { isLower($0) || isDigit($0) || $0 == underscore })
    /// Parameters, variables, outputs, secrets, evidence, roles: `perte_max`.
    public static let value = NameRule(
        summary: "lower-case letters, digits and '_', beginning with a letter", pattern: "^[a-z][a-z0-9_]*$",
        first: isLower, rest: { isLower($0) || isDigit($0) || $0 == underscore })
    /// Environment variables: `PGHOST`.
    public static let environment = NameRule(
        summary: "letters, digits and '_', not beginning with a digit", pattern: "^[A-Za-z_][A-Za-z0-9_]*$",
        first: { isLower($0) || isUpper($0) || $0 == underscore },
        rest: { isLower($0) || isUpper($0) || isDigit($0) || $0 == underscore })

    /// Names of HTTP headers (RFC 9110, 5.1), as far as anybody uses them: `Content-Type`.
    public static let header = NameRule(
        summary: "letters, digits and '-', beginning with a letter", pattern: "^[A-Za-z][A-Za-z0-9-]*$",
        first: { isLower($0) || isUpper($0) },
        rest: { isLower($0) || isUpper($0) || isDigit($0) || $0 == dash })
    /// Items of a repeated step: `etatcivil`, `db-01`.
    public static let item = NameRule(
        summary: "letters, digits, '.', '-' and '_'", pattern: "^[A-Za-z0-9._-]+$",
        first: isItem, rest: isItem)

    /// Whether the text is a name under this rule.
    public func accepts(_ text: String) -> Bool {
        let bytes = text.utf8
        guard bytes.count <= Self.lengthMax, let head = bytes.first else { return false }
        return first(head) && bytes.dropFirst().allSatisfy(rest)
    }
}

private let dash = UInt8(ascii: "-")
private let underscore = UInt8(ascii: "_")

@Sendable private func isLower(_ byte: UInt8) -> Bool {
    byte >= UInt8(ascii: "a") && byte <= UInt8(ascii: "z")
}

@Sendable private func isItem(_ byte: UInt8) -> Bool {
    isLower(byte) || isUpper(byte) || isDigit(byte) || byte == dash || byte == underscore
        || byte == UInt8(ascii: ".")
}

@Sendable private func isUpper(_ byte: UInt8) -> Bool {
    byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z")
}

@Sendable private func isDigit(_ byte: UInt8) -> Bool {
    byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")
}
