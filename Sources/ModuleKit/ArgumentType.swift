/// The type of an option, in Ansible's words.
public indirect enum ArgumentType: Hashable, Sendable {
    case str, int, float, bool, path, dict, raw
    case list(of: ArgumentType)

    /// The word for documentation and messages.
    public var name: String {
        switch self {
        case .str: "str"
        case .int: "int"
        case .float: "float"
        case .bool: "bool"
        case .path: "path"
        case .dict: "dict"
        case .raw: "raw"
        case .list: "list"
        }
    }

    /// The type of the elements of a list.
    public var elements: ArgumentType? {
        if case .list(let type) = self { type } else { nil }
    }
}

/// Why a value does not fit a type, in the words that end Ansible's message.
struct CoercionProblem: Error, Equatable {
    let reason: String
}

/// What a coercion may look at besides the value.
struct CoercionContext: Sendable {
    let environment: [String: String]
    /// Reads a JSON text; handed in, since the kit itself has no JSON library.
    let parseJSON: @Sendable (String) -> JSONValue?
    /// The home folder of an account, for `~name` in paths.
    var homeFolder: @Sendable (String) -> String? = { _ in nil }
}

/// Ansible's own coercions.
///
/// Source: ansible-core 2.19, `ansible/module_utils/common/validation.py` and `parsing/convert_bool.py`.
enum Coercion {
    static func value(
        _ value: JSONValue, to type: ArgumentType, in context: CoercionContext
    ) throws(CoercionProblem) -> JSONValue {
        switch type {
        case .raw: return value
        case .str: return .string(try text(value))
        case .path: return .string(expanded(try text(value), context))
        case .int: return .int(try integer(value))
        case .float: return .double(try float(value))
        case .bool: return .bool(try truth(value))
        case .dict: return .object(try dictionary(value, context.parseJSON))
        case .list: return .array(try list(value))
        }
    }

    private static func text(_ value: JSONValue) throws(CoercionProblem) -> String {
        switch value {
        case .array, .object:
            throw CoercionProblem(reason: "<class '\(value.pythonTypeName)'> cannot be converted to a str")
        case .null, .bool, .int, .double, .string:
            return value.pythonText
        }
    }

    private static func integer(_ value: JSONValue) throws(CoercionProblem) -> Int64 {
        switch value {
        case .int(let number): return number
        case .bool(let truth): return truth ? 1 : 0
        case .double(let number):
            if let exact = Int64(exactly: number) { return exact }
        case .string(let text):
            let trimmed = text.withoutOuterSpaces
            if let number = Int64(trimmed) { return number }
            if let number = Double(trimmed), let exact = Int64(exactly: number) { return exact }
        case .null, .array, .object: break
        }
        let shown = value.string.map { "'\($0)'" } ?? value.pythonText
        throw CoercionProblem(reason: "\"\(shown)\" cannot be converted to an int")
    }

    private static func float(_ value: JSONValue) throws(CoercionProblem) -> Double {
        switch value {
        case .int(let number): return Double(number)
        case .double(let number): return number
        case .string(let text):
            if let number = Double(text.withoutOuterSpaces) { return number }
        case .null, .bool, .array, .object: break
        }
        throw CoercionProblem(reason: "<class '\(value.pythonTypeName)'> cannot be converted to a float")
    }

    private static let trueWords: Set<String> = ["y", "yes", "on", "1", "true", "t", "1.0"]
    private static let falseWords: Set<String> = ["n", "no", "off", "0", "false", "f", "0.0"]

    private static func truth(_ value: JSONValue) throws(CoercionProblem) -> Bool {
        switch value {
        case .bool(let truth): return truth
        case .int, .double, .string:
            let word = value.pythonText.lowercased().withoutOuterSpaces
            if trueWords.contains(word) { return true }
            if falseWords.contains(word) { return false }
        case .null, .array, .object: break
        }
        throw CoercionProblem(
            reason: "The value '\(value.pythonText)' is not a valid boolean. Valid booleans include: "
                + "'y', 'yes', 'on', '1', 'true', 't', 1, 1.0, True, 'n', 'no', 'off', '0', 'false', 'f', 0, 0.0, "
                + "False")
    }

    private static func list(_ value: JSONValue) throws(CoercionProblem) -> [JSONValue] {
        switch value {
        case .array(let elements): return elements
        case .string(let text):
            return text.split(separator: ",", omittingEmptySubsequences: false).map { .string(String($0)) }
        case .int, .double, .bool: return [.string(value.pythonText)]
        case .null, .object:
            throw CoercionProblem(reason: "<class '\(value.pythonTypeName)'> cannot be converted to a list")
        }
    }

    private static func dictionary(
        _ value: JSONValue, _ parseJSON: @Sendable (String) -> JSONValue?
    ) throws(CoercionProblem) -> [String: JSONValue] {
        switch value {
        case .object(let members): return members
        case .string(let text):
            if text.hasPrefix("{") {
                if case .object(let members) = parseJSON(text) { return members }
                throw CoercionProblem(reason: "unable to evaluate string as dictionary")
            }
            guard text.contains("=") else {
                throw CoercionProblem(reason: "dictionary requested, could not parse JSON or key=value")
            }
            return try pairs(text)
        case .null, .bool, .int, .double, .array:
            throw CoercionProblem(reason: "<class '\(value.pythonTypeName)'> cannot be converted to a dict")
        }
    }

    /// `k1=v1, k2="v 2"`; a backslash takes the next character as it is.
    private static func pairs(_ text: String) throws(CoercionProblem) -> [String: JSONValue] {
        var members: [String: JSONValue] = [:]
        for field in fields(text) {
            guard let equals = field.firstIndex(of: "=") else {
                throw CoercionProblem(
                    reason: "unable to evaluate string in the \"key=value\" format as dictionary")
            }
            members[String(field[..<equals])] = .string(String(field[field.index(after: equals)...]))
        }
        return members
    }

    private static func fields(_ text: String) -> [String] {
        var fields: [String] = []
        var field = ""
        var quote: Character?
        var escaped = false
        for character in text {
            if escaped {
                field.append(character)
                escaped = false
            } else if character == "\\" {
                escaped = true
            } else if quote == nil, character == "'" || character == "\"" {
                quote = character
            } else if quote == character {
                quote = nil
            } else if quote == nil, character == "," || character == " " {
                if !field.isEmpty { fields.append(field) }
                field = ""
            } else {
                field.append(character)
            }
        }
        return field.isEmpty ? fields : fields + [field]
    }

    /// `~`, `~account` and `$NAME` in a path, as far as the host answers them.
    private static func expanded(_ path: String, _ context: CoercionContext) -> String {
        let environment = context.environment
        var path = path
        if path.hasPrefix("~") {
            let account = path.dropFirst().prefix { $0 != "/" }
            let home = account.isEmpty ? environment["HOME"] : context.homeFolder(String(account))
            if let home { path = home + path.dropFirst(1 + account.count) }
        }
        guard path.contains("$") else { return path }
        for (name, value) in environment.sorted(by: { $0.key.count > $1.key.count }) {
            path = path.replacing("${\(name)}", with: value).replacing("$\(name)", with: value)
        }
        return path
    }
}
