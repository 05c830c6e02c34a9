/// A regular expression of a document, proven to be one when the document was checked.
public struct Pattern: Hashable, Sendable {
    /// Longest pattern, in bytes.
    public static let bytesMax = 1_000

    /// The pattern as its author wrote it.
    public let text: String

    /// Nothing when the text is no regular expression, or too long.
    public init?(_ text: String) {
        guard text.utf8.count <= Self.bytesMax, (try? Regex(text)) != nil else { return nil }
        self.text = text
    }

    /// Whether the pattern matches somewhere in the text; `^` and `$` bind it to the ends.
    public func matches(_ candidate: String) -> Bool {
        // The pattern compiled once already, when it was made.
        guard let regex = try? Regex(text) else { return false }
        return candidate.firstMatch(of: regex) != nil
    }
}
