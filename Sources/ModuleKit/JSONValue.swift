import SQLClient

/// A JSON value: what Ansible sends and what a module answers.
public enum JSONValue: Hashable, Sendable {
    case null
    case bool(Bool)
    case int(Int64)
    case double(Double)
    case string(String)
    case array([JSONValue])
    case object([String: JSONValue])

    /// The text of a string value, else `nil`.
    public var string: String? {
        if case .string(let text) = self { text } else { nil }
    }

    /// The truth of a Boolean value, else `nil`.
    public var bool: Bool? {
        if case .bool(let truth) = self { truth } else { nil }
    }

    /// The members of an object, else `nil`.
    public var object: [String: JSONValue]? {
        if case .object(let members) = self { members } else { nil }
    }

    /// The elements of an array, else `nil`.
    public var array: [JSONValue]? {
        if case .array(let elements) = self { elements } else { nil }
    }

    /// An array of texts.
    public static func strings(_ texts: some Sequence<String>) -> JSONValue {
        .array(texts.map(JSONValue.string))
    }

    /// A text, or null.
    public static func optional(_ text: String?) -> JSONValue {
        text.map(JSONValue.string) ?? .null
    }

    /// What Python calls this value's type; Ansible's messages use these words.
    var pythonTypeName: String {
        switch self {
        case .null: "NoneType"
        case .bool: "bool"
        case .int: "int"
        case .double: "float"
        case .string: "str"
        case .array: "list"
        case .object: "dict"
        }
    }

    /// The value as Python's `str()` shows a scalar, since Ansible's texts are made that way.
    var pythonText: String {
        switch self {
        case .null: "None"
        case .bool(let truth): truth ? "True" : "False"
        case .int(let number): String(number)
        case .double(let number): String(number)
        case .string(let text): text
        case .array(let elements): "[" + elements.map(\.pythonRepresentation).joined(separator: ", ") + "]"
        case .object(let members):
            "{"
                + members.sorted { $0.key < $1.key }
                .map { "'\($0.key)': \($0.value.pythonRepresentation)" }.joined(separator: ", ") + "}"
        }
    }

    private var pythonRepresentation: String {
        if case .string(let text) = self { "'\(text)'" } else { pythonText }
    }
}

extension JSONValue {
    /// A database value as JSON; exact numbers keep their digits when JSON can hold them.
    public init(_ value: SQLValue) {
        switch value {
        case .null: self = .null
        case .bool(let truth): self = .bool(truth)
        case .int(let number): self = .int(number)
        case .double(let number): self = number.isFinite ? .double(number) : .string(String(number))
        case .decimal(let digits):
            if let number = Int64(digits) {
                self = .int(number)
            } else if let number = Double(digits), number.isFinite {
                self = .double(number)
            } else {
                self = .string(digits)
            }
        case .text(let text), .json(let text): self = .string(text)
        case .bytes(let bytes): self = .string(String(decoding: bytes, as: UTF8.self))
        case .array(let elements): self = .array(elements.map(JSONValue.init))
        }
    }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral, ExpressibleByFloatLiteral
{
    /// A string.
    public init(stringLiteral text: String) { self = .string(text) }
    /// A Boolean.
    public init(booleanLiteral truth: Bool) { self = .bool(truth) }
    /// An integer.
    public init(integerLiteral number: Int64) { self = .int(number) }
    /// A number.
    public init(floatLiteral number: Double) { self = .double(number) }
    /// An array.
    public init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
    /// An object; a key given twice keeps its last value.
    public init(dictionaryLiteral members: (String, JSONValue)...) {
        self = .object(Dictionary(members, uniquingKeysWith: { _, last in last }))
    }
}
