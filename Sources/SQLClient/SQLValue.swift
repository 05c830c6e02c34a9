/// One value of a row, or one bound parameter.
public enum SQLValue: Hashable, Sendable {
    case null
    case bool(Bool)
    case int(Int64)
    case double(Double)
    /// An exact number as text: digits are kept as the server wrote them.
    case decimal(String)
    case text(String)
    case bytes([UInt8])
    /// A JSON document as text.
    case json(String)
    case array([SQLValue])

    /// The text of a text-like value, else `nil`.
    public var text: String? {
        switch self {
        case .text(let text), .decimal(let text), .json(let text): text
        case .null, .bool, .int, .double, .bytes, .array: nil
        }
    }

    /// The number of an integer value, else `nil`.
    public var int: Int64? {
        if case .int(let number) = self { number } else { nil }
    }

    /// The truth of a Boolean value, else `nil`.
    public var bool: Bool? {
        if case .bool(let truth) = self { truth } else { nil }
    }

    /// The elements of an array value, else `nil`.
    public var array: [SQLValue]? {
        if case .array(let elements) = self { elements } else { nil }
    }

    /// Whether the value is SQL NULL.
    public var isNull: Bool { self == .null }
}
