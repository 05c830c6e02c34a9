import SQLClient

/// Finds the next token of an SQL text.
struct PostgreSQLTokenScanner {
    private var cursor: SQLCursor
    /// The text in UTF-8.
    var bytes: [UInt8] { cursor.bytes }

    init(_ text: String) {
        cursor = SQLCursor(text)
    }

    /// The next token and where it stands; `nil` at the end of the text.
    mutating func next() -> (PostgreSQLTokens.Token.Kind, String, Range<Int>)? {
        skipBlanks()
        guard let byte = cursor.peek(0) else { return nil }
        let start = cursor.position
        if byte == UInt8(ascii: "\"") {
            let name = quoted(byte, escapes: false)
            return (.quotedName, name, start..<cursor.position)
        }
        if byte == UInt8(ascii: "'") {
            _ = quoted(byte, escapes: false)
            return (.constant, text(from: start), start..<cursor.position)
        }
        if cursor.skipDollarQuoted() { return (.constant, text(from: start), start..<cursor.position) }
        if cursor.isDigit(start) || (byte == UInt8(ascii: ".") && cursor.isDigit(start + 1)) {
            while isInName || cursor.peek(0) == UInt8(ascii: ".") { cursor.position += 1 }
            return (.constant, text(from: start), start..<cursor.position)
        }
        guard cursor.beginsName(start) else {
            cursor.position += 1
            return (.symbol, text(from: start), start..<cursor.position)
        }
        while isInName || cursor.peek(0) == UInt8(ascii: "$") { cursor.position += 1 }
        if cursor.peek(0) == UInt8(ascii: "'"), cursor.position - start == 1 {
            // E'', B'', X'', N'': a string with a letter before it.
            _ = quoted(UInt8(ascii: "'"), escapes: byte | 0x20 == UInt8(ascii: "e"))
            return (.constant, text(from: start), start..<cursor.position)
        }
        return (.word, lowered(text(from: start)), start..<cursor.position)
    }

    private mutating func skipBlanks() {
        while let byte = cursor.peek(0) {
            if byte <= 0x20 {
                cursor.position += 1
            } else if !cursor.skipComment() {
                return
            }
        }
    }

    /// Reads a text in quotes; what it returns has neither the outer quotes nor doubled ones.
    private mutating func quoted(_ quote: UInt8, escapes: Bool) -> String {
        var content: [UInt8] = []
        cursor.position += 1
        while let byte = cursor.peek(0) {
            cursor.position += 1
            if byte == quote {
                guard cursor.peek(0) == quote else { break }
                cursor.position += 1
            } else if escapes, byte == UInt8(ascii: "\\"), let next = cursor.peek(0) {
                content.append(next)
                cursor.position += 1
                continue
            }
            content.append(byte)
        }
        return String(decoding: content, as: UTF8.self)
    }

    /// As the server folds names: only ASCII letters, in every encoding with multibyte characters.
    private func lowered(_ text: String) -> String {
        String(decoding: text.utf8.map { $0 >= 0x41 && $0 <= 0x5A ? $0 | 0x20 : $0 }, as: UTF8.self)
    }

    private func text(from start: Int) -> String {
        String(decoding: bytes[start..<cursor.position], as: UTF8.self)
    }

    private var isInName: Bool {
        cursor.beginsName(cursor.position) || cursor.isDigit(cursor.position)
    }
}
