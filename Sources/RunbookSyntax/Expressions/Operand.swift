import RunbookCore

/// A part of an expression that was read, with what its surroundings need to know of it.
struct Operand {
    var node: ExpressionNode
    var type: ValueType
    /// Levels of nodes; evaluation recurses this far.
    var depth = 1
    /// Where it begins.
    var offset: Int
    /// The only texts that the value can have; empty when any.
    var choices: [String] = []

    /// The text of a literal.
    var literalText: String? {
        if case .literal(.string(let text)) = node { text } else { nil }
    }

    /// Something in place of a part that has a problem, so that the rest is still checked.
    static func unknown(at offset: Int) -> Operand {
        Operand(node: .literal(.null), type: .any, offset: offset)
    }

    var isNullLiteral: Bool { node == .literal(.null) && type == .null }
}

extension BinaryOperator {
    /// The type of the result; the reason when the operands do not go together.
    func resultType(_ left: ValueType, _ right: ValueType) -> ValueType? {
        switch self {
        case .and, .or: left.isA(.bool) && right.isA(.bool) ? .bool : nil
        case .equal, .notEqual: left.isComparable(with: right) ? .bool : nil
        case .less, .lessOrEqual, .greater, .greaterOrEqual:
            left != .null && right != .null && left.isComparable(with: right) && left.hasOrder
                && right.hasOrder
                ? .bool : nil
        case .in:
            switch right {
            case .list(let item): left.isComparable(with: item) ? .bool : nil
            case .any: .bool
            case .null, .string, .int, .bool, .duration, .time, .map: nil
            }
        case .plus: Self.sumType(left, right)
        case .minus: Self.differenceType(left, right)
        }
    }

    private static func sumType(_ left: ValueType, _ right: ValueType) -> ValueType? {
        switch (left, right) {
        case (.int, .int), (.int, .any), (.any, .int): .int
        case (.duration, .duration): .duration
        case (.time, .duration), (.duration, .time), (.time, .any), (.any, .time): .time
        case (.any, .any), (.any, .duration), (.duration, .any): .any
        default: nil
        }
    }

    private static func differenceType(_ left: ValueType, _ right: ValueType) -> ValueType? {
        switch (left, right) {
        case (.int, .int), (.int, .any), (.any, .int): .int
        case (.duration, .duration), (.duration, .any), (.time, .time), (.any, .time): .duration
        case (.time, .duration): .time
        case (.any, .any), (.any, .duration), (.time, .any): .any
        default: nil
        }
    }
}

extension ValueType {
    /// Whether a value of this type may be, or will turn out to be, of the other type.
    func isA(_ other: ValueType) -> Bool { self == .any || self == other }

    fileprivate var hasOrder: Bool {
        switch self {
        case .any, .int, .duration, .time, .string: true
        case .null, .bool, .list, .map: false
        }
    }
}
