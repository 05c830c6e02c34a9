/// A value that expressions read and compute: parameters, outputs, columns of a row.
public indirect enum RunbookValue: Hashable, Sendable {
    /// Absent: an SQL NULL, or an output of a step that was skipped.
    case null
    /// Text.
    case string(String)
    /// A whole number.
    case int(Int64)
    /// True or false.
    case bool(Bool)
    /// A length of time, at most `DurationText.limit`.
    case duration(Duration)
    /// A point in time.
    case time(RunbookTime)
    /// Values in order.
    case list([RunbookValue])
    /// Values by name: a row, or variables handed to Ansible.
    case map([String: RunbookValue])

    /// The type of this value.
    public var type: ValueType {
        switch self {
        case .null: .null
        case .string: .string
        case .int: .int
        case .bool: .bool
        case .duration: .duration
        case .time: .time
        case .list(let items): .list(of: Self.commonType(of: items))
        case .map: .map
        }
    }

    /// The text that stands for the value in a template; `nil` for null, lists and maps, which have none.
    public var text: String? {
        switch self {
        case .string(let text): text
        case .int(let number): String(number)
        case .bool(let flag): flag ? "true" : "false"
        case .duration(let duration): DurationText.text(of: duration)
        case .time(let time): time.text
        case .null, .list, .map: nil
        }
    }

    private static func commonType(of items: [RunbookValue]) -> ValueType {
        guard let first = items.first?.type else { return .any }
        return items.allSatisfy { $0.type == first } ? first : .any
    }
}
