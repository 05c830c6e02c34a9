/// Identifier of a step, unique in its document and stable over its versions.
public struct StepID: Hashable, Sendable, Comparable {
    /// The name itself.
    public let text: String

    /// Nothing when the text breaks `NameRule.step`.
    public init?(_ text: String) {
        guard NameRule.step.accepts(text) else { return nil }
        self.text = text
    }

    /// Order of the text.
    public static func < (left: StepID, right: StepID) -> Bool { left.text < right.text }
}

extension StepID: CustomStringConvertible {
    /// The name itself.
    public var description: String { text }
}

extension StepID: ExpressibleByStringLiteral {
    /// A name written in source code, which must be a valid one.
    public init(stringLiteral literal: String) {
        precondition(NameRule.step.accepts(literal), "a name in source code must be valid: \(literal)")
        text = literal
    }
}
