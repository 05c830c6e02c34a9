import SQLClient

/// A Swift type that an option may have.
public protocol ArgumentValue: Sendable {
    /// What Ansible calls it.
    static var argumentType: ArgumentType { get }
    /// The words that are allowed, where the type is a choice; also of a list's elements.
    static var choices: [String]? { get }
    /// Whether values must never be shown.
    static var isSecret: Bool { get }
    /// Stands in for a value while the form only collects declarations.
    static var placeholder: Self { get }

    /// Takes a value that was already coerced to `argumentType`; `nil` when it is not one of the choices.
    init?(coerced value: JSONValue)

    /// The value as JSON, for defaults in the documentation.
    var documented: JSONValue { get }
}

extension ArgumentValue {
    /// No restriction.
    public static var choices: [String]? { nil }
    /// Shown unless the type says otherwise.
    public static var isSecret: Bool { false }
}

/// A word out of a fixed list; conform a `String` enumeration to it.
public protocol ArgumentChoice: ArgumentValue, RawRepresentable, CaseIterable where RawValue == String {}

extension ArgumentChoice {
    /// A text.
    public static var argumentType: ArgumentType { .str }
    /// The raw values, in the order of the declaration.
    public static var choices: [String]? { allCases.map(\.rawValue) }
    /// The first case.
    public static var placeholder: Self {
        guard let first = allCases.first else { preconditionFailure("\(Self.self) has no case") }
        return first
    }
    /// The case of this word.
    public init?(coerced value: JSONValue) {
        guard let word = value.string else { return nil }
        self.init(rawValue: word)
    }
    /// The word.
    public var documented: JSONValue { .string(rawValue) }
}

extension String: ArgumentValue {
    /// A text.
    public static var argumentType: ArgumentType { .str }
    /// The empty text.
    public static var placeholder: String { "" }
    /// Takes a coerced text.
    public init?(coerced value: JSONValue) {
        guard let text = value.string else { return nil }
        self = text
    }
    /// The text.
    public var documented: JSONValue { .string(self) }
}

extension Secret: ArgumentValue {
    /// A text.
    public static var argumentType: ArgumentType { .str }
    /// Never shown.
    public static var isSecret: Bool { true }
    /// The empty text.
    public static var placeholder: Secret { Secret("") }
    /// Takes a coerced text.
    public init?(coerced value: JSONValue) {
        guard let text = value.string else { return nil }
        self.init(text)
    }
    /// Only an empty default may be documented.
    public var documented: JSONValue { .string(isEmpty ? "" : Secret.mask) }
}

extension Int: ArgumentValue {
    /// A whole number.
    public static var argumentType: ArgumentType { .int }
    /// Zero.
    public static var placeholder: Int { 0 }
    /// Takes a coerced number.
    public init?(coerced value: JSONValue) {
        guard case .int(let number) = value else { return nil }
        self.init(number)
    }
    /// The number.
    public var documented: JSONValue { .int(Int64(self)) }
}

extension Double: ArgumentValue {
    /// A number.
    public static var argumentType: ArgumentType { .float }
    /// Zero.
    public static var placeholder: Double { 0 }
    /// Takes a coerced number.
    public init?(coerced value: JSONValue) {
        guard case .double(let number) = value else { return nil }
        self = number
    }
    /// The number.
    public var documented: JSONValue { .double(self) }
}

extension Bool: ArgumentValue {
    /// A truth value.
    public static var argumentType: ArgumentType { .bool }
    /// False.
    public static var placeholder: Bool { false }
    /// Takes a coerced truth value.
    public init?(coerced value: JSONValue) {
        guard let truth = value.bool else { return nil }
        self = truth
    }
    /// The truth value.
    public var documented: JSONValue { .bool(self) }
}

/// A path on the target, with `~` and `$NAME` expanded.
public struct FilePath: ArgumentValue, Hashable {
    /// The expanded path.
    public let text: String

    /// A path.
    public init(_ text: String) { self.text = text }
    /// A path.
    public static var argumentType: ArgumentType { .path }
    /// The empty path.
    public static var placeholder: FilePath { FilePath("") }
    /// Takes a coerced path.
    public init?(coerced value: JSONValue) {
        guard let text = value.string else { return nil }
        self.text = text
    }
    /// The path.
    public var documented: JSONValue { .string(text) }
}

/// Any value, as it came.
extension JSONValue: ArgumentValue {
    /// Not restricted.
    public static var argumentType: ArgumentType { .raw }
    /// Null.
    public static var placeholder: JSONValue { .null }
    /// Takes anything.
    public init?(coerced value: JSONValue) { self = value }
    /// Itself.
    public var documented: JSONValue { self }
}

/// A dictionary option: names to values as they came.
public struct ArgumentDictionary: ArgumentValue, Hashable {
    /// The members.
    public let members: [String: JSONValue]

    /// A dictionary.
    public init(_ members: [String: JSONValue]) { self.members = members }
    /// A dictionary.
    public static var argumentType: ArgumentType { .dict }
    /// Empty.
    public static var placeholder: ArgumentDictionary { ArgumentDictionary([:]) }
    /// Takes a coerced dictionary.
    public init?(coerced value: JSONValue) {
        guard let members = value.object else { return nil }
        self.members = members
    }
    /// The dictionary.
    public var documented: JSONValue { .object(members) }
}

/// A list option: every element has the element's type and choices.
extension Array: ArgumentValue where Element: ArgumentValue {
    /// A list.
    public static var argumentType: ArgumentType { .list(of: Element.argumentType) }
    /// The choices of the elements.
    public static var choices: [String]? { Element.choices }
    /// As the elements.
    public static var isSecret: Bool { Element.isSecret }
    /// Empty.
    public static var placeholder: [Element] { [] }
    /// Takes a coerced list.
    public init?(coerced value: JSONValue) {
        guard let values = value.array else { return nil }
        let elements = values.compactMap(Element.init(coerced:))
        guard elements.count == values.count else { return nil }
        self = elements
    }
    /// The list.
    public var documented: JSONValue { .array(map(\.documented)) }
}
