/// The type of an expression, known when the document is checked.
public indirect enum ValueType: Hashable, Sendable {
    /// Known only at run time: a column of a row.
    case any
    /// The type of `null`.
    case null
    /// Text.
    case string
    /// A whole number.
    case int
    /// True or false.
    case bool
    /// A length of time.
    case duration
    /// A point in time.
    case time
    /// Values in order, all of one type.
    case list(of: ValueType)
    /// Values by name.
    case map

    /// Whether values of the two types may be compared: the same type, or one not known before the run.
    public func isComparable(with other: ValueType) -> Bool {
        switch (self, other) {
        case (.any, _), (_, .any), (.null, _), (_, .null): true
        case (.list(let mine), .list(let theirs)): mine.isComparable(with: theirs)
        default: self == other
        }
    }

    /// Whether a value of this type has a text in a template.
    public var hasText: Bool {
        switch self {
        case .any, .string, .int, .bool, .duration, .time: true
        case .null, .list, .map: false
        }
    }
}

extension ValueType: CustomStringConvertible {
    /// The name of the type in documents and diagnostics.
    public var description: String {
        switch self {
        case .any: "any"
        case .null: "null"
        case .string: "string"
        case .int: "int"
        case .bool: "bool"
        case .duration: "duration"
        case .time: "time"
        case .list(of: .any): "list"
        case .list(let item): "list of \(item)"
        case .map: "map"
        }
    }
}
