import Digests

/// Text from outside on its way to people: nothing in it acts on a terminal, a browser or a reader's order of letters.
public enum PrintableText {
    /// The text with control characters written as `\u001b`, which JSON reads as the same text; line ends and tabs stay.
    public static func visible(_ text: String) -> String {
        if !text.unicodeScalars.contains(where: acts) { return text }
        var visible = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            if acts(scalar) {
                visible.append(contentsOf: ("\\u" + Hex.text(scalar.value, digits: 4)).unicodeScalars)
            } else {
                visible.append(scalar)
            }
        }
        return String(visible)
    }

    /// Controls of ASCII and Latin 1, and what turns the direction of writing or divides lines unseen.
    ///
    /// Source: ECMA-48, 5.3 and 5.4; Unicode Standard Annex 9, 2.
    private static func acts(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x09, 0x0A: false
        case 0x00..<0x20, 0x7F..<0xA0, 0x061C, 0x200E, 0x200F, 0x2028...0x202E, 0x2066...0x2069, 0xFEFF: true
        default: false
        }
    }

    /// Columns that a text takes on a terminal.
    public static func columns(of text: String) -> Int {
        text.reduce(0) { $0 + columns(of: $1) }
    }

    /// As much of the text as fits; the last column shows that something is missing.
    public static func fitted(_ text: String, columns limit: Int) -> String {
        guard columns(of: text) > limit else { return text }
        var fitted = ""
        var count = 0
        for character in text {
            let width = columns(of: character)
            guard count + width < limit else { break }
            fitted.append(character)
            count += width
        }
        return limit > 0 ? fitted + "…" : ""
    }

    /// A terminal gives a letter and its accents the columns of the letter, and some signs of Asia and pictures two.
    private static func columns(of character: Character) -> Int {
        character.unicodeScalars.reduce(0) { max($0, columns(of: $1)) }
    }

    private static func columns(of scalar: Unicode.Scalar) -> Int {
        if scalar.value < 0x300 { return 1 }
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .enclosingMark, .format: return 0
        default: return isWide(scalar) ? 2 : 1
        }
    }

    /// Source: Unicode Standard Annex 11, classes W and F, by blocks.
    private static func isWide(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.properties.isEmojiPresentation { return true }
        switch scalar.value {
        case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0x4DBF, 0x4E00...0xA4CF, 0xA960...0xA97F,
            0xAC00...0xD7A3,
            0xF900...0xFAFF, 0xFE10...0xFE19, 0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6,
            0x1F300...0x1F64F, 0x1F900...0x1F9FF, 0x20000...0x3FFFD:
            return true
        default: return false
        }
    }
}
