import RunbookCore

/// One word of an expression.
struct ExpressionToken {
    enum Kind: Equatable {
        /// A name, with its parts between dots; keywords and functions have one.
        case path([Part])
        case int(Int64)
        case duration(Duration)
        case string(String)
        case symbol(String)
        case end
    }

    struct Part: Equatable {
        let text: String
        let offset: Int
    }

    let kind: Kind
    let offset: Int

    /// The only part of a name without dots.
    var word: String? {
        guard case .path(let parts) = kind, parts.count == 1 else { return nil }
        return parts[0].text
    }

    /// The token as messages call it.
    var name: String {
        switch kind {
        case .path(let parts): "'\(parts.map(\.text).joined(separator: "."))'"
        case .int(let number): "\(number)"
        case .duration(let duration): DurationText.text(of: duration)
        case .string(let text): "the text '\(text)'"
        case .symbol(let symbol): "'\(symbol)'"
        case .end: "end of the expression"
        }
    }
}

/// Splits an expression into tokens.
struct ExpressionLexer {
    private let bytes: [UInt8]
    private var index: Int
    private let end: Int

    /// Reads `range` of `bytes`; offsets are those of `bytes`.
    init(_ bytes: [UInt8], range: Range<Int>) {
        self.bytes = bytes
        index = range.lowerBound
        end = range.upperBound
    }

    mutating func next() throws(ExpressionProblem) -> ExpressionToken {
        while index < end, Self.isSpace(bytes[index]) { index += 1 }
        let start = index
        guard index < end else { return ExpressionToken(kind: .end, offset: end) }
        let byte = bytes[index]
        if Self.isDigit(byte) { return ExpressionToken(kind: try number(), offset: start) }
        if Self.isWord(byte) { return ExpressionToken(kind: try path(), offset: start) }
        if byte == Self.quote || byte == Self.doubleQuote {
            return ExpressionToken(kind: .string(try string(closedBy: byte)), offset: start)
        }
        return ExpressionToken(kind: .symbol(try symbol()), offset: start)
    }

    private mutating func number() throws(ExpressionProblem) -> ExpressionToken.Kind {
        let start = index
        let text = word()
        if let number = Int64(text) { return .int(number) }
        if let duration = DurationText.duration(from: text) { return .duration(duration) }
        throw ExpressionProblem(
            .expressionSyntax, at: start, "'\(text)' is neither a whole number nor a duration",
            hint: "durations are written like 90s, 10m, 24h, 7d or 1h30m; texts need quotes")
    }

    private mutating func path() throws(ExpressionProblem) -> ExpressionToken.Kind {
        var parts = [ExpressionToken.Part(text: word(), offset: index)]
        parts[0] = ExpressionToken.Part(text: parts[0].text, offset: index - parts[0].text.utf8.count)
        while index < end, bytes[index] == UInt8(ascii: ".") {
            index += 1
            let start = index
            let text = word()
            guard !text.isEmpty else {
                throw ExpressionProblem(
                    .expressionSyntax, at: start, "a name is missing after '.'",
                    hint: "is a name missing, or can the '.' go?")
            }
            parts.append(ExpressionToken.Part(text: text, offset: start))
        }
        return .path(parts)
    }

    private mutating func word() -> String {
        let start = index
        while index < end, Self.isWord(bytes[index]) { index += 1 }
        return String(decoding: bytes[start..<index], as: UTF8.self)
    }

    /// A text between quotes, in which a doubled quote stands for itself.
    private mutating func string(closedBy quote: UInt8) throws(ExpressionProblem) -> String {
        let start = index
        var text: [UInt8] = []
        index += 1
        while index < end {
            let byte = bytes[index]
            index += 1
            guard byte == quote else {
                text.append(byte)
                continue
            }
            guard index < end, bytes[index] == quote else { return String(decoding: text, as: UTF8.self) }
            text.append(quote)
            index += 1
        }
        throw ExpressionProblem(
            .expressionSyntax, at: start, "the text that begins here is not closed",
            hint: "is the closing quote missing? a quote inside a text is doubled")
    }

    private mutating func symbol() throws(ExpressionProblem) -> String {
        let pair = String(decoding: bytes[index..<min(index + 2, end)], as: UTF8.self)
        let known = ["==", "!=", "<=", ">="].contains(pair) ? pair : String(pair.unicodeScalars.prefix(1))
        if ["==", "!=", "<=", ">=", "<", ">", "+", "-", "(", ")", "[", "]", ","].contains(known) {
            index += known.utf8.count
            return known
        }
        let instead = [
            "=": "'=='", "!": "'not'", "&": "'and'", "|": "'or'", "~": "'matches'",
        ]
        throw ExpressionProblem(
            .expressionSyntax, at: index, "'\(known)' has no meaning in an expression",
            hint: instead[known].map { "did you mean \($0)?" }
                ?? "should it be a text in quotes? operators are == != < <= > >= + - and or not in matches")
    }

    private static let quote = UInt8(ascii: "'")
    private static let doubleQuote = UInt8(ascii: "\"")

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }

    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

    private static func isWord(_ byte: UInt8) -> Bool {
        isDigit(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) || byte == 0x5F
    }
}
