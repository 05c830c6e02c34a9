/// A text of a YAML document, as it was written.
public struct YAMLScalar: Hashable, Sendable {
    /// How a text is written.
    public enum Style: Hashable, Sendable {
        case plain, singleQuoted, doubleQuoted, literal, folded
    }

    /// What a scalar means under the core schema.
    public enum Value: Hashable, Sendable {
        case null
        case bool(Bool)
        case int(Int64)
        /// A number with a fraction or an exponent, or a whole one beyond 64 bits.
        case float(Double)
        case string(String)
    }

    /// The text, without quotes and escapes.
    public let text: String
    /// How it was written.
    public let style: Style

    /// A scalar.
    public init(text: String, style: Style) {
        self.text = text
        self.style = style
    }

    /// The meaning: quoted and block texts are texts, and so are plain `yes`, `no`, `on` and `off`.
    ///
    /// Source: YAML 1.2.2, section 10.3.2, tag resolution of the core schema.
    public var value: Value {
        guard style == .plain else { return .string(text) }
        switch text {
        case "", "~", "null", "Null", "NULL": return .null
        case "true", "True", "TRUE": return .bool(true)
        case "false", "False", "FALSE": return .bool(false)
        default: return Self.number(text) ?? .string(text)
        }
    }

    private static func number(_ text: String) -> Value? {
        let bytes = Array(text.utf8)
        let isSigned = bytes.first == UInt8(ascii: "-") || bytes.first == UInt8(ascii: "+")
        let unsigned = isSigned ? bytes.dropFirst() : bytes[...]
        guard let first = unsigned.first else { return nil }
        let isNumeric = (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first)
        guard isNumeric || first == UInt8(ascii: ".") else { return nil }
        if unsigned.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) {
            return Int64(text).map(Value.int) ?? Double(text).map(Value.float)
        }
        if !isSigned, let prefixed = prefixedInteger(text) { return prefixed }
        switch String(decoding: unsigned, as: UTF8.self) {
        case ".inf", ".Inf", ".INF": return .float(bytes.first == UInt8(ascii: "-") ? -.infinity : .infinity)
        case ".nan", ".NaN", ".NAN": return isSigned ? nil : .float(.nan)
        default: break
        }
        let isDecimal = unsigned.allSatisfy {
            (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || ".eE+-".utf8.contains($0)
        }
        return isDecimal ? Double(text).map(Value.float) : nil
    }

    private static func prefixedInteger(_ text: String) -> Value? {
        let radix: Int
        if text.hasPrefix("0x") { radix = 16 } else if text.hasPrefix("0o") { radix = 8 } else { return nil }
        let digits = text.dropFirst(2)
        guard let first = digits.utf8.first, first != UInt8(ascii: "-"), first != UInt8(ascii: "+") else {
            return nil
        }
        return Int64(digits, radix: radix).map(Value.int)
    }
}
