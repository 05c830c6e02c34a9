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

    private var cursor: SQLCursor
    private var start = 0
    private var parameters: Set<Int> = []
    private var hasContent = false
    private var parts: [Part] = []

    private init(_ text: String) {
        cursor = SQLCursor(text)
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
        while !splitter.cursor.isAtEnd {
            let before = splitter.cursor.position
            if splitter.takeParameter() == number {
                out += splitter.cursor.bytes[copied..<before] + Array("$\(other)".utf8)
                copied = splitter.cursor.position
            } else if splitter.cursor.position == before {
                splitter.skipToken()
            }
        }
        return String(decoding: out + splitter.cursor.bytes[copied...], as: UTF8.self)
    }

    private mutating func split() {
        while let byte = cursor.peek(0) {
            if byte == UInt8(ascii: ";") {
                finish()
                cursor.position += 1
                start = cursor.position
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
            let text = String(decoding: cursor.bytes[start..<cursor.position], as: UTF8.self)
            parts.append(Part(text: text.withoutOuterSpaces, parameters: parameters.sorted()))
        }
        parameters = []
        hasContent = false
    }

    private mutating func takeParameter() -> Int? {
        let begin = cursor.position + 1
        guard cursor.peek(0) == UInt8(ascii: "$"), cursor.isDigit(begin), !isBehindName else { return nil }
        var end = begin
        while cursor.isDigit(end) { end += 1 }
        cursor.position = end
        return Int(String(decoding: cursor.bytes[begin..<end], as: UTF8.self))
    }

    private mutating func skipToken() {
        guard let byte = cursor.peek(0), !cursor.skipComment() else { return }
        switch byte {
        case UInt8(ascii: "'"):
            hasContent = true
            skipQuoted(byte, escapes: isEscapeString)
        case UInt8(ascii: "\""):
            hasContent = true
            skipQuoted(byte, escapes: false)
        case UInt8(ascii: "$"):
            hasContent = true
            if isBehindName || !cursor.skipDollarQuoted() { cursor.position += 1 }
        default:
            if byte > 0x20 { hasContent = true }
            cursor.position += 1
        }
    }

    /// Whether a dollar sign here would be part of a name.
    private var isBehindName: Bool { cursor.position > 0 && isInName(cursor.position - 1) }

    /// `E'…'`, where a backslash escapes.
    private var isEscapeString: Bool {
        let letter = cursor.position - 1
        guard letter >= 0, cursor.bytes[letter] | 0x20 == UInt8(ascii: "e") else { return false }
        return letter == 0 || !isInName(letter - 1)
    }

    private mutating func skipQuoted(_ quote: UInt8, escapes: Bool) {
        cursor.position += 1
        while let byte = cursor.peek(0) {
            if byte == quote {
                cursor.position += 1
                if cursor.peek(0) != quote { return }
            } else if escapes, byte == UInt8(ascii: "\\") {
                cursor.position += 1
            }
            cursor.position += 1
        }
        cursor.position = min(cursor.position, cursor.bytes.count)
    }

    private func isInName(_ index: Int) -> Bool { cursor.beginsName(index) || cursor.isDigit(index) }
}
