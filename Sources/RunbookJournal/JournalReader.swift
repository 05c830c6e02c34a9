import Glibc

/// Reads the JSON that `JournalText` writes; anything else is damage.
struct JournalParser {
    private let bytes: UnsafeBufferPointer<UInt8>
    private var position: Int
    private let end: Int

    private static let depthMax = 32

    init(bytes: UnsafeBufferPointer<UInt8>, position: Int, end: Int) {
        self.bytes = bytes
        self.position = position
        self.end = end
    }

    /// Whether everything was read.
    var isAtEnd: Bool { position == end }

    /// The value that is next.
    mutating func next(depth: Int) -> JournalValue? { value(depth: depth) }

    /// The text that is next.
    mutating func text() -> String? {
        guard position < end, bytes[position] == UInt8(ascii: "\"") else { return nil }
        return string()
    }

    /// Whether this text, which needs no escapes, is next; then it is taken.
    mutating func takes(quoted text: String) -> Bool {
        var text = text
        let length = text.utf8.count
        guard length > 0, position + length + 2 <= end, let base = bytes.baseAddress,
            bytes[position] == UInt8(ascii: "\""),
            bytes[position + length + 1] == UInt8(ascii: "\"")
        else { return false }
        let isSame = text.withUTF8 { known in
            known.baseAddress.map { memcmp(base + position + 1, $0, length) == 0 } ?? false
        }
        // A text with escapes is longer in the line than here: it never looks the same.
        if isSame { position += length + 2 }
        return isSame
    }

    /// The value of a text; `nil` when it is not one, or something follows it.
    static func value(_ bytes: UnsafeBufferPointer<UInt8>) -> JournalValue? {
        var parser = JournalParser(bytes: bytes, position: 0, end: bytes.count)
        guard let value = parser.value(depth: 0), parser.position == parser.end else { return nil }
        return value
    }

    private mutating func value(depth: Int) -> JournalValue? {
        guard position < end, depth < Self.depthMax else { return nil }
        switch bytes[position] {
        case UInt8(ascii: "\""): return string().map(JournalValue.string)
        case UInt8(ascii: "{"): return object(depth: depth)
        case UInt8(ascii: "["): return array(depth: depth)
        case UInt8(ascii: "t"): return take("true") ? .bool(true) : nil
        case UInt8(ascii: "f"): return take("false") ? .bool(false) : nil
        case UInt8(ascii: "n"): return take("null") ? .null : nil
        default: return number().map(JournalValue.int)
        }
    }

    private mutating func object(depth: Int) -> JournalValue? {
        position += 1
        var members: [String: JournalValue] = [:]
        if take("}") { return .object(members) }
        repeat {
            guard position < end, bytes[position] == UInt8(ascii: "\""), let key = string(), take(":"),
                let value = value(depth: depth + 1), members.updateValue(value, forKey: key) == nil
            else { return nil }
        } while take(",")
        return take("}") ? .object(members) : nil
    }

    private mutating func array(depth: Int) -> JournalValue? {
        position += 1
        var elements: [JournalValue] = []
        if take("]") { return .array(elements) }
        repeat {
            guard let value = value(depth: depth + 1) else { return nil }
            elements.append(value)
        } while take(",")
        return take("]") ? .array(elements) : nil
    }

    mutating func number() -> Int64? {
        let start = position
        guard position < end else { return nil }
        if bytes[position] == UInt8(ascii: "-") { position += 1 }
        var magnitude: Int64 = 0
        let digits = position
        while position < end, bytes[position] >= 0x30, bytes[position] <= 0x39 {
            let product = magnitude.multipliedReportingOverflow(by: 10)
            let sum = product.partialValue.subtractingReportingOverflow(Int64(bytes[position] - 0x30))
            if product.overflow || sum.overflow { return nil }
            magnitude = sum.partialValue
            position += 1
        }
        guard position > digits else { return nil }
        if digits > start { return magnitude }
        return magnitude == .min ? nil : -magnitude
    }

    private mutating func string() -> String? {
        position += 1
        let start = position
        while position < end, bytes[position] != UInt8(ascii: "\""), bytes[position] != UInt8(ascii: "\\") {
            if bytes[position] < 0x20 { return nil }
            position += 1
        }
        guard position < end else { return nil }
        if bytes[position] == UInt8(ascii: "\"") {
            defer { position += 1 }
            return text(from: start, to: position)
        }
        return escapedString(from: start)
    }

    /// Most texts of a journal are ASCII, which needs no validation.
    private func text(from start: Int, to end: Int) -> String? {
        guard let base = bytes.baseAddress else { return nil }
        let count = end - start
        var all: UInt8 = 0
        for index in start..<end { all |= bytes[index] }
        guard all < 0x80 else { return String(validating: bytes[start..<end], as: UTF8.self) }
        return String(unsafeUninitializedCapacity: count) { buffer in
            if count > 0, let target = buffer.baseAddress { memcpy(target, base + start, count) }
            return count
        }
    }

    private mutating func escapedString(from start: Int) -> String? {
        var out = Array(bytes[start..<position])
        while position < end {
            let byte = bytes[position]
            position += 1
            if byte == UInt8(ascii: "\"") { return String(validating: out, as: UTF8.self) }
            if byte < 0x20 { return nil }
            guard byte == UInt8(ascii: "\\") else {
                out.append(byte)
                continue
            }
            guard let escaped = escape() else { return nil }
            out.append(escaped)
        }
        return nil
    }

    private mutating func escape() -> UInt8? {
        guard position < end else { return nil }
        let byte = bytes[position]
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): return byte
        case UInt8(ascii: "n"): return 0x0A
        case UInt8(ascii: "t"): return 0x09
        case UInt8(ascii: "u"):
            guard take("00"), position + 2 <= end, let high = hex(bytes[position]),
                let low = hex(bytes[position + 1])
            else { return nil }
            position += 2
            return high << 4 | low
        default: return nil
        }
    }

    private func hex(_ digit: UInt8) -> UInt8? {
        switch digit {
        case 0x30...0x39: digit - 0x30
        case 0x61...0x66: digit - 0x61 + 10
        default: nil
        }
    }

    mutating func take(_ text: StaticString) -> Bool {
        guard position + text.utf8CodeUnitCount <= end else { return false }
        for offset in 0..<text.utf8CodeUnitCount where bytes[position + offset] != text.utf8Start[offset] {
            return false
        }
        position += text.utf8CodeUnitCount
        return true
    }
}
