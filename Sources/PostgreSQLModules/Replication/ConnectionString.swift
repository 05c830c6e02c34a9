import ModuleKit
import SQLClient

/// A connection string of libpq, `host=db1 port=5432 …` (libpq documentation, "Connection Strings").
struct ConnectionString: Equatable {
    var values: [String: String]

    /// The usual ones first, so that a string always looks the same.
    private static let order = ["host", "hostaddr", "port", "user", "password", "dbname"]

    /// A string from its values.
    init(_ values: [String: String]) { self.values = values }

    /// The string of a task's dictionary: libpq has truth values as numbers.
    init(_ dictionary: ArgumentDictionary) {
        values = dictionary.members.filter { $0.value != .null }
            .mapValues { $0.bool.map { $0 ? "1" : "0" } ?? $0.asParameterText }
    }

    /// Reads a string; what is not one gives as many values as can be read.
    init(parsing text: String) {
        values = [:]
        var rest = Substring(text)
        while true {
            rest = rest.drop { $0.isWhitespace }
            guard let equals = rest.firstIndex(of: "=") else { return }
            let name = rest[..<equals].filter { !$0.isWhitespace }
            rest = rest[rest.index(after: equals)...].drop { $0.isWhitespace }
            values[name] = Self.value(from: &rest)
        }
    }

    private static func value(from rest: inout Substring) -> String {
        let isQuoted = rest.first == "'"
        if isQuoted { rest.removeFirst() }
        var value = ""
        while let character = rest.popFirst() {
            if character == "\\" {
                if let next = rest.popFirst() { value.append(next) }
            } else if isQuoted ? character == "'" : character.isWhitespace {
                break
            } else {
                value.append(character)
            }
        }
        return value
    }

    private var names: [String] {
        Self.order.filter { values[$0] != nil } + values.keys.filter { !Self.order.contains($0) }.sorted()
    }

    /// The string for the server; quotes stand only where they are needed.
    var text: String { text(masked: false) }

    private func text(masked: Bool) -> String {
        names.map { name in
            let value = values[name] ?? ""
            return "\(name)=" + (masked && isSecret(name) ? Secret.mask : Self.quoted(value))
        }.joined(separator: " ")
    }

    private static func quoted(_ value: String) -> String {
        let isPlain = !value.isEmpty && !value.contains { $0.isWhitespace || $0 == "'" || $0 == "\\" }
        guard !isPlain else { return value }
        return "'" + value.replacing("\\", with: "\\\\").replacing("'", with: "\\'") + "'"
    }

    /// The passwords in it.
    var secrets: [Secret] {
        values.keys.filter(isSecret).compactMap { values[$0] }.map(Secret.init)
    }

    private func isSecret(_ name: String) -> Bool {
        ArgumentForm.isSecretMember(name, values[name] ?? "")
    }

    /// The values for a reply: numbers as such, passwords masked.
    var described: [String: JSONValue] {
        var described: [String: JSONValue] = [:]
        for (name, value) in values {
            described[name] =
                isSecret(name)
                ? .string(Secret.mask) : Int64(value).map(JSONValue.int) ?? .string(value)
        }
        return described
    }

    /// The string as a person may see it.
    var shown: String { text(masked: true) }
}
