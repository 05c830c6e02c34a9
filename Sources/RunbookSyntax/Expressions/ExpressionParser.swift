import RunbookCore

/// Reads, resolves and types one expression.
struct ExpressionParser {
    private var lexer: ExpressionLexer
    private var token = ExpressionToken(kind: .end, offset: 0)
    private let resolver: NameResolver
    private let bytes: [UInt8]
    private let range: Range<Int>
    private var nesting = 0
    /// Names and types that are wrong; reading goes on behind them.
    private(set) var problems: [ExpressionProblem] = []

    /// Reads `range` of a text's bytes.
    init(_ bytes: [UInt8], range: Range<Int>, resolver: NameResolver) {
        self.bytes = bytes
        self.range = range
        self.resolver = resolver
        lexer = ExpressionLexer(bytes, range: range)
    }

    /// The expression; `nil` when it has problems.
    mutating func parse() -> Expression? {
        let operand: Operand
        do throws(ExpressionProblem) {
            try advance()
            if token.kind == .end {
                throw ExpressionProblem(
                    .expressionSyntax, at: range.lowerBound, "the expression is empty",
                    hint: "which value should stand here?")
            }
            operand = try disjunction()
            if token.kind != .end { throw unexpected() }
        } catch {
            problems.append(error)
            return nil
        }
        guard problems.isEmpty else { return nil }
        return Expression(text: trimmedText, root: operand.node, type: operand.type)
    }

    private var trimmedText: String {
        let text = bytes[range]
        let isSpace: (UInt8) -> Bool = { $0 == 0x20 || (0x09...0x0D).contains($0) }
        guard let first = text.firstIndex(where: { !isSpace($0) }),
            let last = text.lastIndex(where: { !isSpace($0) })
        else { return "" }
        return String(decoding: text[first...last], as: UTF8.self)
    }

    // MARK: Operators, from the loosest to the tightest

    private mutating func disjunction() throws(ExpressionProblem) -> Operand {
        try enter()
        defer { nesting -= 1 }
        var left = try conjunction()
        while token.word == "or" {
            let offset = token.offset
            try advance()
            left = try combined(.or, left, try conjunction(), at: offset)
        }
        return left
    }

    private mutating func conjunction() throws(ExpressionProblem) -> Operand {
        var left = try negation()
        while token.word == "and" {
            let offset = token.offset
            try advance()
            left = try combined(.and, left, try negation(), at: offset)
        }
        return left
    }

    private mutating func negation() throws(ExpressionProblem) -> Operand {
        guard token.word == "not" else { return try comparison() }
        let offset = token.offset
        try enter()
        defer { nesting -= 1 }
        try advance()
        let operand = try negation()
        if !operand.type.isA(.bool) {
            problems.append(
                ExpressionProblem(
                    .typeMismatch, at: operand.offset, "'not' wants a bool, found \(operand.type)",
                    hint: "would a comparison do, such as '> 0'?"))
        }
        return try node(.not(operand.node), .bool, over: [operand], at: offset)
    }

    private mutating func comparison() throws(ExpressionProblem) -> Operand {
        let left = try sum()
        guard let kind = comparisonOperator else {
            return token.word == "matches" ? try match(left) : left
        }
        let offset = token.offset
        try advance()
        let right = try sum()
        let result = try combined(kind, left, right, at: offset)
        if comparisonOperator != nil || token.word == "matches" {
            throw ExpressionProblem(
                .expressionSyntax, at: token.offset, "comparisons cannot be chained",
                hint: "join them with 'and'")
        }
        return result
    }

    private var comparisonOperator: BinaryOperator? {
        if token.word == "in" { return .in }
        guard case .symbol(let symbol) = token.kind, let kind = BinaryOperator(rawValue: symbol),
            kind != .plus, kind != .minus
        else { return nil }
        return kind
    }

    private mutating func match(_ left: Operand) throws(ExpressionProblem) -> Operand {
        try advance()
        let offset = token.offset
        guard case .string(let text) = token.kind else {
            throw ExpressionProblem(
                .expressionSyntax, at: offset, "'matches' wants a pattern in quotes, found \(token.name)",
                hint: "write matches '^pg-'")
        }
        try advance()
        if !left.type.isA(.string) {
            problems.append(
                ExpressionProblem(
                    .typeMismatch, at: left.offset, "'matches' wants a text, found \(left.type)",
                    hint: "only texts are compared with patterns"))
        }
        let pattern: Pattern
        do throws(PatternProblem) {
            pattern = try Pattern(reading: text)
        } catch {
            problems.append(
                ExpressionProblem(
                    .badValue, at: place(ofByte: error.offset, in: text, from: offset),
                    "this is no pattern: \(error.message)", hint: error.hint))
            return .unknown(at: left.offset)
        }
        return try node(.matches(left.node, pattern), .bool, over: [left], at: left.offset)
    }

    /// Where a byte of a text between quotes stands; doubled quotes take two.
    private func place(ofByte wanted: Int, in text: String, from offset: Int) -> Int {
        let quotes = text.utf8.prefix(wanted).count { $0 == bytes[offset] }
        return offset + 1 + wanted + quotes
    }

    private mutating func sum() throws(ExpressionProblem) -> Operand {
        var left = try negative()
        while case .symbol(let symbol) = token.kind, symbol == "+" || symbol == "-" {
            let offset = token.offset
            try advance()
            left = try combined(symbol == "+" ? .plus : .minus, left, try negative(), at: offset)
        }
        return left
    }

    private mutating func negative() throws(ExpressionProblem) -> Operand {
        guard token.kind == .symbol("-") else { return try primary() }
        let offset = token.offset
        try enter()
        defer { nesting -= 1 }
        try advance()
        let operand = try negative()
        let isFit = operand.type == .int || operand.type == .duration || operand.type == .any
        if !isFit {
            problems.append(
                ExpressionProblem(
                    .typeMismatch, at: operand.offset,
                    "'-' wants an int or a duration, found \(operand.type)", hint: "can the '-' go?"
                ))
        }
        return try node(.negative(operand.node), isFit ? operand.type : .any, over: [operand], at: offset)
    }

    // MARK: Values

    private mutating func primary() throws(ExpressionProblem) -> Operand {
        let start = token
        switch start.kind {
        case .int(let number): return try literal(.int(number), at: start.offset)
        case .duration(let duration): return try literal(.duration(duration), at: start.offset)
        case .string(let text): return try literal(.string(text), at: start.offset)
        case .symbol("("):
            try advance()
            var operand = try disjunction()
            try expect(")")
            operand.offset = start.offset
            return operand
        case .symbol("["): return try list(at: start.offset)
        case .path(let parts): return try name(parts, at: start.offset)
        case .symbol, .end: throw unexpected()
        }
    }

    private mutating func name(
        _ parts: [ExpressionToken.Part], at offset: Int
    ) throws(ExpressionProblem) -> Operand {
        if parts.count == 1 {
            switch parts[0].text {
            case "true": return try literal(.bool(true), at: offset)
            case "false": return try literal(.bool(false), at: offset)
            case "null": return try literal(.null, at: offset)
            case "and", "or", "in", "matches": throw unexpected()
            default: break
            }
        }
        try advance()
        if token.kind == .symbol("(") { return try call(parts, at: offset) }
        do throws(ExpressionProblem) {
            let found = try resolver.resolve(parts)
            return Operand(
                node: .reference(found.reference), type: found.type, offset: offset, choices: found.choices)
        } catch {
            problems.append(error)
            return .unknown(at: offset)
        }
    }

    private mutating func call(
        _ parts: [ExpressionToken.Part], at offset: Int
    ) throws(ExpressionProblem) -> Operand {
        let name = parts.map(\.text).joined(separator: ".")
        guard let function = ExpressionFunction(rawValue: name) else {
            throw ExpressionProblem(
                .unknownName, at: offset, "unknown function '\(name)'",
                hint: NearestName.hint(name, among: ExpressionFunction.allCases.map(\.rawValue))
                    ?? "known: \(ExpressionFunction.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        try advance()
        let operand = try disjunction()
        try expect(")")
        let isFit: Bool =
            switch (function, operand.type) {
            case (_, .any), (_, .string), (.len, .list): true
            default: false
            }
        if !isFit {
            let wanted = function == .ident ? "a text" : "a text or a list"
            problems.append(
                ExpressionProblem(
                    .typeMismatch, at: operand.offset, "\(name)() wants \(wanted), found \(operand.type)",
                    hint: "is another name meant?"))
        }
        let type: ValueType = function == .ident ? .string : .int
        return try node(.call(function, operand.node), type, over: [operand], at: offset)
    }

    private mutating func list(at offset: Int) throws(ExpressionProblem) -> Operand {
        try advance()
        var items: [Operand] = []
        while token.kind != .symbol("]") {
            if !items.isEmpty { try expect(",") }
            items.append(try disjunction())
        }
        try advance()
        let first = items.first?.type ?? .any
        if let odd = items.first(where: { !$0.type.isComparable(with: first) }) {
            problems.append(
                ExpressionProblem(
                    .typeMismatch, at: odd.offset,
                    "a list holds values of one type, found \(first) and \(odd.type)",
                    hint: "should all be texts, in quotes?"))
        }
        let type: ValueType = items.allSatisfy { $0.type == first } ? first : .any
        return try node(.list(items.map(\.node)), .list(of: type), over: items, at: offset)
    }

    private mutating func literal(_ value: RunbookValue, at offset: Int) throws(ExpressionProblem) -> Operand
    {
        try advance()
        return Operand(node: .literal(value), type: value.type, offset: offset)
    }

    // MARK: Helpers

    private mutating func combined(
        _ kind: BinaryOperator, _ left: Operand, _ right: Operand, at offset: Int
    ) throws(ExpressionProblem) -> Operand {
        let type = kind.resultType(left.type, right.type)
        if type == nil { problems.append(Self.mismatch(kind, left, right, at: offset)) }
        checkChoices(kind, left, right)
        return try node(
            .binary(kind, left.node, right.node), type ?? .any, over: [left, right], at: left.offset)
    }

    private static func mismatch(
        _ kind: BinaryOperator, _ left: Operand, _ right: Operand, at offset: Int
    ) -> ExpressionProblem {
        let message =
            switch kind {
            case .and, .or:
                "'\(kind.rawValue)' wants a bool on both sides, found \(left.type) and \(right.type)"
            case .in: "'in' wants a list of such values on its right, found \(left.type) in \(right.type)"
            case .plus, .minus: "'\(kind.rawValue)' cannot be applied to \(left.type) and \(right.type)"
            case .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual:
                "'\(kind.rawValue)' cannot compare \(left.type) with \(right.type)"
            }
        return ExpressionProblem(
            .typeMismatch, at: offset, message, hint: hint(kind, left.type, right.type))
    }

    private static func hint(_ kind: BinaryOperator, _ left: ValueType, _ right: ValueType) -> String {
        let types = [left, right]
        switch kind {
        case .plus where types.contains(.string):
            return "texts are joined by writing one ${{ }} after the other"
        case .plus, .minus: return "ints go with ints, durations with durations; a time takes a duration"
        case .and, .or: return "would a comparison do, such as '> 0'?"
        case .in: return "is the list on the right, with values of the left side's type?"
        case .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual: break
        }
        if types.contains(.null) { return "null is compared with '==' and '!=' only" }
        if types.contains(.duration) { return "durations are written without quotes: 90s, 10m, 24h, 7d" }
        if types.contains(.string), types.contains(.int) { return "are quotes missing, or too many?" }
        return types.contains(.time)
            ? "times are compared with times: run.now - 24h" : "is another name meant?"
    }

    /// A text that the other side can never have is a slip of the pen.
    private mutating func checkChoices(_ kind: BinaryOperator, _ left: Operand, _ right: Operand) {
        guard kind == .equal || kind == .notEqual else { return }
        for (name, literal) in [(left, right), (right, left)] where !name.choices.isEmpty {
            guard let text = literal.literalText, !name.choices.contains(text) else { continue }
            problems.append(
                ExpressionProblem(
                    .badValue, at: literal.offset, "'\(text)' is none of the values that this name can have",
                    hint: NearestName.hint(text, among: name.choices)
                        ?? "it can have: \(name.choices.joined(separator: ", "))"))
        }
    }

    private func node(
        _ node: ExpressionNode, _ type: ValueType, over operands: [Operand], at offset: Int
    ) throws(ExpressionProblem) -> Operand {
        let depth = 1 + (operands.map(\.depth).max() ?? 0)
        guard depth <= ExpressionNode.depthMax else { throw tooDeep(at: offset) }
        return Operand(node: node, type: type, depth: depth, offset: offset)
    }

    private mutating func enter() throws(ExpressionProblem) {
        nesting += 1
        if nesting > ExpressionNode.depthMax { throw tooDeep(at: token.offset) }
    }

    private func tooDeep(at offset: Int) -> ExpressionProblem {
        ExpressionProblem(
            .expressionSyntax, at: offset, "the expression has more than \(ExpressionNode.depthMax) levels",
            hint: "can part of it become a variable of its own?")
    }

    private mutating func advance() throws(ExpressionProblem) { token = try lexer.next() }

    private mutating func expect(_ symbol: String) throws(ExpressionProblem) {
        guard token.kind == .symbol(symbol) else {
            throw ExpressionProblem(
                .expressionSyntax, at: token.offset, "'\(symbol)' is missing, found \(token.name)",
                hint: "is it forgotten, or is an operator missing before?")
        }
        try advance()
    }

    private func unexpected() -> ExpressionProblem {
        ExpressionProblem(
            .expressionSyntax, at: token.offset, "unexpected \(token.name)",
            hint: token.kind == .end
                ? "is the second operand missing?" : "is an operator missing, or are quotes?")
    }
}
