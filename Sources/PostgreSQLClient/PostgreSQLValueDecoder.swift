import SQLClient

/// Turns the text form of PostgreSQL values into `SQLValue`, by type OID.
///
/// Source of the OIDs: PostgreSQL 17, `src/include/catalog/pg_type.dat` (they are fixed for built-in types).
enum PostgreSQLValueDecoder {
    /// The value of a non-null field.
    static func value(_ text: String, type: UInt32) -> SQLValue {
        if let element = elementTypes[type] {
            return PostgreSQLArrayText.elements(of: text).map { elements in
                .array(elements.map { decoded($0, type: element) })
            } ?? .text(text)
        }
        return scalar(text, type: type)
    }

    private static func decoded(_ element: PostgreSQLArrayText.Element, type: UInt32) -> SQLValue {
        switch element {
        case .null: .null
        case .text(let text): scalar(text, type: type)
        case .array(let elements): .array(elements.map { decoded($0, type: type) })
        }
    }

    private static func scalar(_ text: String, type: UInt32) -> SQLValue {
        switch type {
        case 16: .bool(text == "t")
        case 20, 21, 23, 26: Int64(text).map(SQLValue.int) ?? .text(text)
        case 700, 701: Double(text).map(SQLValue.double) ?? .text(text)
        case 1700: .decimal(text)
        case 17: bytes(text)
        case 114, 3802: .json(text)
        case 1114, 1184: .text(isoTimestamp(text))
        case 1186: .text(PostgreSQLIntervalText.duration(text) ?? text)
        default: .text(text)
        }
    }

    /// `\x` and hexadecimal digits, the only form that servers of today send.
    private static func bytes(_ text: String) -> SQLValue {
        let digits = Array(text.utf8.dropFirst(2))
        guard text.hasPrefix("\\x"), digits.count.isMultiple(of: 2) else { return .text(text) }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(digits.count / 2)
        for position in stride(from: 0, to: digits.count, by: 2) {
            guard let high = hex(digits[position]), let low = hex(digits[position + 1]) else {
                return .text(text)
            }
            bytes.append(high << 4 | low)
        }
        return .bytes(bytes)
    }

    private static func hex(_ digit: UInt8) -> UInt8? {
        switch digit {
        case 0x30...0x39: digit - 0x30
        case 0x61...0x66: digit - 0x61 + 10
        default: nil
        }
    }

    /// `2026-11-22 10:00:00+01` becomes `2026-11-22T10:00:00+01:00` (RFC 3339, as drivers present it).
    private static func isoTimestamp(_ text: String) -> String {
        guard let space = text.firstIndex(of: " "), !text.hasSuffix("BC") else { return text }
        var iso = text
        iso.replaceSubrange(space...space, with: "T")
        let offset = iso.suffix(3)
        if let sign = offset.first, sign == "+" || sign == "-" { iso += ":00" }
        return iso
    }

    /// Array type to element type.
    private static let elementTypes: [UInt32: UInt32] = [
        1000: 16, 1005: 21, 1007: 23, 1016: 20, 1028: 26, 1021: 700, 1022: 701, 1231: 1700,
        1009: 25, 1015: 1043, 1003: 19, 1002: 18, 1014: 1042, 199: 114, 3807: 3802, 1115: 1114, 1185: 1184,
        1182: 1082, 2951: 2950, 1041: 869, 651: 650, 1001: 17, 2211: 2206, 4090: 4089, 4097: 4096,
        1034: 1033, 1187: 1186,
    ]
}

/// The text form of arrays.
///
/// Source: PostgreSQL 17 manual 8.15.2, 8.15.6.
enum PostgreSQLArrayText {
    /// An element as the text gives it.
    enum Element: Equatable {
        case null
        case text(String)
        case array([Element])
    }

    private static let depthMax = 6  // MAXDIM of the server

    /// The elements, or `nil` when the text is not an array.
    static func elements(of text: String) -> [Element]? {
        var reader = Reader(bytes: Array(text.utf8))
        reader.skipBounds()
        guard let elements = reader.array(depth: 1), reader.position == reader.bytes.count else { return nil }
        return elements
    }

    private struct Reader {
        let bytes: [UInt8]
        var position = 0

        init(bytes: [UInt8]) {
            self.bytes = bytes
        }

        /// `[0:2]={…}`: arrays whose bounds do not start at 1.
        mutating func skipBounds() {
            if bytes.first == UInt8(ascii: "["), let equals = bytes.firstIndex(of: UInt8(ascii: "=")) {
                position = equals + 1
            }
        }

        mutating func array(depth: Int) -> [Element]? {
            guard depth <= depthMax, take(UInt8(ascii: "{")) else { return nil }
            if take(UInt8(ascii: "}")) { return [] }
            var elements: [Element] = []
            repeat {
                guard let element = element(depth: depth) else { return nil }
                elements.append(element)
            } while take(UInt8(ascii: ","))
            return take(UInt8(ascii: "}")) ? elements : nil
        }

        private mutating func element(depth: Int) -> Element? {
            guard position < bytes.count else { return nil }
            if bytes[position] == UInt8(ascii: "{") { return array(depth: depth + 1).map(Element.array) }
            if bytes[position] == UInt8(ascii: "\"") { return quoted() }
            let start = position
            while position < bytes.count, bytes[position] != UInt8(ascii: ","),
                bytes[position] != UInt8(ascii: "}")
            {
                position += 1
            }
            let text = String(decoding: bytes[start..<position], as: UTF8.self)
            return text == "NULL" ? .null : .text(text)
        }

        private mutating func quoted() -> Element? {
            position += 1
            var out: [UInt8] = []
            while position < bytes.count, bytes[position] != UInt8(ascii: "\"") {
                if bytes[position] == UInt8(ascii: "\\") { position += 1 }
                guard position < bytes.count else { return nil }
                out.append(bytes[position])
                position += 1
            }
            return take(UInt8(ascii: "\"")) ? .text(String(decoding: out, as: UTF8.self)) : nil
        }

        private mutating func take(_ byte: UInt8) -> Bool {
            guard position < bytes.count, bytes[position] == byte else { return false }
            position += 1
            return true
        }
    }

    /// The text form of an array parameter.
    static func text(of elements: [SQLValue]) -> String {
        "{" + elements.map(text(of:)).joined(separator: ",") + "}"
    }

    private static func text(of element: SQLValue) -> String {
        switch element {
        case .null: return "NULL"
        case .array(let elements): return text(of: elements)
        case .bool, .int, .double, .decimal, .text, .bytes, .json:
            var quoted = "\""
            for scalar in PostgreSQLParameter.text(of: element).unicodeScalars {
                if scalar == "\"" || scalar == "\\" { quoted.append("\\") }
                quoted.unicodeScalars.append(scalar)
            }
            return quoted + "\""
        }
    }
}

/// The text form of bound parameters.
enum PostgreSQLParameter {
    /// The text of a value; the caller sends NULL itself.
    static func text(of value: SQLValue) -> String {
        switch value {
        case .null: ""
        case .bool(let truth): truth ? "t" : "f"
        case .int(let number): String(number)
        case .double(let number): String(number)
        case .decimal(let text), .text(let text), .json(let text): text
        case .bytes(let bytes): "\\x" + bytes.map(hexByte).joined()
        case .array(let elements): PostgreSQLArrayText.text(of: elements)
        }
    }

    private static func hexByte(_ byte: UInt8) -> String {
        let text = String(byte, radix: 16)
        return text.count == 1 ? "0" + text : text
    }
}
