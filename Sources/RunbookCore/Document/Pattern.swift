/// A regular expression of a document, proven to be one when the document was checked.
///
/// The time of a match grows with the length of the text and never faster, whatever the pattern: all ways through it are
/// followed at once. Hence there are neither references back to a group nor looks ahead or behind, which no such matcher has.
public struct Pattern: Sendable {
    /// Longest pattern, in bytes.
    public static let bytesMax = 1_000
    /// Steps that a pattern may become, each repetition written out: what a character of the text costs at most.
    public static let stepsMax = 2_000

    /// The pattern as its author wrote it.
    public let text: String
    private let program: PatternProgram

    /// Nothing when the text is no regular expression, or too long.
    public init?(_ text: String) {
        do throws(PatternProblem) {
            try self.init(reading: text)
        } catch {
            return nil
        }
    }

    /// The pattern of a text, or where and why it is none.
    public init(reading text: String) throws(PatternProblem) {
        guard text.utf8.count <= Self.bytesMax else {
            throw PatternProblem(
                at: 0, "it has more than \(Self.bytesMax) bytes", hint: "can it be told in two conditions?")
        }
        var parser = PatternParser(text)
        program = try PatternProgram(try parser.parse())
        self.text = text
    }

    /// Whether the pattern matches somewhere in the text; `^` and `$` bind it to the ends.
    public func matches(_ candidate: String) -> Bool { program.matches(candidate.unicodeScalars) }
}

extension Pattern: Hashable {
    /// Patterns are the same when their texts are.
    public static func == (left: Pattern, right: Pattern) -> Bool { left.text == right.text }

    /// Hashes the text.
    public func hash(into hasher: inout Hasher) { hasher.combine(text) }
}

/// Why a text is no pattern, and at which byte.
public struct PatternProblem: Error, Hashable, Sendable {
    /// The byte at which it goes wrong.
    public let offset: Int
    /// What is wrong.
    public let message: String
    /// What to write instead.
    public let hint: String?

    init(at offset: Int, _ message: String, hint: String? = nil) {
        self.offset = offset
        self.message = message
        self.hint = hint
    }
}
