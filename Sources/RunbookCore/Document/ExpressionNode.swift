/// One node of an expression.
public indirect enum ExpressionNode: Hashable, Sendable {
    /// Deepest nesting that a parser may build; evaluation recurses this far.
    public static let depthMax = 64

    /// A value written in the document.
    case literal(RunbookValue)
    /// A name.
    case reference(Reference)
    /// `[a, b]`.
    case list([ExpressionNode])
    /// `not a`.
    case not(ExpressionNode)
    /// `-a`.
    case negative(ExpressionNode)
    /// `a <operator> b`.
    case binary(BinaryOperator, ExpressionNode, ExpressionNode)
    /// `a matches 'pattern'`.
    case matches(ExpressionNode, Pattern)
    /// `ident(a)`, `len(a)`.
    case call(ExpressionFunction, ExpressionNode)

    /// Every reference, from left to right.
    public var references: [Reference] {
        switch self {
        case .literal: []
        case .reference(let reference): [reference]
        case .list(let items): items.flatMap(\.references)
        case .not(let operand), .negative(let operand), .matches(let operand, _), .call(_, let operand):
            operand.references
        case .binary(_, let left, let right): left.references + right.references
        }
    }

    /// One text for one meaning, however the author spaced it: the input of fingerprints.
    public var canonicalText: String {
        switch self {
        case .literal(let value): "\(value.type):\(Self.quoted(value))"
        case .reference(let reference): reference.text
        case .list(let items): "[" + items.map(\.canonicalText).joined(separator: ",") + "]"
        case .not(let operand): "not(\(operand.canonicalText))"
        case .negative(let operand): "-(\(operand.canonicalText))"
        case .binary(let kind, let left, let right):
            "(\(left.canonicalText) \(kind.rawValue) \(right.canonicalText))"
        case .matches(let operand, let pattern):
            "(\(operand.canonicalText) matches \(CanonicalText.quoted(pattern.text)))"
        case .call(let function, let operand): "\(function.rawValue)(\(operand.canonicalText))"
        }
    }

    private static func quoted(_ value: RunbookValue) -> String {
        switch value {
        case .list(let items): "[" + items.map(quoted).joined(separator: ",") + "]"
        case .map(let fields):
            "{"
                + fields.keys.sorted().map { "\(CanonicalText.quoted($0))=\(quoted(fields[$0] ?? .null))" }
                .joined(separator: ",") + "}"
        case .null: "null"
        case .string, .int, .bool, .duration, .time: CanonicalText.quoted(value.text ?? "")
        }
    }
}

/// An operator between two operands.
public enum BinaryOperator: String, Hashable, Sendable, CaseIterable {
    /// Both; the right side is not evaluated when the left is false.
    case and
    /// Either; the right side is not evaluated when the left is true.
    case or
    /// The same value. Only `==` and `!=` accept null.
    case equal = "=="
    /// Not the same value.
    case notEqual = "!="
    /// Smaller, earlier, shorter.
    case less = "<"
    /// Smaller or the same.
    case lessOrEqual = "<="
    /// Greater, later, longer.
    case greater = ">"
    /// Greater or the same.
    case greaterOrEqual = ">="
    /// An item of the list on the right.
    case `in`
    /// Sum of ints or durations, or a time moved later.
    case plus = "+"
    /// Difference of ints, durations or times, or a time moved earlier.
    case minus = "-"
}

/// A function of expressions.
public enum ExpressionFunction: String, Hashable, Sendable, CaseIterable {
    /// A text as a quoted SQL identifier.
    case ident
    /// Characters of a text, or items of a list.
    case len
}
