import ModuleKit
import SQLClient

/// Values for the placeholders of a query that a person wrote.
enum PlaceholderValues: Sendable {
    case none
    case positional([JSONValue])
    case named([String: JSONValue])
}

/// Query text with the placeholders that Python's database drivers use: `%s`, `%(name)s`, and `%%` for a percent sign.
///
/// The values are written into the text as literals of their type, as those drivers do: so they work in every
/// statement, also where the server takes no bound parameter.
enum PlaceholderText {
    /// The statement; text without values is taken as it is, percent signs included.
    static func statement(_ text: String, _ values: PlaceholderValues) throws(ModuleFailure) -> SQLStatement {
        switch values {
        case .none:
            return SQLStatement(userText: text)
        case .positional(let list):
            var rest = list[...]
            let statement = try filled(text) { name throws(ModuleFailure) in
                guard name == nil else { throw mixed }
                guard let value = rest.popFirst() else {
                    throw .impossible(
                        "the query has more placeholders than the \(list.count) positional_args", hint: nil)
                }
                return value
            }
            guard rest.isEmpty else {
                throw .impossible(
                    "the query has only \(list.count - rest.count) placeholders for \(list.count) positional_args",
                    hint: nil)
            }
            return statement
        case .named(let dictionary):
            return try filled(text) { name throws(ModuleFailure) in
                guard let name else { throw mixed }
                guard let value = dictionary[name] else {
                    throw .impossible("named_args has no value for the placeholder %(\(name))s", hint: nil)
                }
                return value
            }
        }
    }

    private static let mixed = ModuleFailure.impossible(
        "the query mixes %s and %(name)s placeholders, or does not fit the kind of its arguments", hint: nil)

    private static func filled(
        _ text: String, value: (String?) throws(ModuleFailure) -> JSONValue
    ) throws(ModuleFailure) -> SQLStatement {
        var statement: SQLStatement = ""
        var rest = text[...]
        while let percent = rest.firstIndex(of: "%") {
            statement = statement + SQLStatement(userText: String(rest[..<percent]))
            rest = rest[percent...].dropFirst()
            if rest.hasPrefix("%") {
                statement = statement + "%"
                rest = rest.dropFirst()
            } else if rest.hasPrefix("s") {
                statement = statement + (try literal(value(nil)))
                rest = rest.dropFirst()
            } else if rest.hasPrefix("("), let end = rest.firstRange(of: ")s") {
                let name = String(rest[rest.index(after: rest.startIndex)..<end.lowerBound])
                statement = statement + (try literal(value(name)))
                rest = rest[end.upperBound...]
            } else {
                throw .impossible(
                    "a percent sign in a query with arguments must be followed by s, (name)s or another percent sign",
                    hint: nil)
            }
        }
        return statement + SQLStatement(userText: String(rest))
    }

    private static func literal(_ value: JSONValue) throws(ModuleFailure) -> SQLStatement {
        switch value {
        case .null: return "NULL"
        case .bool(let truth): return truth ? "true" : "false"
        case .int(let number): return number < 0 ? " \(integer: number)" : "\(integer: number)"
        case .double(let number): return SQLStatement(userText: " \(number)")
        case .string(let text): return "\(literal: text)"
        case .array(let elements): return "\(literal: arrayText(onlyList(in: elements) ?? elements))"
        case .object:
            throw .impossible(
                "an argument is a dictionary, which has no SQL form",
                hint: "should it be JSON text (to_json)?")
        }
    }

    /// The list in a list of one: playbooks write `- "{{ numbers }}"` for the list itself, as community.postgresql has it.
    private static func onlyList(in elements: [JSONValue]) -> [JSONValue]? {
        elements.count == 1 ? elements.first?.array : nil
    }

    /// The text form of an array (PostgreSQL manual 8.15.2).
    private static func arrayText(_ elements: [JSONValue]) -> String {
        "{" + elements.map(elementText).joined(separator: ", ") + "}"
    }

    private static func elementText(_ element: JSONValue) -> String {
        switch element {
        case .null: return "NULL"
        case .bool, .int, .double: return element.asParameterText
        case .array(let elements): return arrayText(elements)
        case .string(let text):
            return "\"" + text.replacingScalars("\\", with: "\\\\").replacingScalars("\"", with: "\\\"")
                + "\""
        case .object: return "\"\""
        }
    }
}
