/// What a run is started with.
public struct Parameter: Hashable, Sendable {
    /// Types of parameters.
    public enum Kind: String, Hashable, Sendable, CaseIterable {
        case string, int, bool, duration, time
        /// A path of a file or folder on the executor's host.
        case path
        /// The name or address of a host.
        case host
        /// Texts, given with commas between them.
        case list

        /// The type of the parameter's value.
        public var type: ValueType {
            switch self {
            case .string, .path, .host: .string
            case .int: .int
            case .bool: .bool
            case .duration: .duration
            case .time: .time
            case .list: .list(of: .string)
            }
        }
    }

    /// Its name.
    public var name: ValueName
    /// What it means, for people.
    public var title: String?
    /// What values it takes.
    public var kind: Kind
    /// Whether a run without it is refused.
    public var isRequired: Bool
    /// Its value when a run does not give one.
    public var defaultValue: RunbookValue?
    /// What texts must match.
    public var pattern: Pattern?
    /// The only values that are taken.
    public var choices: [RunbookValue]
    /// Smallest number or duration.
    public var minimum: RunbookValue?
    /// Largest number or duration.
    public var maximum: RunbookValue?
    /// Whether the path must exist when the run starts.
    public var mustExist: Bool

    /// A parameter.
    public init(
        name: ValueName, title: String? = nil, kind: Kind, isRequired: Bool = false,
        defaultValue: RunbookValue? = nil, pattern: Pattern? = nil, choices: [RunbookValue] = [],
        minimum: RunbookValue? = nil, maximum: RunbookValue? = nil, mustExist: Bool = false
    ) {
        self.name = name
        self.title = title
        self.kind = kind
        self.isRequired = isRequired
        self.defaultValue = defaultValue
        self.pattern = pattern
        self.choices = choices
        self.minimum = minimum
        self.maximum = maximum
        self.mustExist = mustExist
    }

    /// The value that a text means; the reason when it means none that the parameter takes.
    public func value(of text: String) -> Result<RunbookValue, Refusal> {
        guard let value = converted(text) else { return .failure(.notOfKind(kind)) }
        return refusal(of: value).map(Result.failure) ?? .success(value)
    }

    /// Why the parameter does not take a value; `nil` when it does.
    public func refusal(of value: RunbookValue) -> Refusal? {
        if value.type != kind.type, !isEmptyList(value) { return .notOfKind(kind) }
        if !choices.isEmpty, !choices.contains(value) { return .notAmongChoices(choices.compactMap(\.text)) }
        if let pattern, let text = value.text, !pattern.matches(text) { return .notMatching(pattern.text) }
        if let minimum, Self.isLess(value, minimum) { return .belowMinimum(minimum.text ?? "") }
        if let maximum, Self.isLess(maximum, value) { return .aboveMaximum(maximum.text ?? "") }
        if kind == .host, let text = value.text, !Self.isHost(text) { return .notOfKind(kind) }
        return nil
    }

    /// Why a value is refused.
    public enum Refusal: Error, Hashable, Sendable {
        case notOfKind(Kind)
        case notAmongChoices([String])
        case notMatching(String)
        case belowMinimum(String)
        case aboveMaximum(String)
    }

    private func isEmptyList(_ value: RunbookValue) -> Bool { kind == .list && value == .list([]) }

    private func converted(_ text: String) -> RunbookValue? {
        switch kind {
        case .string, .path, .host: text.utf8.contains(0) ? nil : .string(text)
        case .int: Int64(text).map(RunbookValue.int)
        case .bool: text == "true" ? .bool(true) : text == "false" ? .bool(false) : nil
        case .duration: DurationText.duration(from: text).map(RunbookValue.duration)
        case .time: RunbookTime(text).map(RunbookValue.time)
        case .list: .list(text.isEmpty ? [] : text.split(separator: ",").map { .string(String($0)) })
        }
    }

    private static func isLess(_ left: RunbookValue, _ right: RunbookValue) -> Bool {
        switch (left, right) {
        case (.int(let left), .int(let right)): left < right
        case (.duration(let left), .duration(let right)): left < right
        case (.time(let left), .time(let right)): left < right
        default: false
        }
    }

    /// Letters, digits, dots, dashes and colons, so that a host is never taken for an option or a path.
    private static func isHost(_ text: String) -> Bool {
        guard let first = text.unicodeScalars.first, first != "-", text.utf8.count <= 253 else {
            return false
        }
        return text.unicodeScalars.allSatisfy {
            $0.isASCII
                && ($0.properties.isAlphabetic || ("0"..."9").contains($0)
                    || ".-:_/".unicodeScalars.contains($0))
        }
    }
}

extension Parameter.Refusal: CustomStringConvertible {
    /// The reason, for people.
    public var description: String {
        switch self {
        case .notOfKind(let kind): "is not a value of type \(kind.rawValue)"
        case .notAmongChoices(let choices): "is not one of \(choices.joined(separator: ", "))"
        case .notMatching(let pattern): "does not match \(pattern)"
        case .belowMinimum(let minimum): "is below the minimum of \(minimum)"
        case .aboveMaximum(let maximum): "is above the maximum of \(maximum)"
        }
    }
}
