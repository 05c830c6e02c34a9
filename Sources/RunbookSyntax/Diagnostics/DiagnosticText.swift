import YAMLDocument

extension Diagnostic {
    /// Longest part of a source line that is shown, in Unicode scalars.
    static let excerptMax = 160

    /// The diagnostic as compilers print it: place and message, the line, a caret, the hint.
    public func rendered(source: [UInt8], fileName: String) -> String {
        rendered(source: SourceText(source), fileName: fileName)
    }

    func rendered(source: SourceText, fileName: String) -> String {
        var lines = ["\(fileName):\(line):\(column): \(severity.rawValue): \(message) [\(code.rawValue)]"]
        let (excerpt, caretColumn) = excerpt(of: VisibleText.of(source.line(line).unicodeScalars))
        if excerpt.contains(where: { $0 != " " && $0 != "\t" }) {
            lines.append("    " + String(String.UnicodeScalarView(excerpt)))
            let margin = excerpt.prefix(caretColumn - 1).map { $0 == "\t" ? Unicode.Scalar("\t") : " " }
            let missing = String(repeating: " ", count: max(0, caretColumn - 1 - margin.count))
            lines.append("    " + String(String.UnicodeScalarView(margin)) + missing + "^")
        }
        if let hint { lines.append("    hint: \(hint)") }
        return lines.joined(separator: "\n")
    }

    /// The part of a long line around the place, and the caret's column in it.
    private func excerpt(of scalars: [Unicode.Scalar]) -> (text: [Unicode.Scalar], caretColumn: Int) {
        guard scalars.count > Self.excerptMax else { return (scalars, column) }
        let first = max(0, min(column - 1 - Self.excerptMax / 2, scalars.count - Self.excerptMax))
        return (Array(scalars[first..<first + Self.excerptMax]), column - first)
    }
}
