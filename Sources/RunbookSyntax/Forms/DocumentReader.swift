import RunbookCore
import YAMLDocument

/// Reads values out of nodes and collects what is wrong with them.
struct DocumentReader {
    /// Diagnostics that are kept; what exceeds them is counted.
    static let diagnosticsMax = 200

    let source: SourceText
    var names = NameTable()
    /// Calls of other documents, in the order of the text.
    var calls: [CallPlace] = []
    /// What expressions may read where the reader is.
    var visibility = Visibility.beforeRun
    /// The key whose value is being read, with what is said of it in its table.
    var topic = Topic(key: "", summary: nil)
    private var diagnostics: [Diagnostic] = []
    private var omitted = 0

    init(source: SourceText) { self.source = source }

    /// What messages are about.
    struct Topic {
        let key: String
        let summary: String?
    }

    /// The key whose value is being read, for messages.
    var key: String {
        get { topic.key }
        set { topic = Topic(key: newValue, summary: nil) }
    }

    /// What the key is for: a hint where nothing better is known.
    var about: String? { topic.summary.map { Self.about(key, $0) } }

    /// The first sentence of what a table says.
    private static func about(_ key: String, _ summary: String) -> String {
        let bytes = Array(summary.utf8)
        let end = bytes.indices.first { index in
            bytes[index] == UInt8(ascii: ".")
                && (index + 1 == bytes.count || bytes[index + 1] == UInt8(ascii: " "))
        }
        let sentence = String(decoding: bytes[..<(end ?? bytes.count)], as: UTF8.self)
        return "'\(key)' is for this: \(sentence)"
    }

    /// Whether anything forbids the document's execution.
    var hasErrors: Bool { omitted > 0 || diagnostics.contains { $0.severity == .error } }

    /// Everything found, in the order of the text.
    var sortedDiagnostics: [Diagnostic] {
        var sorted = diagnostics.enumerated().sorted {
            ($0.element.line, $0.element.column, $0.offset) < ($1.element.line, $1.element.column, $1.offset)
        }.map(\.element)
        if omitted > 0, let last = sorted.last {
            sorted.append(
                Diagnostic(
                    line: last.line, column: last.column, code: .tooMany,
                    message: "\(omitted) more problems are not shown",
                    hint: "can the first ones be mended, and the document checked again?"))
        }
        return sorted
    }

    mutating func report(
        _ code: DiagnosticCode, at position: YAMLPosition, _ message: String, hint: String? = nil,
        severity: Diagnostic.Severity = .error
    ) {
        guard diagnostics.count < Self.diagnosticsMax else {
            omitted += 1
            return
        }
        diagnostics.append(
            Diagnostic(
                severity: severity, line: position.line, column: position.column, code: code,
                message: VisibleText.of(message), hint: hint.map(VisibleText.of)))
    }

    /// Reports that a value is of another kind; a refused part has been reported already.
    mutating func reportKind(of node: YAMLNode, wanted: String, hint: String? = nil) {
        if node.content == .refused { return }
        report(.wrongKind, at: node.start, "'\(key)' wants \(wanted), found \(node.kind)", hint: hint)
    }

    /// The value of a node under a form.
    mutating func read<Value>(_ node: YAMLNode, as form: Form<Value>) -> Value? { form.read(node, &self) }

    // MARK: Mappings

    /// The entries of a mapping, after its keys were checked against the table.
    mutating func fields(of node: YAMLNode, as table: KeyTable) -> Fields? {
        guard case .mapping(let entries) = node.content else {
            if node.content != .refused {
                report(
                    .wrongKind, at: node.start, "\(table.subject) must be a mapping, found \(node.kind)",
                    hint: "known keys: \(table.keys.prefix(8).map(\.name).joined(separator: ", "))")
            }
            return nil
        }
        let fields = Fields(start: node.start, entries: entries)
        for entry in entries where table.keysByName[entry.key] == nil { reportUnknown(entry, in: table) }
        for declaration in table.keys where declaration.isRequired && !fields.has(declaration.name) {
            if isMisspelt(declaration.name, in: fields, table) { continue }
            report(
                .missingKey, at: node.start, "\(table.subject) needs the key '\(declaration.name)'",
                hint: Self.about(declaration.name, declaration.summary))
        }
        return fields
    }

    /// Whether a key is there under a name that was reported already, with this one as what was probably meant.
    private func isMisspelt(_ name: String, in fields: Fields, _ table: KeyTable) -> Bool {
        fields.entries.contains { entry in
            table.keysByName[entry.key] == nil
                && NearestName.of(entry.key, among: table.keys.map(\.name)) == name
        }
    }

    /// The value of a key; `nil` when it is absent or refused.
    mutating func read<Value>(_ key: Key<Value>, in fields: Fields) -> Value? {
        guard let entry = fields.entry(key.name) else { return nil }
        topic = Topic(key: key.name, summary: key.declaration.summary)
        return key.form.read(entry.value, &self)
    }

    private mutating func reportUnknown(_ entry: YAMLEntry, in table: KeyTable) {
        if table.laterKeys.contains(entry.key) {
            report(
                .notYet, at: entry.keyStart, "'\(entry.key)' is not supported yet by this version",
                hint: "can the procedure do without it? see the reference of documents")
            return
        }
        if let place = table.keysElsewhere[entry.key] {
            report(
                .unknownKey, at: entry.keyStart, "'\(entry.key)' has no place in \(table.subject)",
                hint: place)
            return
        }
        let known = table.keys.map(\.name)
        report(
            .unknownKey, at: entry.keyStart, "unknown key '\(entry.key)' in \(table.subject)",
            hint: entry.isRestOfText
                ? "did a ',' end the text before it? a text with ',' needs quotes between { and }"
                : NearestName.hint(entry.key, among: known) ?? "known: \(known.joined(separator: ", "))")
    }

    // MARK: Expressions

    /// The text of a scalar that is not null, as it was written.
    mutating func scalarText(_ node: YAMLNode, wanted: String = "a text") -> (
        text: String, scalar: YAMLScalar
    )? {
        guard case .scalar(let scalar) = node.content, scalar.value != .null else {
            reportKind(of: node, wanted: wanted, hint: about)
            return nil
        }
        return (scalar.text, scalar)
    }

    /// The template that a text is.
    mutating func template(_ text: String, scalar: YAMLScalar, node: YAMLNode) -> Template? {
        guard TemplateParser.firstExpression(in: text) != nil else { return Template(text) }
        var parser = TemplateParser(text, resolver: NameResolver(names: names, visibility: visibility))
        let template = parser.parse()
        report(parser.problems, text: text, scalar: scalar, node: node)
        for expression in template?.expressions ?? [] { markUsed(expression) }
        return template
    }

    /// The condition that a text is.
    mutating func condition(_ node: YAMLNode) -> Expression? {
        expression(node, .bool, wanted: "a condition")
    }

    /// The expression that a text is, whose value must have a type.
    mutating func expression(_ node: YAMLNode, _ type: ValueType, wanted: String) -> Expression? {
        guard let (text, scalar) = scalarText(node, wanted: wanted) else { return nil }
        if let offset = TemplateParser.firstExpression(in: text) {
            let problem = ExpressionProblem(
                .expressionSyntax, at: offset, "'\(key)' is an expression already and takes no ${{ }}",
                hint: "write it without ${{ and }}")
            report([problem], text: text, scalar: scalar, node: node)
            return nil
        }
        let bytes = Array(text.utf8)
        var parser = ExpressionParser(
            bytes, range: 0..<bytes.count, resolver: NameResolver(names: names, visibility: visibility))
        let expression = parser.parse()
        report(parser.problems, text: text, scalar: scalar, node: node)
        guard let expression else { return nil }
        markUsed(expression)
        guard expression.type.isA(type) else {
            let start = bytes.firstIndex { $0 != 0x20 && !(0x09...0x0D).contains($0) } ?? 0
            let problem = ExpressionProblem(
                .typeMismatch, at: start,
                "'\(key)' wants \(wanted), this is of type \(expression.type)",
                hint: type == .bool ? "would a comparison do, such as '> 0' or '== \"x\"'?" : about)
            report([problem], text: text, scalar: scalar, node: node)
            return nil
        }
        return expression
    }

    /// Reports a problem at a byte of a scalar's text.
    mutating func report(_ problems: [ExpressionProblem], text: String, scalar: YAMLScalar, node: YAMLNode) {
        for problem in problems {
            var locator = ScalarLocator(node: node, style: scalar.style, source: source)
            let position = locator.position(ofByte: problem.offset, in: text)
            report(problem.code, at: position, problem.message, hint: problem.hint)
        }
    }

    private mutating func markUsed(_ expression: Expression) {
        for reference in expression.references { names.markUsed(reference) }
    }
}

extension YAMLEntry {
    /// Whether this looks like the rest of an unquoted text that a comma cut: words without a value.
    fileprivate var isRestOfText: Bool {
        guard case .scalar(let scalar) = value.content else { return false }
        return scalar.style == .plain && scalar.text.isEmpty && key.utf8.contains(UInt8(ascii: " "))
    }
}
