/// Name of an environment variable.
public struct EnvironmentName: Hashable, Sendable, Comparable {
    /// The name itself.
    public let text: String

    /// Nothing when the text breaks `NameRule.environment`.
    public init?(_ text: String) {
        guard NameRule.environment.accepts(text) else { return nil }
        self.text = text
    }

    /// Order of the text.
    public static func < (left: EnvironmentName, right: EnvironmentName) -> Bool { left.text < right.text }
}

extension EnvironmentName: CustomStringConvertible {
    /// The name itself.
    public var description: String { text }
}

extension EnvironmentName: ExpressibleByStringLiteral {
    /// A name written in source code, which must be a valid one.
    public init(stringLiteral literal: String) {
        precondition(NameRule.environment.accepts(literal), "a name in source code must be valid: \(literal)")
        text = literal
    }
}
