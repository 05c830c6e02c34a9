/// Looking at a text as databases do, scalar by scalar.
///
/// Swift's own operations go by characters: a quote that a combining mark follows is another character to them, so
/// that it would be neither found nor escaped.
extension StringProtocol {
    /// Whether the scalars of the other text occur in this one.
    public func containsScalars(_ other: String) -> Bool {
        utf8.contains(other.utf8)
    }

    /// Whether the text begins with the scalars of the other one.
    public func startsWithScalars(_ other: String) -> Bool {
        utf8.starts(with: other.utf8)
    }

    /// The text without white space at both ends.
    public var withoutOuterSpaces: String {
        var rest = self[...]
        while rest.first?.isWhitespace == true { rest.removeFirst() }
        while rest.last?.isWhitespace == true { rest.removeLast() }
        return String(rest)
    }

    /// The text with every occurrence of one text replaced by another.
    public func replacingScalars(_ old: String, with new: String) -> String {
        String(
            String.UnicodeScalarView(unicodeScalars).replacing(old.unicodeScalars, with: new.unicodeScalars))
    }
}
