/// Builds nodes from events and collects what is refused on the way.
struct NodeComposer {
    private let events: EventParser
    private let limits: YAMLDocument.Limits
    private var nodeCount = 0
    private(set) var problems: [YAMLProblem] = []

    init(events: EventParser, limits: YAMLDocument.Limits) {
        self.events = events
        self.limits = limits
    }

    /// The only document of the stream; `nil` when there is none, or when the parser had to stop.
    mutating func composeDocument() -> YAMLNode? {
        do throws(YAMLProblem) {
            _ = try events.next()
            let first = try events.next()
            guard case .documentStart = first.kind else {
                note(.empty, at: first.start)
                return nil
            }
            let root = try composeNode(try events.next(), depth: 1)
            _ = try events.next()
            let second = try events.next()
            if case .documentStart = second.kind { note(.severalDocuments, at: second.start) }
            return root
        } catch {
            problems.append(error)
            return nil
        }
    }

    private mutating func composeNode(_ event: YAMLEvent, depth: Int) throws(YAMLProblem) -> YAMLNode {
        nodeCount += 1
        guard nodeCount <= limits.nodesMax else {
            throw YAMLProblem(.overLimit(what: "nodes", limit: limits.nodesMax), at: event.start)
        }
        guard depth <= limits.depthMax else {
            throw YAMLProblem(.overLimit(what: "levels", limit: limits.depthMax), at: event.start)
        }
        if event.hasAnchor { note(.anchor, at: event.start) }
        if event.hasTag { note(.tag, at: event.start) }
        switch event.kind {
        case .scalar(let scalar):
            return YAMLNode(content: .scalar(scalar), start: event.start, end: event.end)
        case .sequenceStart: return try composeSequence(event, depth: depth)
        case .mappingStart: return try composeMapping(event, depth: depth)
        case .alias:
            note(.alias, at: event.start)
            return YAMLNode(content: .refused, start: event.start, end: event.end)
        case .streamStart, .streamEnd, .documentStart, .documentEnd, .sequenceEnd, .mappingEnd:
            throw YAMLProblem(.syntax("a value is missing"), at: event.start)
        }
    }

    private mutating func composeSequence(_ event: YAMLEvent, depth: Int) throws(YAMLProblem) -> YAMLNode {
        var items: [YAMLNode] = []
        while true {
            let next = try events.next()
            if case .sequenceEnd = next.kind {
                return YAMLNode(content: .sequence(items), start: event.start, end: next.end)
            }
            items.append(try composeNode(next, depth: depth + 1))
        }
    }

    private mutating func composeMapping(_ event: YAMLEvent, depth: Int) throws(YAMLProblem) -> YAMLNode {
        var entries: [YAMLEntry] = []
        var firstLines: [String: Int] = [:]
        var isUnfit = false
        while true {
            let next = try events.next()
            if case .mappingEnd = next.kind {
                // `{{ a }}` is a mapping only because quotes are missing: nothing more is said about it.
                if isUnfit, entries.isEmpty {
                    return YAMLNode(content: .refused, start: event.start, end: next.end)
                }
                return YAMLNode(content: .mapping(entries), start: event.start, end: next.end)
            }
            let key = try composeNode(next, depth: depth + 1)
            let value = try composeNode(try events.next(), depth: depth + 1)
            guard case .scalar(let scalar) = key.content, scalar.value != .null else {
                if key.content != .refused { note(.unfitKey, at: key.start) }
                isUnfit = true
                continue
            }
            if scalar.text == "<<", scalar.style == .plain {
                note(.mergeKey, at: key.start)
                continue
            }
            if let line = firstLines[scalar.text] {
                note(.duplicateKey(scalar.text, firstLine: line), at: key.start)
                continue
            }
            firstLines[scalar.text] = key.start.line
            entries.append(YAMLEntry(key: scalar.text, keyStart: key.start, value: value))
        }
    }

    private mutating func note(_ reason: YAMLProblem.Reason, at position: YAMLPosition) {
        if problems.count < limits.problemsMax { problems.append(YAMLProblem(reason, at: position)) }
    }
}
