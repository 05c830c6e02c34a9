/// Finds the next token of an SQL text.
struct PostgreSQLTokenScanner {
    let bytes: [UInt8]
    private var position = 0

    init(_ text: String) {
        bytes = Array(text.utf8)
    }

    /// The next token and where it stands; `nil` at the end of the text.
    mutating func next() -> (PostgreSQLTokens.Token.Kind, String, Range<Int>)? {
        skipBlanks()
        guard position < bytes.count else { return nil }
        let start = position
        let byte = bytes[position]
        if byte == UInt8(ascii: "\"") {
            let name = quoted(byte, escapes: false)
            return (.quotedName, name, start..<position)
        }
        if byte == UInt8(ascii: "'") {
            _ = quoted(byte, escapes: false)
            return (.constant, text(from: start), start..<position)
        }
        if byte == UInt8(ascii: "$"), let end = endOfDollarQuotes() {
            position = end
            return (.constant, text(from: start), start..<position)
        }
        if isDigit(position) || (byte == UInt8(ascii: ".") && isDigit(position + 1)) {
            while isDigit(position) || isName(position) || peek(0) == UInt8(ascii: ".") { position += 1 }
            return (.constant, text(from: start), start..<position)
        }
        guard isName(position) else {
            position += 1
            return (.symbol, text(from: start), start..<position)
        }
        while isName(position) || isDigit(position) || peek(0) == UInt8(ascii: "$") { position += 1 }
        if peek(0) == UInt8(ascii: "'"), position - start == 1 {
            // E'', B'', X'', N'': a string with a letter before it.
            _ = quoted(UInt8(ascii: "'"), escapes: byte | 0x20 == UInt8(ascii: "e"))
            return (.constant, text(from: start), start..<position)
        }
        return (.word, lowered(text(from: start)), start..<position)
    }

    private mutating func skipBlanks() {
        while position < bytes.count {
            if bytes[position] <= 0x20 {
                position += 1
            } else if peek(0) == UInt8(ascii: "-"), peek(1) == UInt8(ascii: "-") {
                while position < bytes.count, bytes[position] != 0x0A { position += 1 }
            } else if peek(0) == UInt8(ascii: "/"), peek(1) == UInt8(ascii: "*") {
                skipComment()
            } else {
                return
            }
        }
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

    /// Reads a text in quotes; what it returns has neither the outer quotes nor doubled ones.
    private mutating func quoted(_ quote: UInt8, escapes: Bool) -> String {
        var content: [UInt8] = []
        position += 1
        while let byte = peek(0) {
            position += 1
            if byte == quote {
                guard peek(0) == quote else { break }
                position += 1
            } else if escapes, byte == UInt8(ascii: "\\"), let next = peek(0) {
                content.append(next)
                position += 1
                continue
            }
            content.append(byte)
        }
        return String(decoding: content, as: UTF8.self)
    }

    private func endOfDollarQuotes() -> Int? {
        var end = position + 1
        while isName(end) || (end > position + 1 && isDigit(end)) { end += 1 }
        guard end < bytes.count, bytes[end] == UInt8(ascii: "$") else { return nil }
        let tag = bytes[position...end]
        var search = end + 1
        while search < bytes.count {
            if bytes[search...].starts(with: tag) { return search + tag.count }
            search += 1
        }
        return bytes.count
    }

    /// As the server folds names: only ASCII letters, in every encoding with multibyte characters.
    private func lowered(_ text: String) -> String {
        String(decoding: text.utf8.map { $0 >= 0x41 && $0 <= 0x5A ? $0 | 0x20 : $0 }, as: UTF8.self)
    }

    private func text(from start: Int) -> String {
        String(decoding: bytes[start..<position], as: UTF8.self)
    }

    private func peek(_ offset: Int) -> UInt8? {
        position + offset < bytes.count ? bytes[position + offset] : nil
    }

    private func isDigit(_ index: Int) -> Bool {
        index < bytes.count && bytes[index] >= 0x30 && bytes[index] <= 0x39
    }

    private func isName(_ index: Int) -> Bool {
        guard index < bytes.count else { return false }
        let byte = bytes[index]
        return (byte | 0x20 >= 0x61 && byte | 0x20 <= 0x7A) || byte == UInt8(ascii: "_") || byte >= 0x80
    }
}
