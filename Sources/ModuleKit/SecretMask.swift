import SQLClient

/// Replaces secrets in a reply, in every form in which a server or a tool may repeat them.
struct SecretMask {
    /// What Ansible shows for the value of a secret option.
    static let optionMask = "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"

    /// Longest first, so that a secret inside another does not tear it.
    private let needles: [String]

    init(_ secrets: [Secret]) {
        let texts = secrets.filter { !$0.isEmpty }.flatMap { Self.forms(of: $0.reveal()) }
        needles = Set(texts).sorted { ($0.utf8.count, $0) > ($1.utf8.count, $1) }
    }

    func masked(_ value: JSONValue) -> JSONValue {
        guard !needles.isEmpty else { return value }
        switch value {
        case .string(let text): return .string(masked(text))
        case .array(let elements): return .array(elements.map(masked))
        case .object(let members):
            return .object(
                Dictionary(
                    members.map { (masked($0.key), masked($0.value)) },
                    uniquingKeysWith: { first, _ in first }))
        case .int, .double, .bool, .null: return value
        }
    }

    func masked(_ text: String) -> String {
        needles.reduce(text) { $0.contains($1) ? $0.replacing($1, with: Secret.mask) : $0 }
    }

    /// Plain, SQL-quoted, JSON-escaped, percent-encoded, base64, hexadecimal.
    private static func forms(of text: String) -> [String] {
        let bytes = Array(text.utf8)
        return [
            text, text.replacing("'", with: "''"), text.replacing("\\", with: "\\\\"),
            String(JSONText.quoted(text).dropFirst().dropLast()), percentEncoded(bytes), base64(bytes),
            bytes.map { hex($0) }.joined(),
        ]
    }

    private static func percentEncoded(_ bytes: [UInt8]) -> String {
        var out = ""
        for byte in bytes {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E:
                out.unicodeScalars.append(Unicode.Scalar(byte))
            default: out += "%" + hex(byte).uppercased()
            }
        }
        return out
    }

    private static func hex(_ byte: UInt8) -> String {
        byte < 16 ? "0" + String(byte, radix: 16) : String(byte, radix: 16)
    }

    private static let base64Alphabet = Array(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")

    private static func base64(_ bytes: [UInt8]) -> String {
        var out = ""
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            let bits = group.reduce(0) { $0 << 8 | Int($1) } << (8 * (3 - group.count))
            for position in 0..<4 {
                out.append(position <= group.count ? base64Alphabet[bits >> (18 - 6 * position) & 63] : "=")
            }
        }
        return out
    }
}
