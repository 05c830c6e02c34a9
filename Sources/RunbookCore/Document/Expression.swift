/// A checked expression: small, total, typed, without side effects.
public struct Expression: Hashable, Sendable {
    /// The expression as its author wrote it, without `${{ }}`.
    public let text: String
    /// What it computes.
    public let root: ExpressionNode
    /// The type of its value.
    public let type: ValueType

    /// An expression that was parsed and typed elsewhere.
    public init(text: String, root: ExpressionNode, type: ValueType) {
        self.text = text
        self.root = root
        self.type = type
    }

    /// Every reference in the expression, from left to right.
    public var references: [Reference] { root.references }
}
