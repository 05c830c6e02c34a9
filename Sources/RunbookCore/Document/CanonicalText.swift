/// Builds one unambiguous text from named fields: what fingerprints are made of.
struct CanonicalText {
    private(set) var text = ""

    /// Text in double quotes, so that no content can look like structure.
    static func quoted(_ text: some StringProtocol) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            if scalar == "\"" || scalar == "\\" { quoted += "\\" }
            quoted.unicodeScalars.append(scalar)
        }
        return quoted + "\""
    }

    mutating func add(_ name: String, raw value: String?) {
        guard let value else { return }
        text += "\(name)=\(value)\n"
    }

    mutating func add(_ name: String, _ value: String?) { add(name, raw: value.map { Self.quoted($0) }) }

    mutating func add(_ name: String, _ value: Template?) { add(name, raw: value?.canonicalText) }

    mutating func add(_ name: String, _ value: Duration?) {
        add(name, value.map { DurationText.text(of: $0) })
    }

    mutating func add(_ name: String, _ value: Bool) { add(name, raw: value ? "true" : "false") }

    mutating func add(_ name: String, _ values: [String]) {
        add(name, raw: values.isEmpty ? nil : "[" + values.joined(separator: ",") + "]")
    }
}

extension Template {
    /// One text for one meaning.
    var canonicalText: String {
        "t["
            + segments.map { segment in
                switch segment {
                case .text(let literal): CanonicalText.quoted(literal)
                case .expression(let expression): "{" + expression.root.canonicalText + "}"
                }
            }.joined(separator: ",") + "]"
    }
}

extension ValueTemplate {
    /// One text for one meaning.
    var canonicalText: String {
        switch self {
        case .literal(let value): ExpressionNode.literal(value).canonicalText
        case .template(let template): template.canonicalText
        case .list(let items): "[" + items.map(\.canonicalText).joined(separator: ",") + "]"
        case .map(let fields):
            "{"
                + fields.map { "\(CanonicalText.quoted($0.name)):\($0.value.canonicalText)" }
                .joined(separator: ",") + "}"
        }
    }
}
