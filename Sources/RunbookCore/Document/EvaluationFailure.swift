/// Why an expression has no value, although its document was checked.
public enum EvaluationFailure: Error, Hashable, Sendable {
    /// A value is absent where one is needed.
    case absent(expression: String)
    /// A value has another type than the operator takes; only values unknown before the run can cause it.
    case wrongType(operation: String, found: String)
    /// A result is outside the range of its type.
    case outOfRange(operation: String)
    /// A text that cannot be an SQL identifier: empty, with a NUL, or too long.
    case invalidIdentifier(String)

    /// Bytes of the longest SQL identifier that PostgreSQL keeps whole.
    ///
    /// Source: PostgreSQL 17 manual, 4.1.1, NAMEDATALEN - 1.
    public static let identifierBytesMax = 63
}

extension EvaluationFailure: CustomStringConvertible {
    /// The failure for people.
    public var description: String {
        switch self {
        case .absent(let expression): "\(expression) has no value"
        case .wrongType(let operation, let found): "'\(operation)' cannot be applied to \(found)"
        case .outOfRange(let operation): "the result of '\(operation)' is out of range"
        case .invalidIdentifier(let text): "'\(text)' cannot be an SQL identifier"
        }
    }

    /// Where to look.
    public var hint: String? {
        switch self {
        case .absent: "was the step that gives this value skipped, or did its query return no row?"
        case .wrongType: "which type does the server give to this column?"
        case .outOfRange: nil
        case .invalidIdentifier: "is it empty, or longer than \(Self.identifierBytesMax) bytes?"
        }
    }
}
