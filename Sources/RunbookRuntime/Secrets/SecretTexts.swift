/// Which texts of a secret are hidden: the whole, its lines, and the passwords of a password file.
struct SecretTexts {
    let masked: Set<[UInt8]>
    /// Whether something of it is too short to be hidden.
    let hasShortOne: Bool

    /// - Parameter isFile: Whether it may be a password file, whose passwords are secrets by themselves.
    init(_ bytes: [UInt8], isFile: Bool) {
        let whole = Self.withoutLineEnd(bytes[...])
        let lines = whole.split(separator: 0x0A).map(Self.withoutLineEnd)
        let passwords = isFile ? lines.compactMap(Self.password) : []
        hasShortOne = ([whole] + passwords).contains { !$0.isEmpty && Self.isShort($0) }
        // A program may show one line of a key by itself. What every key has around it is no secret.
        let single = lines.filter { !$0.starts(with: Array("-----".utf8)) && $0.first != UInt8(ascii: "#") }
        let texts = [whole] + (lines.count > 1 ? single : []) + passwords + passwords.map(Self.withoutEscapes)
        masked = Set(texts.filter { !Self.isShort($0) })
    }

    private static func isShort(_ text: [UInt8]) -> Bool {
        String(decoding: text, as: UTF8.self).unicodeScalars.count < SecretVault.maskedLengthMin
    }

    private static func withoutLineEnd(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
        var rest = bytes
        while rest.last == 0x0A || rest.last == 0x0D { rest.removeLast() }
        return Array(rest)
    }

    private static let fieldCount = 5

    /// The last field of `host:port:database:user:password`, with its escapes.
    ///
    /// Source: PostgreSQL 17 manual, 32.16, "The Password File".
    private static func password(_ line: [UInt8]) -> [UInt8]? {
        var fields: [[UInt8]] = [[]]
        var isEscaped = false
        for byte in line where line.first != UInt8(ascii: "#") {
            if byte == UInt8(ascii: ":"), !isEscaped, fields.count < fieldCount {
                fields.append([])
            } else {
                fields[fields.count - 1].append(byte)
            }
            isEscaped = byte == UInt8(ascii: "\\") && !isEscaped
        }
        return fields.count == fieldCount ? fields[fieldCount - 1] : nil
    }

    private static func withoutEscapes(_ field: [UInt8]) -> [UInt8] {
        var out: [UInt8] = []
        var isEscaped = false
        for byte in field {
            isEscaped = byte == UInt8(ascii: "\\") && !isEscaped
            if !isEscaped { out.append(byte) }
        }
        return out
    }
}
