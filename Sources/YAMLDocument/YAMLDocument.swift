/// The one document of a YAML text, or everything that is wrong with it.
public struct YAMLDocument: Sendable {
    /// What a text may hold.
    public struct Limits: Sendable {
        /// Bytes of the text.
        public var bytesMax = 8 * 1_024 * 1_024
        /// Scalars, lists and mappings.
        public var nodesMax = 1_000_000
        /// Lists and mappings inside each other.
        public var depthMax = 32
        /// Problems that are kept.
        public var problemsMax = 100

        /// The usual limits.
        public init() {}
    }

    /// The outermost node; `nil` when the text is no YAML document. Refused parts inside it are marked.
    public let root: YAMLNode?
    /// What is wrong, in the order of the text.
    public let problems: [YAMLProblem]

    /// Parses a text; any bytes are survived.
    public static func parse(_ bytes: [UInt8], limits: Limits = Limits()) -> YAMLDocument {
        parse(SourceText(bytes), limits: limits)
    }

    /// Parses a text whose lines are needed again.
    public static func parse(_ source: SourceText, limits: Limits = Limits()) -> YAMLDocument {
        func refused(_ reason: YAMLProblem.Reason, byte: Int = 0) -> YAMLDocument {
            YAMLDocument(root: nil, problems: [YAMLProblem(reason, at: source.position(ofByte: byte))])
        }
        guard source.bytes.count <= limits.bytesMax else {
            return refused(.overLimit(what: "bytes", limit: limits.bytesMax))
        }
        do throws(UTF8.ValidationError) {
            _ = try UTF8Span(validating: source.bytes.span)
        } catch {
            return refused(.invalidUTF8, byte: error.byteOffsets.lowerBound)
        }
        guard let events = EventParser(source: source) else {
            return refused(.syntax("the YAML parser has no memory left"))
        }
        var composer = NodeComposer(events: events, limits: limits)
        let root = composer.composeDocument()
        return YAMLDocument(root: root, problems: composer.problems.sorted { $0.position < $1.position })
    }
}
