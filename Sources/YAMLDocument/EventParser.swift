import CLibYAML

/// One event of libyaml, copied out of C memory.
struct YAMLEvent {
    enum Kind {
        case streamStart, streamEnd, documentStart, documentEnd
        case scalar(YAMLScalar)
        case sequenceStart, sequenceEnd, mappingStart, mappingEnd, alias
    }

    let kind: Kind
    let hasAnchor: Bool
    let hasTag: Bool
    let start: YAMLPosition
    let end: YAMLPosition
}

/// The handle of libyaml's parser over one text.
final class EventParser {
    private let parser: UnsafeMutablePointer<yaml_parser_t>
    private let text: UnsafeMutableBufferPointer<UInt8>
    private let source: SourceText

    /// Nothing when there is no memory for it.
    init?(source: SourceText) {
        self.source = source
        parser = UnsafeMutablePointer<yaml_parser_t>.allocate(capacity: 1)
        text = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: max(source.bytes.count, 1))
        _ = text.initialize(from: source.bytes)
        guard yaml_parser_initialize(parser) == 1 else {
            parser.deallocate()
            text.deallocate()
            return nil
        }
        yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
        yaml_parser_set_input_string(parser, text.baseAddress, source.bytes.count)
    }

    deinit {
        yaml_parser_delete(parser)
        parser.deallocate()
        text.deallocate()
    }

    /// The next event.
    func next() throws(YAMLProblem) -> YAMLEvent {
        var event = yaml_event_t()
        guard yaml_parser_parse(parser, &event) == 1 else { throw problem }
        defer { yaml_event_delete(&event) }
        let (kind, hasAnchor, hasTag) = Self.content(of: event)
        return YAMLEvent(
            kind: kind, hasAnchor: hasAnchor, hasTag: hasTag,
            start: position(event.start_mark), end: position(event.end_mark))
    }

    private static func content(of event: yaml_event_t) -> (YAMLEvent.Kind, anchor: Bool, tag: Bool) {
        switch event.type {
        case YAML_STREAM_START_EVENT: return (.streamStart, false, false)
        case YAML_DOCUMENT_START_EVENT: return (.documentStart, false, false)
        case YAML_DOCUMENT_END_EVENT: return (.documentEnd, false, false)
        case YAML_ALIAS_EVENT: return (.alias, false, false)
        case YAML_SEQUENCE_START_EVENT:
            let data = event.data.sequence_start
            return (.sequenceStart, data.anchor != nil, data.tag != nil)
        case YAML_SEQUENCE_END_EVENT: return (.sequenceEnd, false, false)
        case YAML_MAPPING_START_EVENT:
            let data = event.data.mapping_start
            return (.mappingStart, data.anchor != nil, data.tag != nil)
        case YAML_MAPPING_END_EVENT: return (.mappingEnd, false, false)
        case YAML_SCALAR_EVENT:
            let data = event.data.scalar
            let bytes = UnsafeBufferPointer(start: data.value, count: data.length)
            let scalar = YAMLScalar(text: String(decoding: bytes, as: UTF8.self), style: style(data.style))
            return (.scalar(scalar), data.anchor != nil, data.tag != nil)
        default: return (.streamEnd, false, false)
        }
    }

    private static func style(_ style: yaml_scalar_style_t) -> YAMLScalar.Style {
        switch style {
        case YAML_SINGLE_QUOTED_SCALAR_STYLE: .singleQuoted
        case YAML_DOUBLE_QUOTED_SCALAR_STYLE: .doubleQuoted
        case YAML_LITERAL_SCALAR_STYLE: .literal
        case YAML_FOLDED_SCALAR_STYLE: .folded
        default: .plain
        }
    }

    /// What stopped the parser.
    private var problem: YAMLProblem {
        let state = parser.pointee
        let words = state.problem.map { String(cString: $0) } ?? "this is no YAML"
        switch state.error {
        case YAML_READER_ERROR:
            return YAMLProblem(.syntax(words), at: source.position(ofByte: state.problem_offset))
        case YAML_MEMORY_ERROR:
            return YAMLProblem(.syntax("the YAML parser has no memory left"), at: position(state.mark))
        default:
            let context = state.context.map { " " + String(cString: $0) } ?? ""
            return YAMLProblem(.syntax(words + context), at: position(state.problem_mark))
        }
    }

    private func position(_ mark: yaml_mark_t) -> YAMLPosition {
        source.nearest(to: YAMLPosition(line: mark.line + 1, column: mark.column + 1))
    }
}
