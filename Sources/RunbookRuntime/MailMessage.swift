import Digests

/// A mail as `sendmail -t` reads it: UTF-8 text, and perhaps a file.
///
/// Source: RFC 5322 (header lines), RFC 2047 (encoded words), RFC 2045 and 2046 (MIME).
struct MailMessage {
    /// A file that goes with the mail.
    struct Attachment {
        let name: String
        let type: String
        let text: String
    }

    let recipients: [String]
    let subject: String
    let text: String
    let attachment: Attachment?

    private static let boundary = "=_runbook_report_="

    /// The whole mail.
    var wire: String { content.joined(separator: "\n") + "\n" }

    private var content: [String] {
        var lines = [
            "To: \(recipients.joined(separator: ", "))", "Subject: \(Self.encodedWords(subject))",
            "Auto-Submitted: auto-generated", "MIME-Version: 1.0",
        ]
        guard let attachment else { return lines + Self.part("text/plain", text) }
        lines += ["Content-Type: multipart/mixed; boundary=\"\(Self.boundary)\"", ""]
        lines += ["--\(Self.boundary)"] + Self.part("text/plain", text)
        lines += ["--\(Self.boundary)", "Content-Disposition: attachment; filename=\"\(attachment.name)\""]
        lines += Self.part(attachment.type, attachment.text)
        return lines + ["--\(Self.boundary)--"]
    }

    private static func part(_ type: String, _ text: String) -> [String] {
        ["Content-Type: \(type); charset=utf-8", "Content-Transfer-Encoding: base64", ""]
            + lines(Base64.encode(Array(text.utf8)))
    }

    private static let lineLength = 76

    private static func lines(_ text: String) -> [String] {
        var rest = text.utf8[...]
        var lines: [String] = []
        while !rest.isEmpty {
            lines.append(String(decoding: rest.prefix(lineLength), as: UTF8.self))
            rest = rest.dropFirst(lineLength)
        }
        return lines
    }

    /// Encoded words of at most 75 characters, cut between characters; a subject in ASCII stays as it is.
    private static func encodedWords(_ text: String) -> String {
        let text = String(text.map { $0.isNewline ? " " : $0 })
        guard text.utf8.contains(where: { $0 >= 0x80 }) else { return text }
        var words: [String] = []
        var bytes: [UInt8] = []
        for character in text {
            if bytes.count + character.utf8.count > 42 {
                words.append("=?utf-8?B?\(Base64.encode(bytes))?=")
                bytes = []
            }
            bytes += Array(character.utf8)
        }
        words.append("=?utf-8?B?\(Base64.encode(bytes))?=")
        return words.joined(separator: "\n ")
    }
}
