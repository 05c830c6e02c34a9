/// Identifier of a runbook, stable over its versions: `pg-restauration-base`.
public struct RunbookID: Hashable, Sendable, Comparable {
    /// The name itself.
    public let text: String

    /// Nothing when the text breaks `NameRule.runbook`.
    public init?(_ text: String) {
        guard NameRule.runbook.accepts(text) else { return nil }
        self.text = text
    }

    /// Order of the text.
    public static func < (left: RunbookID, right: RunbookID) -> Bool { left.text < right.text }
}

extension RunbookID: CustomStringConvertible {
    /// The name itself.
    public var description: String { text }
}

extension RunbookID: ExpressibleByStringLiteral {
    /// A name written in source code, which must be a valid one.
    public init(stringLiteral literal: String) {
        precondition(NameRule.runbook.accepts(literal), "a name in source code must be valid: \(literal)")
        text = literal
    }
}
