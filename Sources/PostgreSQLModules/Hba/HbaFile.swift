/// The lines of a `pg_hba.conf`, each kept as it was written.
struct HbaFile: Equatable {
    var lines: [Line] = []

    /// One line, or several that a backslash at the end joins.
    struct Line: Equatable {
        /// The text, without the end of the line.
        var text: String
        var content: Content

        /// The rule, where the line holds one.
        var rule: HbaRule? {
            if case .rule(let rule, _) = content { rule } else { nil }
        }
    }

    enum Content: Equatable {
        case blank
        /// A comment that has the line to itself.
        case comment(String)
        /// `include`, `include_if_exists`, `include_dir`.
        case directive
        case rule(HbaRule, comment: String?)
    }

    private static let directives: Set<String> = ["include", "include_if_exists", "include_dir"]

    /// A file without a line.
    init() {}

    /// Reads a file.
    ///
    /// - Throws: `HbaProblem` with the number of the line.
    init(_ text: String) throws(HbaProblem) {
        // "\r\n" is one Swift character: lines are found by scalars.
        var pieces = text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false).map(
            String.init)
        if pieces.last == "" { pieces.removeLast() }
        var index = 0
        while index < pieces.count {
            let number = index + 1
            var raw = pieces[index]
            var joined = Self.withoutReturn(raw)
            // A backslash joins lines everywhere, also in a comment. Source: PostgreSQL 17 manual, 21.1.
            while joined.hasSuffix("\\") {
                index += 1
                // The end of the text counts as one more line when it has a line end of its own.
                guard index < pieces.count || (index == pieces.count && text.hasSuffix("\n")) else {
                    throw HbaProblem("The last line ended with a '\\' (line continuation).")
                }
                let next = index < pieces.count ? pieces[index] : ""
                raw += "\n" + next
                joined = joined.dropLast() + Self.withoutReturn(next)
            }
            do throws(HbaProblem) {
                lines.append(Line(text: raw, content: try Self.content(of: joined)))
            } catch {
                throw HbaProblem("Error in line \(number): \(error.message)", hint: error.hint)
            }
            index += 1
        }
    }

    private static func withoutReturn(_ line: String) -> String {
        line.unicodeScalars.last == "\r" ? String(line.unicodeScalars.dropLast()) : line
    }

    private static func content(of line: String) throws(HbaProblem) -> Content {
        let fields = try HbaFields(line)
        guard let first = fields.fields.first else { return fields.comment.map(Content.comment) ?? .blank }
        if directives.contains(first) { return .directive }
        return .rule(try HbaRule(fields: fields.fields), comment: fields.comment)
    }

    /// The whole text; a file with a line ends with the end of a line.
    var text: String { lines.map { $0.text + "\n" }.joined() }

    /// The rules in their order.
    var rules: [HbaRule] { lines.compactMap(\.rule) }
}
