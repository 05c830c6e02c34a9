/// Name of a parameter, variable, output, secret, evidence field or role.
public struct ValueName: Hashable, Sendable, Comparable {
    /// The name itself.
    public let text: String

    /// Nothing when the text breaks `NameRule.value`.
    public init?(_ text: String) {
        guard NameRule.value.accepts(text) else { return nil }
        self.text = text
    }

    /// Order of the text.
    public static func < (left: ValueName, right: ValueName) -> Bool { left.text < right.text }
}

extension ValueName: CustomStringConvertible {
    /// The name itself.
    public var description: String { text }
}

extension ValueName: ExpressibleByStringLiteral {
    /// A name written in source code, which must be a valid one.
    public init(stringLiteral literal: String) {
        precondition(NameRule.value.accepts(literal), "a name in source code must be valid: \(literal)")
        text = literal
    }
}
