/// A place in an SQL text, and the way over what hides other signs: comments and dollar quotes.
///
/// Source: PostgreSQL 17 manual, 4.1 "Lexical Structure".
public struct SQLCursor {
    /// The text in UTF-8.
    public let bytes: [UInt8]
    /// Where it stands.
    public var position = 0

    /// At the beginning of a text.
    public init(_ text: String) {
        bytes = Array(text.utf8)
    }

    /// Whether nothing follows.
    public var isAtEnd: Bool { position >= bytes.count }

    /// The byte so far behind the place; `nil` behind the end.
    public func peek(_ offset: Int) -> UInt8? {
        position + offset < bytes.count ? bytes[position + offset] : nil
    }

    /// Whether there is a digit.
    public func isDigit(_ index: Int) -> Bool {
        index < bytes.count && bytes[index] >= 0x30 && bytes[index] <= 0x39
    }

    /// Whether there is what a name may begin with.
    public func beginsName(_ index: Int) -> Bool {
        guard index < bytes.count else { return false }
        let byte = bytes[index]
        return (byte | 0x20 >= 0x61 && byte | 0x20 <= 0x7A) || byte == UInt8(ascii: "_") || byte >= 0x80
    }

    /// Gets over a comment of either kind; those between `/*` and `*/` are nested.
    ///
    /// - Returns: Whether there was one.
    public mutating func skipComment() -> Bool {
        if peek(0) == UInt8(ascii: "-"), peek(1) == UInt8(ascii: "-") {
            while !isAtEnd, bytes[position] != 0x0A { position += 1 }
            return true
        }
        guard peek(0) == UInt8(ascii: "/"), peek(1) == UInt8(ascii: "*") else { return false }
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
        } while depth > 0 && !isAtEnd
        position = min(position, bytes.count)
        return true
    }

    /// Gets over a text in dollar quotes, to the end when they are not closed.
    ///
    /// - Returns: Whether there was one: a dollar sign may also begin a parameter.
    public mutating func skipDollarQuoted() -> Bool {
        guard peek(0) == UInt8(ascii: "$") else { return false }
        var end = position + 1
        while beginsName(end) || (end > position + 1 && isDigit(end)) { end += 1 }
        guard end < bytes.count, bytes[end] == UInt8(ascii: "$") else { return false }
        let tag = bytes[position...end]
        position = end + 1
        while !isAtEnd, !bytes[position...].starts(with: tag) { position += 1 }
        position = min(position + tag.count, bytes.count)
        return true
    }
}
