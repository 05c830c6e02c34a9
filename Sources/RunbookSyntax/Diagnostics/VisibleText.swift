/// Text of a document in messages: short, and without characters that act on a terminal.
enum VisibleText {
    /// Longest message, in Unicode scalars.
    private static let lengthMax = 400

    /// The text with control characters replaced and its end cut off when it is long.
    static func of(_ text: String) -> String {
        let scalars = text.unicodeScalars
        var visible = String.UnicodeScalarView(of(scalars.prefix(lengthMax)))
        if scalars.count > lengthMax { visible.append("…") }
        return String(visible)
    }

    /// The scalars with control characters replaced, tabs excepted.
    static func of(_ scalars: some Sequence<Unicode.Scalar>) -> [Unicode.Scalar] {
        scalars.map { $0 != "\t" && isControl($0) ? "\u{FFFD}" : $0 }
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator: true
        default: false
        }
    }
}
