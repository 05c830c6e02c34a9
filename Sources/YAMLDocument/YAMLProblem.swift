/// Why a text, or a part of it, is no acceptable YAML document.
public struct YAMLProblem: Error, Hashable, Sendable {
    /// What kind of problem.
    public enum Reason: Hashable, Sendable {
        /// Bytes that are no UTF-8.
        case invalidUTF8
        /// The YAML parser's own words.
        case syntax(String)
        /// Nothing but comments and space.
        case empty
        /// More than one document in the text.
        case severalDocuments
        /// A key that its mapping has already.
        case duplicateKey(String, firstLine: Int)
        /// A list, a mapping or nothing used as a key.
        case unfitKey
        /// `<<`.
        case mergeKey
        /// `&name`.
        case anchor
        /// `*name`.
        case alias
        /// `!name`.
        case tag
        /// More bytes, nodes or levels than allowed.
        case overLimit(what: String, limit: Int)
    }

    /// What kind of problem.
    public let reason: Reason
    /// Where it is.
    public let position: YAMLPosition

    /// A problem.
    public init(_ reason: Reason, at position: YAMLPosition) {
        self.reason = reason
        self.position = position
    }
}

extension YAMLProblem: CustomStringConvertible {
    /// The problem, for people.
    public var description: String {
        switch reason {
        case .invalidUTF8: "the text is not UTF-8 here"
        case .syntax(let words): words
        case .empty: "the document is empty"
        case .severalDocuments: "a second document begins here, one file holds one"
        case .duplicateKey(let key, let line): "the key '\(key)' is already given in line \(line)"
        case .unfitKey: "a key must be a plain text"
        case .mergeKey: "merge keys are not supported"
        case .anchor: "anchors are not supported"
        case .alias: "aliases are not supported"
        case .tag: "tags are not supported"
        case .overLimit(let what, let limit): "the document has more than \(limit) \(what)"
        }
    }

    /// Where to look.
    public var hint: String {
        switch reason {
        case .invalidUTF8: "was the file saved in another encoding, such as Latin-1?"
        case .syntax(let words): Self.hint(for: words)
        case .anchor, .alias, .mergeKey: "can the value be written out where it is used, or put in vars?"
        case .tag: "would quotes say the same?"
        case .unfitKey: "should the text be quoted?"
        case .empty: "is it the right file? a document begins with 'runbook: 1'"
        case .severalDocuments: "can the rest become a file of its own?"
        case .duplicateKey: "which of the two is meant?"
        case .overLimit: "can the document be divided, and its parts called?"
        }
    }

    /// What the words of libyaml usually mean.
    private static func hint(for words: String) -> String {
        let hints = [
            ("cannot start any token", "is there a tab in the indentation, or an unquoted '%', '@' or '`'?"),
            (
                "mapping values are not allowed",
                "should a text with ': ' be quoted, or is a line indented too far?"
            ),
            (
                "did not find expected key",
                "is this line indented like the keys around it, and is every quote above it closed?"
            ),
            ("could not find expected ':'", "is a ':' missing, or a space after it?"),
            (
                "did not find expected ',' or '}'",
                "is a '}' missing, or should a text with '{', '}' or ',' be quoted?"
            ),
            (
                "did not find expected ',' or ']'",
                "is a ']' missing, or should a text with '[', ']' or ',' be quoted?"
            ),
            (
                "did not find expected '-' indicator",
                "is this line indented like the '-' above it, and is a text that goes on behind quotes quoted whole?"
            ),
            ("unexpected end of stream", "is a closing quote missing?"),
            ("unknown escape character", "would single quotes do, in which '\\' is an ordinary character?"),
            ("control characters", "which program put a control character into the file?"),
        ]
        return hints.first { words.contains($0.0) }?.1
            ?? "is the line above complete: quotes, brackets, ':' and indentation?"
    }
}

extension String {
    /// Whether `part` occurs in the text.
    fileprivate func contains(_ part: String) -> Bool {
        let (bytes, wanted) = (Array(utf8), Array(part.utf8))
        guard wanted.count <= bytes.count else { return false }
        return (0...(bytes.count - wanted.count)).contains { bytes[$0...].starts(with: wanted) }
    }
}
