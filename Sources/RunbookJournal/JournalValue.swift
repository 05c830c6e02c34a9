/// A value in the body of a record. Numbers are whole: a journal holds no fractions.
public enum JournalValue: Hashable, Sendable {
    case null
    case bool(Bool)
    case int(Int64)
    case string(String)
    case array([JournalValue])
    case object([String: JournalValue])

    /// The text of a string, else `nil`.
    public var string: String? {
        if case .string(let text) = self { text } else { nil }
    }

    /// The number, else `nil`.
    public var int: Int64? {
        if case .int(let number) = self { number } else { nil }
    }

    /// The truth value, else `nil`.
    public var bool: Bool? {
        if case .bool(let truth) = self { truth } else { nil }
    }

    /// The members of an object, else `nil`.
    public var object: [String: JournalValue]? {
        if case .object(let members) = self { members } else { nil }
    }

    /// The elements of an array, else `nil`.
    public var array: [JournalValue]? {
        if case .array(let elements) = self { elements } else { nil }
    }
}

/// Writes JSON in the one form that a value has here: keys sorted, no white space, control characters escaped.
enum JournalText {
    static func append(_ value: JournalValue, to out: inout [UInt8]) {
        switch value {
        case .null: out += "null".utf8
        case .bool(let truth): out += (truth ? "true" : "false").utf8
        case .int(let number): out += String(number).utf8
        case .string(let text): append(text, to: &out)
        case .array(let elements):
            out.append(UInt8(ascii: "["))
            for (index, element) in elements.enumerated() {
                if index > 0 { out.append(UInt8(ascii: ",")) }
                append(element, to: &out)
            }
            out.append(UInt8(ascii: "]"))
        case .object(let members):
            out.append(UInt8(ascii: "{"))
            for (index, member) in members.sorted(by: { $0.key < $1.key }).enumerated() {
                if index > 0 { out.append(UInt8(ascii: ",")) }
                append(member.key, to: &out)
                out.append(UInt8(ascii: ":"))
                append(member.value, to: &out)
            }
            out.append(UInt8(ascii: "}"))
        }
    }

    static func append(_ text: String, to out: inout [UInt8]) {
        out.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                out.append(UInt8(ascii: "\\"))
                out.append(byte)
            case 0x0A: out += "\\n".utf8
            case 0x09: out += "\\t".utf8
            case 0x00..<0x20, 0x7F: out += "\\u00".utf8 + [hexDigit(byte >> 4), hexDigit(byte & 15)]
            default: out.append(byte)
            }
        }
        out.append(UInt8(ascii: "\""))
    }

    private static func hexDigit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
    }
}

extension JournalValue {
    /// The value as JSON text.
    public var json: [UInt8] {
        var out: [UInt8] = []
        JournalText.append(self, to: &out)
        return out
    }

    /// The same as a string.
    public var jsonText: String { String(decoding: json, as: UTF8.self) }
}
