/// A text that may be used but never shown: passwords, verifiers, keys.
///
/// Its description is a fixed mask, so that it cannot reach a log by interpolation.
public struct Secret: Hashable, Sendable, CustomStringConvertible, CustomDebugStringConvertible {
    /// What is shown in the place of any secret.
    public static let mask = "********"

    private let text: String

    /// Wraps a text; from here on it is shown as the mask only.
    public init(_ text: String) {
        self.text = text
    }

    /// The text itself, for the one call that needs it.
    public func reveal() -> String { text }

    /// Whether the text is empty (an empty password means "no password" to most engines).
    public var isEmpty: Bool { text.isEmpty }

    /// Always the mask.
    public var description: String { Self.mask }

    /// Always the mask.
    public var debugDescription: String { Self.mask }

    /// The text in every form in which a server or a program may repeat it: plain, SQL-quoted, backslashes doubled,
    /// JSON-escaped, quoted for a shell, percent-encoded, base64, hexadecimal. Longest first, empty texts left out.
    public var forms: [String] {
        let bytes = Array(text.utf8)
        let forms = [
            text, text.replacingScalars("'", with: "''"), text.replacingScalars("\\", with: "\\\\"),
            text.replacingScalars("\\", with: "\\\\").replacingScalars("\"", with: "\\\"").replacingScalars(
                "\n", with: "\\n"),
            text.replacingScalars("'", with: "'\\''"), Self.percentEncoded(bytes), Self.base64(bytes),
            bytes.map { Self.hex($0) }.joined(), bytes.map { Self.hex($0).uppercased() }.joined(),
        ]
        return Set(forms).filter { !$0.isEmpty }.sorted { ($0.utf8.count, $0) > ($1.utf8.count, $1) }
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
