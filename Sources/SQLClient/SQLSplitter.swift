/// Statements of a script, and which numbered parameters (`$1`) each of them uses.
///
/// It knows what may hide a semicolon or a dollar sign: strings, quoted names, dollar quotes, comments.
/// Source: PostgreSQL 17 manual, 4.1 "Lexical Structure".
public struct SQLSplitter {
    /// One statement.
    public struct Part: Hashable, Sendable {
        /// Its text, without the semicolon.
        public let text: String
        /// The parameters that it uses, in ascending order.
        public let parameters: [Int]
    }

    private let bytes: [UInt8]
    private var position = 0
    private var start = 0
    private var parameters: Set<Int> = []
    private var hasContent = false
    private var parts: [Part] = []

    private init(_ text: String) {
        bytes = Array(text.utf8)
    }

    /// The statements of a script; empty ones are left out.
    public static func parts(of text: String) -> [Part] {
        var splitter = SQLSplitter(text)
        splitter.split()
        return splitter.parts
    }

    /// The statement with only its own parameters, renumbered from 1, and their positions among all.
    public static func renumbered(_ part: Part) -> (text: String, positions: [Int]) {
        var text = part.text
        for (index, number) in part.parameters.enumerated() where number != index + 1 {
            // Ascending order: a number is always replaced by a smaller one that is free already.
            text = replaced(text, number, by: index + 1)
        }
        return (text, part.parameters)
    }

    private static func replaced(_ text: String, _ number: Int, by other: Int) -> String {
        var splitter = SQLSplitter(text)
        var out: [UInt8] = []
        var copied = 0
        while splitter.position < splitter.bytes.count {
            let before = splitter.position
            if splitter.takeParameter() == number {
                out += splitter.bytes[copied..<before] + Array("$\(other)".utf8)
                copied = splitter.position
            } else if splitter.position == before {
                splitter.skipToken()
            }
        }
        return String(decoding: out + splitter.bytes[copied...], as: UTF8.self)
    }

    private mutating func split() {
        while position < bytes.count {
            if bytes[position] == UInt8(ascii: ";") {
                finish()
                position += 1
                start = position
            } else if let number = takeParameter() {
                parameters.insert(number)
                hasContent = true
            } else {
                skipToken()
            }
        }
        finish()
    }

    private mutating func finish() {
        if hasContent {
            let text = String(decoding: bytes[start..<position], as: UTF8.self)
            let trimmed = text.drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed()
            parts.append(Part(text: String(trimmed), parameters: parameters.sorted()))
        }
        parameters = []
        hasContent = false
    }

    private mutating func takeParameter() -> Int? {
        guard bytes[position] == UInt8(ascii: "$"), isDigit(position + 1),
            position == 0 || !isName(bytes[position - 1])
        else { return nil }
        var end = position + 1
        while isDigit(end) { end += 1 }
        let number = Int(String(decoding: bytes[(position + 1)..<end], as: UTF8.self))
        position = end
        return number
    }

    private mutating func skipToken() {
        let byte = bytes[position]
        switch byte {
        case UInt8(ascii: "'"):
            hasContent = true
            skipQuoted(byte, escapes: isEscapeString)
        case UInt8(ascii: "\""):
            hasContent = true
            skipQuoted(byte, escapes: false)
        case UInt8(ascii: "-") where peek(1) == UInt8(ascii: "-"):
            while position < bytes.count, bytes[position] != 0x0A { position += 1 }
        case UInt8(ascii: "/") where peek(1) == UInt8(ascii: "*"):
            skipComment()
        case UInt8(ascii: "$"):
            hasContent = true
            skipDollarQuoted()
        default:
            if byte > 0x20 { hasContent = true }
            position += 1
        }
    }

    /// `E'…'`, where a backslash escapes.
    private var isEscapeString: Bool {
        guard position > 0, bytes[position - 1] | 0x20 == UInt8(ascii: "e") else { return false }
        return position == 1 || !isName(bytes[position - 2])
    }

    private mutating func skipQuoted(_ quote: UInt8, escapes: Bool) {
        position += 1
        while position < bytes.count {
            if bytes[position] == quote {
                position += 1
                if peek(0) != quote { return }
            } else if escapes, bytes[position] == UInt8(ascii: "\\") {
                position += 1
            }
            position += 1
        }
        position = min(position, bytes.count)
    }

    private mutating func skipComment() {
        var depth = 0
        repeat {
            if peek(0) == UInt8(ascii: "/"), peek(1) == UInt8(ascii: "*") {
                depth += 1
                position += 2
            } else if peek(0) == UInt8(ascii: "*"), peek(1) == UInt8(ascii: "/") {
                depth -= 1
                position += 2
            } else {
                position += 1
            }
        } while depth > 0 && position < bytes.count
        position = min(position, bytes.count)
    }

    private mutating func skipDollarQuoted() {
        var end = position + 1
        while end < bytes.count, isName(bytes[end]), end > position + 1 || !isDigit(end) { end += 1 }
        guard end < bytes.count, bytes[end] == UInt8(ascii: "$"),
            position == 0 || !isName(bytes[position - 1])
        else {
            position += 1
            return
        }
        let tag = bytes[position...end]
        position = end + 1
        while position < bytes.count {
            if bytes[position...].starts(with: tag) {
                position += tag.count
                return
            }
            position += 1
        }
    }

    private func peek(_ offset: Int) -> UInt8? {
        position + offset < bytes.count ? bytes[position + offset] : nil
    }

    private func isDigit(_ index: Int) -> Bool {
        index < bytes.count && bytes[index] >= 0x30 && bytes[index] <= 0x39
    }

    private func isName(_ byte: UInt8) -> Bool {
        (byte | 0x20 >= 0x61 && byte | 0x20 <= 0x7A) || (byte >= 0x30 && byte <= 0x39)
            || byte == UInt8(ascii: "_")
            || byte >= 0x80
    }
}
