import RunbookCore
import YAMLDocument

/// How a value is written and read.
struct Form<Value>: Sendable {
    let shape: Shape
    let read: @Sendable (YAMLNode, inout DocumentReader) -> Value?

    init(_ shape: Shape, read: @escaping @Sendable (YAMLNode, inout DocumentReader) -> Value?) {
        self.shape = shape
        self.read = read
    }

    /// A single value, described in words that complete "wants".
    init(
        _ words: String, _ atom: Atom = .text,
        read: @escaping @Sendable (YAMLNode, inout DocumentReader) -> Value?
    ) {
        self.init(.plain(atom, words), read: read)
    }
}

extension Form where Value == YAMLNode {
    /// Any node, read later by the caller.
    static func node(_ shape: Shape) -> Form { Form(shape) { node, _ in node } }
}

extension Form where Value == String {
    /// A text for people: expressions are not evaluated in it.
    static var text: Form {
        Form("a text") { node, reader in
            guard let (text, scalar) = reader.scalarText(node) else { return nil }
            if let offset = TemplateParser.firstExpression(in: text) {
                let problem = ExpressionProblem(
                    .badValue, at: offset,
                    "'\(reader.key)' is taken as it is, expressions are not evaluated in it",
                    hint: "can the text do without the value?")
                reader.report([problem], text: text, scalar: scalar, node: node)
                return nil
            }
            guard !text.isEmpty else {
                reader.report(
                    .badValue, at: node.start, "'\(reader.key)' must not be empty", hint: reader.about)
                return nil
            }
            return text
        }
    }

    /// A text for the shell, in which an expression would be an injection.
    static var script: Form {
        Form("a text for `sh -c`, without `${{ }}`") { node, reader in
            guard let (text, scalar) = reader.scalarText(node, wanted: "a text for the shell") else {
                return nil
            }
            if let offset = TemplateParser.firstExpression(in: text) {
                let problem = ExpressionProblem(
                    .injection, at: offset,
                    "'\(reader.key)' takes no ${{ }}: the value would be executed by the shell",
                    hint: "pass it through env (env: {NAME: \"${{ ... }}\"} and \"$NAME\"), or use argv")
                reader.report([problem], text: text, scalar: scalar, node: node)
                return nil
            }
            guard !text.utf8.allSatisfy({ $0 == 0x20 || (0x09...0x0D).contains($0) }) else {
                reader.report(
                    .badValue, at: node.start, "'\(reader.key)' must not be empty", hint: reader.about)
                return nil
            }
            return text
        }
    }
}

extension Form where Value == Template {
    /// A text whose expressions are replaced by their values.
    static var template: Form {
        Form("a text, with `${{ }}`") { node, reader in
            guard let (text, scalar) = reader.scalarText(node) else { return nil }
            guard let template = reader.template(text, scalar: scalar, node: node) else { return nil }
            for expression in template.expressions where !expression.type.hasText {
                let offset = TemplateParser.firstExpression(in: text, holding: expression.text) ?? 0
                let problem = ExpressionProblem(
                    .typeMismatch, at: offset,
                    "'\(expression.text)' is of type \(expression.type), which has no text",
                    hint: "which part of it is meant?")
                reader.report([problem], text: text, scalar: scalar, node: node)
                return nil
            }
            return template
        }
    }

    /// SQL, in which only identifiers are inserted.
    static var sql: Form {
        Form("SQL, in which `${{ }}` takes only `ident(...)`") { node, reader in
            guard let (text, scalar) = reader.scalarText(node, wanted: "SQL") else { return nil }
            guard let template = reader.template(text, scalar: scalar, node: node) else { return nil }
            var isSafe = true
            for expression in template.expressions {
                if case .call(.ident, _) = expression.root { continue }
                let offset = TemplateParser.firstExpression(in: text, holding: expression.text) ?? 0
                let problem = ExpressionProblem(
                    .injection, at: offset,
                    "in SQL only ident(...) may be inserted: other values would be executed",
                    hint:
                        "pass the value through args and write $1, or write ident(\(expression.text)) for a name"
                )
                reader.report([problem], text: text, scalar: scalar, node: node)
                isSafe = false
            }
            if text.utf8.allSatisfy({ $0 == 0x20 || (0x09...0x0D).contains($0) }) {
                reader.report(
                    .badValue, at: node.start, "'\(reader.key)' must not be empty", hint: reader.about)
                return nil
            }
            return isSafe ? template : nil
        }
    }
}

extension Form where Value == Expression {
    /// A condition.
    static var condition: Form { Form("a condition") { node, reader in reader.condition(node) } }
}

extension Form where Value == Bool {
    /// True or false.
    static var bool: Form {
        Form("true or false", .boolean) { node, reader in
            guard case .scalar(let scalar) = node.content, case .bool(let flag) = scalar.value else {
                reader.reportKind(of: node, wanted: "true or false", hint: node.booleanHint ?? reader.about)
                return nil
            }
            return flag
        }
    }
}

extension YAMLNode {
    /// The boolean that a word of YAML 1.1 or of French means.
    fileprivate var booleanHint: String? {
        guard case .scalar(let scalar) = content else { return nil }
        switch scalar.text.lowercased() {
        case "yes", "on", "oui", "vrai", "true", "1": return "did you mean 'true', without quotes?"
        case "no", "off", "non", "faux", "false", "0": return "did you mean 'false', without quotes?"
        default: return nil
        }
    }
}

extension Form where Value == Int {
    /// A whole number of a range.
    static func int(_ range: ClosedRange<Int>) -> Form {
        let words = "a whole number from \(range.lowerBound) to \(range.upperBound)"
        return Form(words, .integer(range)) { node, reader in
            guard case .scalar(let scalar) = node.content, case .int(let number) = scalar.value else {
                reader.reportKind(of: node, wanted: words, hint: reader.about)
                return nil
            }
            guard let value = Int(exactly: number), range.contains(value) else {
                reader.report(
                    .badValue, at: node.start, "'\(reader.key)' wants \(words), found \(number)",
                    hint: reader.about)
                return nil
            }
            return value
        }
    }
}

extension Form where Value == Duration {
    /// A length of time.
    static func duration(_ range: ClosedRange<Duration>) -> Form {
        let (shortest, longest) = (
            DurationText.text(of: range.lowerBound), DurationText.text(of: range.upperBound)
        )
        return Form(
            "a duration such as `90s`, `10m` or `1h30m`, from \(shortest) to \(longest)",
            .matching("^([0-9]+(w|d|h|ms|m|s))+$")
        ) { node, reader in
            guard let (text, _) = reader.scalarText(node, wanted: "a duration such as 10m") else {
                return nil
            }
            guard let duration = DurationText.duration(from: text) else {
                let isBare = Int64(text) != nil
                reader.report(
                    .badValue, at: node.start, "'\(text)' is no duration",
                    hint: isBare
                        ? "did you mean '\(text)s'?" : "durations are written like 90s, 10m, 24h, 7d or 1h30m"
                )
                return nil
            }
            guard range.contains(duration) else {
                reader.report(
                    .badValue, at: node.start,
                    "'\(reader.key)' wants a duration from \(shortest) to \(longest), found \(text)",
                    hint: reader.about)
                return nil
            }
            return duration
        }
    }
}

extension Form where Value: RawRepresentable & CaseIterable & Sendable, Value.RawValue == String {
    /// One of the words of an enumeration.
    static var choice: Form {
        let words = Value.allCases.map(\.rawValue)
        return Form("one of \(words.map { "`\($0)`" }.joined(separator: ", "))", .oneOf(words)) {
            node, reader in
            guard let (text, _) = reader.scalarText(node, wanted: "one of \(words.joined(separator: ", "))")
            else {
                return nil
            }
            guard let value = Value(rawValue: text) else {
                reader.report(
                    .badValue, at: node.start, "'\(reader.key)' does not take '\(text)'",
                    hint: NearestName.hint(text, among: words) ?? "known: \(words.joined(separator: ", "))")
                return nil
            }
            return value
        }
    }
}

extension Form where Value: Sendable {
    /// A name that follows a rule.
    static func name(_ what: String, _ rule: NameRule, _ make: @escaping @Sendable (String) -> Value?) -> Form
    {
        Form("\(what): \(rule.summary)", .matching(rule.pattern)) { node, reader in
            guard let (text, _) = reader.scalarText(node, wanted: what) else { return nil }
            guard let name = make(text) else {
                reader.report(
                    .badName, at: node.start, "'\(text)' is not \(what)",
                    hint: "\(rule.summary), at most \(NameRule.lengthMax) characters")
                return nil
            }
            return name
        }
    }
}
