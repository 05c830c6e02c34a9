/// Reads JSON text (RFC 8259), all of it or nothing.
///
/// Own, because the one of Foundation is a third of the binary that travels to each target, and several milliseconds
/// and megabytes of each task.
struct JSONReader {
    /// Values inside one another; a deeper text is refused instead of filling the stack.
    static let depthMax = 512

    private let bytes: [UInt8]
    private var position = 0

    /// The value of the text; `nil` when it is not one JSON value in UTF-8.
    static func value(of bytes: [UInt8]) -> JSONValue? {
        var reader = JSONReader(bytes: bytes)
        guard let value = reader.value(depth: 1) else { return nil }
        reader.skipBlanks()
        return reader.position == bytes.count ? value : nil
    }

    private init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func skipBlanks() {
        while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard next == byte else { return false }
        position += 1
        return true
    }

    private mutating func take(_ word: StaticString, _ value: JSONValue) -> JSONValue? {
        let end = position + word.utf8CodeUnitCount
        guard end <= bytes.count, word.withUTF8Buffer({ $0.elementsEqual(bytes[position..<end]) }) else {
            return nil
        }
        position = end
        return value
    }

    private mutating func value(depth: Int) -> JSONValue? {
        guard depth <= Self.depthMax else { return nil }
        skipBlanks()
        return switch next {
        case UInt8(ascii: "{"): object(depth: depth)
        case UInt8(ascii: "["): array(depth: depth)
        case UInt8(ascii: "\""): text().map(JSONValue.string)
        case UInt8(ascii: "t"): take("true", .bool(true))
        case UInt8(ascii: "f"): take("false", .bool(false))
        case UInt8(ascii: "n"): take("null", .null)
        default: number()
        }
    }

    // MARK: Structures

    /// Of members with one name the last one counts, as in Python.
    private mutating func object(depth: Int) -> JSONValue? {
        var members: [String: JSONValue] = [:]
        let isWhole = elements(until: UInt8(ascii: "}")) { reader in
            reader.skipBlanks()
            guard let name = reader.text() else { return false }
            reader.skipBlanks()
            guard reader.take(UInt8(ascii: ":")), let value = reader.value(depth: depth + 1) else {
                return false
            }
            members[name] = value
            return true
        }
        return isWhole ? .object(members) : nil
    }

    private mutating func array(depth: Int) -> JSONValue? {
        var values: [JSONValue] = []
        let isWhole = elements(until: UInt8(ascii: "]")) { reader in
            guard let value = reader.value(depth: depth + 1) else { return false }
            values.append(value)
            return true
        }
        return isWhole ? .array(values) : nil
    }

    private mutating func elements(until end: UInt8, _ element: (inout JSONReader) -> Bool) -> Bool {
        position += 1
        skipBlanks()
        if take(end) { return true }
        while element(&self) {
            skipBlanks()
            if take(end) { return true }
            guard take(UInt8(ascii: ",")) else { return false }
        }
        return false
    }

    // MARK: Texts

    private mutating func text() -> String? {
        guard take(UInt8(ascii: "\"")) else { return nil }
        var utf8: [UInt8] = []
        while true {
            let start = position
            while let byte = next, byte >= 0x20, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\") {
                position += 1
            }
            utf8 += bytes[start..<position]
            if take(UInt8(ascii: "\"")) { return String(validating: utf8, as: UTF8.self) }
            guard take(UInt8(ascii: "\\")), let character = escaped() else { return nil }
            utf8 += Array(String(character).utf8)
        }
    }

    private mutating func escaped() -> Unicode.Scalar? {
        guard let letter = next else { return nil }
        position += 1
        switch letter {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(letter)
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{C}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"): return numbered()
        default: return nil
        }
    }

    /// Behind `\u`; a character outside the first plane takes two numbers, half of one is refused.
    private mutating func numbered() -> Unicode.Scalar? {
        guard let first = hexadecimal() else { return nil }
        guard (0xD800..<0xDC00).contains(first) else { return Unicode.Scalar(first) }
        guard take(UInt8(ascii: "\\")), take(UInt8(ascii: "u")), let second = hexadecimal(),
            (0xDC00..<0xE000).contains(second)
        else { return nil }
        return Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))
    }

    private mutating func hexadecimal() -> UInt32? {
        guard position + 4 <= bytes.count else { return nil }
        var number: UInt32 = 0
        for byte in bytes[position..<position + 4] {
            guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue else { return nil }
            number = number << 4 | UInt32(digit)
        }
        position += 4
        return number
    }

    // MARK: Numbers

    /// A whole number that fits is an integer, every other one a floating-point number; infinity is refused.
    private mutating func number() -> JSONValue? {
        let start = position
        _ = take(UInt8(ascii: "-"))
        let first = next
        let count = digits()
        guard count == 1 || (count > 1 && first != UInt8(ascii: "0")) else { return nil }
        var isWhole = true
        if take(UInt8(ascii: ".")) {
            isWhole = false
            guard digits() > 0 else { return nil }
        }
        if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
            isWhole = false
            if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
            guard digits() > 0 else { return nil }
        }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        if isWhole, let number = Int64(text) { return .int(number) }
        guard let number = Double(text), number.isFinite else { return nil }
        return .double(number)
    }

    private mutating func digits() -> Int {
        let start = position
        while let byte = next, byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") { position += 1 }
        return position - start
    }
}
