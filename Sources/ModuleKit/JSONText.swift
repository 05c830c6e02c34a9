/// JSON text as modules and the kit write it: replies, manifests, documentation stubs, pages.
///
/// Everything is appended to one text, so that a large reply needs little more memory than its value.
enum JSONText {
    /// The value on one line, keys sorted.
    static func text(of value: JSONValue) -> String {
        var out = ""
        append(value, to: &out)
        return out
    }

    /// The text as a JSON string, which is also a double-quoted YAML scalar.
    static func quoted(_ text: String) -> String {
        var out = ""
        appendQuoted(text, to: &out)
        return out
    }

    private static func append(_ value: JSONValue, to out: inout String) {
        switch value {
        case .null: out += "null"
        case .bool(let truth): out += truth ? "true" : "false"
        case .int(let number): out += String(number)
        // JSON has no infinity.
        case .double(let number): out += number.isFinite ? String(number) : "null"
        case .string(let text): appendQuoted(text, to: &out)
        case .array(let elements):
            out += "["
            for (index, element) in elements.enumerated() {
                if index > 0 { out += ", " }
                append(element, to: &out)
            }
            out += "]"
        case .object(let members):
            out += "{"
            for (index, member) in members.sorted(by: { $0.key < $1.key }).enumerated() {
                if index > 0 { out += ", " }
                appendQuoted(member.key, to: &out)
                out += ": "
                append(member.value, to: &out)
            }
            out += "}"
        }
    }

    private static func appendQuoted(_ text: String, to out: inout String) {
        out += "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": out += "\\\""
            case "\\": out += "\\\\"
            case "\n": out += "\\n"
            case "\t": out += "\\t"
            case "\r": out += "\\r"
            default:
                if scalar.value < 0x20 {
                    let digits = String(scalar.value, radix: 16)
                    out += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
                } else {
                    out.unicodeScalars.append(scalar)
                }
            }
        }
        out += "\""
    }
}

extension JSONValue {
    /// The value as JSON on one line, in the one form that it has here: what is hashed and kept.
    public var canonicalText: String { JSONText.text(of: self) }
}
