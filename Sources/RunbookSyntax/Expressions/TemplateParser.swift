import RunbookCore

/// Splits a text at `${{ }}` and reads the expressions.
struct TemplateParser {
    private let bytes: [UInt8]
    private let resolver: NameResolver
    /// Everything wrong with the expressions.
    private(set) var problems: [ExpressionProblem] = []

    init(_ text: String, resolver: NameResolver) {
        bytes = Array(text.utf8)
        self.resolver = resolver
    }

    /// The byte at which the first expression of a text begins.
    static func firstExpression(in text: String) -> Int? {
        start(in: Array(text.utf8), from: 0)
    }

    /// The template; `nil` when it has problems.
    mutating func parse() -> Template? {
        var segments: [Template.Segment] = []
        var index = 0
        while let start = Self.start(in: bytes, from: index) {
            if start > index { segments.append(.text(text(index..<start))) }
            guard let end = end(from: start + 3) else {
                problems.append(
                    ExpressionProblem(
                        .expressionSyntax, at: start, "the expression that begins here lacks its '}}'",
                        hint: "is a quote inside it not closed?"))
                return nil
            }
            var parser = ExpressionParser(bytes, range: start + 3..<end, resolver: resolver)
            if let expression = parser.parse() { segments.append(.expression(expression)) }
            problems += parser.problems
            index = end + 2
        }
        if index < bytes.count { segments.append(.text(text(index..<bytes.count))) }
        return problems.isEmpty ? Template(segments: segments) : nil
    }

    private func text(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }

    private static func start(in bytes: [UInt8], from index: Int) -> Int? {
        guard bytes.count >= 3, index <= bytes.count - 3 else { return nil }
        return (index...(bytes.count - 3)).first {
            bytes[$0] == UInt8(ascii: "$") && bytes[$0 + 1] == UInt8(ascii: "{")
                && bytes[$0 + 2] == UInt8(ascii: "{")
        }
    }

    /// The byte of the closing `}}`, outside quotes.
    private func end(from index: Int) -> Int? {
        var quote: UInt8?
        for position in index..<bytes.count {
            let byte = bytes[position]
            if let open = quote {
                if byte == open { quote = nil }
            } else if byte == UInt8(ascii: "'") || byte == UInt8(ascii: "\"") {
                quote = byte
            } else if byte == UInt8(ascii: "}"), position + 1 < bytes.count,
                bytes[position + 1] == UInt8(ascii: "}")
            {
                return position
            }
        }
        return nil
    }
}

extension TemplateParser {
    /// The byte behind `${{` of the expression with this text.
    static func firstExpression(in text: String, holding expression: String) -> Int? {
        let (bytes, wanted) = (Array(text.utf8), Array(expression.utf8))
        var index = 0
        while let start = start(in: bytes, from: index) {
            index = start + 3
            let content = bytes[index...].drop { $0 == 0x20 || (0x09...0x0D).contains($0) }
            let rest = content.dropFirst(wanted.count).drop { $0 == 0x20 || (0x09...0x0D).contains($0) }
            if content.starts(with: wanted), rest.starts(with: "}}".utf8) { return content.startIndex }
        }
        return nil
    }
}
