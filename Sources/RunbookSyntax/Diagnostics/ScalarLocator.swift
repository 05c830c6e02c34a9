import YAMLDocument

/// Finds the place in the source of a byte of a scalar's text, through quotes, escapes and folding.
///
/// White space is not compared, because folding changes it; every other character of the text stands in the source
/// in the same order.
struct ScalarLocator {
    private let lines: [[Unicode.Scalar]]
    private let firstLine: Int
    private let style: YAMLScalar.Style
    private var line = 0
    private var column: Int

    init(node: YAMLNode, style: YAMLScalar.Style, source: SourceText) {
        firstLine = node.start.line
        let last = max(node.start.line, node.end.line)
        lines = (node.start.line...last).map { Array(source.line($0).unicodeScalars) }
        self.style = style
        column = node.start.column - 1
        switch style {
        case .plain: break
        case .singleQuoted, .doubleQuoted: column += 1
        // At the end of a text, a block may have no line of its own.
        case .literal, .folded: (line, column) = lines.count > 1 ? (1, 0) : (0, lines[0].count)
        }
    }

    /// The place of the character that holds this byte of the text.
    mutating func position(ofByte offset: Int, in text: String) -> YAMLPosition {
        var byte = 0
        for scalar in text.unicodeScalars {
            if byte >= offset { return place(before: scalar) }
            byte += UTF8.width(scalar)
            if !Self.isSpace(scalar) { skip(to: scalar) }
        }
        return YAMLPosition(line: firstLine + line, column: column + 1)
    }

    /// The place where `scalar` stands, the cursor being somewhere in the space before it.
    private mutating func place(before scalar: Unicode.Scalar) -> YAMLPosition {
        if !Self.isSpace(scalar) { skipSpace() }
        return YAMLPosition(line: firstLine + line, column: column + 1)
    }

    /// Moves the cursor behind the next character that is not space.
    private mutating func skip(to scalar: Unicode.Scalar) {
        skipSpace()
        guard let found = current else { return }
        switch (style, found) {
        case (.doubleQuoted, "\\"): column += escapeLength
        case (.singleQuoted, "'"): column += 2
        default: column += 1
        }
    }

    /// Moves the cursor to the next character of the text that is not space, through escaped space too.
    private mutating func skipSpace() {
        while line < lines.count {
            guard let scalar = current else {
                guard line + 1 < lines.count else { return }
                line += 1
                column = 0
                continue
            }
            if Self.isSpace(scalar) {
                column += 1
            } else if style == .doubleQuoted, scalar == "\\", isEscapedSpace {
                column += 2
            } else {
                return
            }
        }
    }

    private var current: Unicode.Scalar? {
        line < lines.count && column < lines[line].count ? lines[line][column] : nil
    }

    private var escaped: Unicode.Scalar? {
        column + 1 < lines[line].count ? lines[line][column + 1] : nil
    }

    private var isEscapedSpace: Bool {
        escaped.map { " ntr\t".unicodeScalars.contains($0) } ?? true
    }

    private var escapeLength: Int {
        switch escaped {
        case "x": 4
        case "u": 6
        case "U": 10
        default: 2
        }
    }

    private static func isSpace(_ scalar: Unicode.Scalar) -> Bool {
        scalar == " " || scalar == "\n" || scalar == "\t" || scalar == "\r"
    }
}
