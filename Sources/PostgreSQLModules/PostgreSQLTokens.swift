/// A piece of SQL as a person wrote it, cut into tokens: enough to find the parts of a column or index definition.
///
/// What the parts mean is left to the server. Source: PostgreSQL 17 manual, 4.1 "Lexical Structure".
struct PostgreSQLTokens {
    /// One token.
    struct Token: Equatable {
        enum Kind: Equatable {
            /// A keyword or name without quotes, in lower case.
            case word
            /// A name in quotes, without them.
            case quotedName
            /// A string or number, as it was written.
            case constant
            /// One character of an operator or of punctuation.
            case symbol
        }

        let kind: Kind
        let text: String
        fileprivate let bytes: Range<Int>

        static func == (left: Token, right: Token) -> Bool {
            left.kind == right.kind && left.text == right.text
        }

        /// Whether this is one of the keywords (in lower case).
        func isWord(_ words: String...) -> Bool { kind == .word && words.contains(text) }

        func isSymbol(_ symbol: String) -> Bool { kind == .symbol && text == symbol }

        /// The name that a word or a quoted name stands for.
        var name: String? { kind == .word || kind == .quotedName ? text : nil }
    }

    private let source: [UInt8]
    private(set) var tokens: ArraySlice<Token>

    /// The tokens of a text, comments left out.
    init(_ text: String) {
        var scanner = PostgreSQLTokenScanner(text)
        source = scanner.bytes
        tokens = []
        while let (kind, text, bytes) = scanner.next() {
            tokens.append(Token(kind: kind, text: text, bytes: bytes))
        }
    }

    private init(source: [UInt8], tokens: ArraySlice<Token>) {
        self.source = source
        self.tokens = tokens
    }

    var isEmpty: Bool { tokens.isEmpty }

    var first: Token? { tokens.first }

    /// Whether both are written the same but for blanks, comments and the case of words.
    func isSame(as other: PostgreSQLTokens) -> Bool { tokens.elementsEqual(other.tokens) }

    /// The token this many places further on.
    func token(_ offset: Int) -> Token? { tokens.dropFirst(offset).first }

    /// The text as it was written, from the first to the last token.
    var text: String {
        guard let first = tokens.first, let last = tokens.last else { return "" }
        return String(decoding: source[first.bytes.lowerBound..<last.bytes.upperBound], as: UTF8.self)
    }

    /// Takes the first tokens away.
    @discardableResult
    mutating func take(_ count: Int = 1) -> PostgreSQLTokens {
        let taken = PostgreSQLTokens(source: source, tokens: tokens.prefix(count))
        tokens = tokens.dropFirst(count)
        return taken
    }

    /// Takes the words away when the tokens begin with them.
    mutating func take(words: String...) -> Bool {
        let matches = zip(tokens, words).allSatisfy { $0.isWord($1) } && tokens.count >= words.count
        if matches { take(words.count) }
        return matches
    }

    /// Takes everything up to the first token outside parentheses for which the condition holds.
    mutating func take(until condition: (Token) -> Bool) -> PostgreSQLTokens {
        var depth = 0
        var count = 0
        for token in tokens {
            if depth <= 0, condition(token) { break }
            if token.isSymbol("(") || token.isSymbol("[") { depth += 1 }
            if token.isSymbol(")") || token.isSymbol("]") { depth -= 1 }
            count += 1
        }
        return take(count)
    }

    /// Takes a group in parentheses; `nil` when the tokens do not begin with one that ends.
    ///
    /// - Returns: What is inside.
    mutating func takeParentheses() -> PostgreSQLTokens? {
        guard first?.isSymbol("(") == true else { return nil }
        var rest = self
        rest.take()
        let inside = rest.take { $0.isSymbol(")") }
        guard rest.first != nil else { return nil }
        rest.take()
        self = rest
        return inside
    }

    /// Takes a name of one or more levels; `nil` when the tokens do not begin with one.
    mutating func takeName() -> [String]? {
        guard let name = first?.name else { return nil }
        take()
        var levels = [name]
        while first?.isSymbol(".") == true, let next = token(1)?.name {
            levels.append(next)
            take(2)
        }
        return levels
    }

    /// The parts between commas outside parentheses.
    func split() -> [PostgreSQLTokens] {
        var rest = self
        var parts = [rest.take { $0.isSymbol(",") }]
        while !rest.isEmpty {
            rest.take()
            parts.append(rest.take { $0.isSymbol(",") })
        }
        return parts
    }
}
