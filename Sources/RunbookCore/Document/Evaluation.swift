extension Expression {
    /// The value of the expression in a scope.
    public func evaluate(in scope: Scope) throws(EvaluationFailure) -> RunbookValue {
        try root.evaluate(in: scope)
    }

    /// Whether a condition holds; a value that is no bool is a failure, null too.
    public func holds(in scope: Scope) throws(EvaluationFailure) -> Bool {
        switch try root.evaluate(in: scope) {
        case .bool(let flag): return flag
        case .null: throw .absent(expression: text)
        case let other: throw .wrongType(operation: text, found: "\(other.type)")
        }
    }
}

extension ExpressionNode {
    /// The value of the node in a scope. Recursion is bounded by `depthMax`.
    func evaluate(in scope: Scope) throws(EvaluationFailure) -> RunbookValue {
        switch self {
        case .literal(let value): return value
        case .reference(let reference):
            if scope.isAheadOfRun, reference.comesFromSteps { throw .absent(expression: reference.text) }
            return scope.value(of: reference)
        case .list(let items):
            var values: [RunbookValue] = []
            for item in items { values.append(try item.evaluate(in: scope)) }
            return .list(values)
        case .not(let operand):
            return .bool(!(try operand.flag(in: scope, operation: "not")))
        case .negative(let operand):
            return try operand.present(in: scope).negated()
        case .binary(let kind, let left, let right):
            return try Self.evaluate(kind, left, right, in: scope)
        case .matches(let operand, let pattern):
            guard case .string(let text) = try operand.present(in: scope) else {
                throw .wrongType(operation: "matches", found: operand.canonicalText)
            }
            return .bool(pattern.matches(text))
        case .call(let function, let operand):
            return try function.apply(to: try operand.present(in: scope))
        }
    }

    private static func evaluate(
        _ kind: BinaryOperator, _ left: ExpressionNode, _ right: ExpressionNode, in scope: Scope
    ) throws(EvaluationFailure) -> RunbookValue {
        switch kind {
        case .and:
            guard try left.flag(in: scope, operation: "and") else { return .bool(false) }
            return .bool(try right.flag(in: scope, operation: "and"))
        case .or:
            if try left.flag(in: scope, operation: "or") { return .bool(true) }
            return .bool(try right.flag(in: scope, operation: "or"))
        case .equal:
            return .bool(try left.evaluate(in: scope).isEqual(to: try right.evaluate(in: scope)))
        case .notEqual:
            return .bool(!(try left.evaluate(in: scope).isEqual(to: try right.evaluate(in: scope))))
        case .less, .lessOrEqual, .greater, .greaterOrEqual:
            let (first, second) = (try left.present(in: scope), try right.present(in: scope))
            return .bool(try kind.compares(first, second))
        case .in:
            let item = try left.evaluate(in: scope)
            guard case .list(let items) = try right.present(in: scope) else {
                throw .wrongType(operation: "in", found: right.canonicalText)
            }
            for candidate in items where try item.isEqual(to: candidate) { return .bool(true) }
            return .bool(false)
        case .plus, .minus:
            let (first, second) = (try left.present(in: scope), try right.present(in: scope))
            return try kind.computes(first, second)
        }
    }

    private func present(in scope: Scope) throws(EvaluationFailure) -> RunbookValue {
        let value = try evaluate(in: scope)
        guard value != .null else { throw .absent(expression: canonicalText) }
        return value
    }

    private func flag(in scope: Scope, operation: String) throws(EvaluationFailure) -> Bool {
        guard case .bool(let flag) = try present(in: scope) else {
            throw .wrongType(operation: operation, found: canonicalText)
        }
        return flag
    }
}

extension RunbookValue {
    fileprivate func isEqual(to other: RunbookValue) throws(EvaluationFailure) -> Bool {
        guard type.isComparable(with: other.type) else {
            throw .wrongType(operation: "==", found: "\(type) and \(other.type)")
        }
        return self == other
    }

    fileprivate func negated() throws(EvaluationFailure) -> RunbookValue {
        switch self {
        case .int(let number):
            guard number != .min else { throw .outOfRange(operation: "-") }
            return .int(-number)
        case .duration(let duration): return .duration(.zero - duration)
        case .null, .string, .bool, .time, .list, .map: throw .wrongType(operation: "-", found: "\(type)")
        }
    }
}

extension BinaryOperator {
    fileprivate func compares(_ left: RunbookValue, _ right: RunbookValue) throws(EvaluationFailure) -> Bool {
        switch (left, right) {
        case (.int(let left), .int(let right)): return orders(left, right)
        case (.duration(let left), .duration(let right)): return orders(left, right)
        case (.time(let left), .time(let right)): return orders(left, right)
        case (.string(let left), .string(let right)): return orders(left, right)
        default: throw .wrongType(operation: rawValue, found: "\(left.type) and \(right.type)")
        }
    }

    private func orders<Value: Comparable>(_ left: Value, _ right: Value) -> Bool {
        switch self {
        case .less: left < right
        case .lessOrEqual: left <= right
        case .greater: left > right
        case .greaterOrEqual: left >= right
        case .equal: left == right
        case .notEqual: left != right
        case .and, .or, .in, .plus, .minus: preconditionFailure("\(rawValue) orders nothing")
        }
    }

    fileprivate func computes(
        _ left: RunbookValue, _ right: RunbookValue
    ) throws(EvaluationFailure) -> RunbookValue {
        let isSum = self == .plus
        switch (left, right) {
        case (.int(let left), .int(let right)):
            let result =
                isSum ? left.addingReportingOverflow(right) : left.subtractingReportingOverflow(right)
            guard !result.overflow else { throw .outOfRange(operation: rawValue) }
            return .int(result.partialValue)
        case (.duration(let left), .duration(let right)):
            let result = isSum ? left + right : left - right
            guard DurationText.isWithinLimit(result) else { throw .outOfRange(operation: rawValue) }
            return .duration(result)
        case (.time(let time), .duration(let duration)):
            guard let result = time.advanced(by: isSum ? duration : .zero - duration) else {
                throw .outOfRange(operation: rawValue)
            }
            return .time(result)
        case (.duration(let duration), .time(let time)) where isSum:
            guard let result = time.advanced(by: duration) else { throw .outOfRange(operation: rawValue) }
            return .time(result)
        case (.time(let left), .time(let right)) where !isSum:
            guard let result = left.duration(since: right) else { throw .outOfRange(operation: rawValue) }
            return .duration(result)
        default: throw .wrongType(operation: rawValue, found: "\(left.type) and \(right.type)")
        }
    }
}

extension ExpressionFunction {
    fileprivate func apply(to value: RunbookValue) throws(EvaluationFailure) -> RunbookValue {
        switch (self, value) {
        case (.ident, .string(let text)):
            guard !text.isEmpty, text.utf8.count <= EvaluationFailure.identifierBytesMax,
                !text.utf8.contains(0)
            else { throw .invalidIdentifier(text) }
            return .string(
                "\""
                    + text.split(separator: "\"", omittingEmptySubsequences: false)
                    .joined(separator: "\"\"") + "\"")
        case (.len, .string(let text)): return .int(Int64(text.unicodeScalars.count))
        case (.len, .list(let items)): return .int(Int64(items.count))
        default: throw .wrongType(operation: rawValue, found: "\(value.type)")
        }
    }
}
