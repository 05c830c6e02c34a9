import Glibc

/// Reads the lines of a journal, one after the other.
///
/// The writer always writes the same fields in the same order, which is read without a detour over a dictionary; texts that
/// are the same as in the line before (boot, account) are kept. A line of another shape is read like any JSON.
struct RecordReader {
    private var boot = ""
    private var actor = ""

    /// The record of a line without its line end; `nil` when it is none.
    mutating func record(_ line: UnsafeBufferPointer<UInt8>) -> JournalRecord? {
        if let record = usual(line) { return record }
        guard case .object(let members)? = JournalParser.value(line) else { return nil }
        return JournalRecord(members: members)
    }

    private mutating func usual(_ line: UnsafeBufferPointer<UInt8>) -> JournalRecord? {
        var parser = JournalParser(bytes: line, position: 0, end: line.count)
        guard parser.take("{\"seq\":"), let sequence = parser.number(), parser.take(",\"gen\":"),
            let generation = parser.number(), parser.take(",\"wall\":"), let wall = parser.text(),
            parser.take(",\"boot\":"), let boot = parser.text(sameAs: boot), parser.take(",\"mono\":"),
            let monotonic = parser.number(), parser.take(",\"kind\":"), let kind = parser.text()
        else { return nil }
        var step: String?
        if parser.take(",\"step\":") {
            guard let text = parser.text() else { return nil }
            step = text
        }
        var attempt: Int64?
        if parser.take(",\"attempt\":") {
            guard let number = parser.number() else { return nil }
            attempt = number
        }
        guard parser.take(",\"actor\":"), let actor = parser.text(sameAs: actor), parser.take(",\"body\":"),
            case .object(let body)? = parser.next(depth: 1), parser.take(",\"prev\":"),
            let previous = parser.text(), parser.take(",\"h\":"), parser.text() != nil, parser.take("}"),
            parser.isAtEnd
        else { return nil }
        self.boot = boot
        self.actor = actor
        return JournalRecord(
            sequence: sequence, generation: generation, wall: wall, boot: boot, monotonic: monotonic,
            kind: kind, step: step, attempt: attempt, actor: actor, body: body, previous: previous)
    }
}

extension JournalParser {
    /// A text, which is `known` when its bytes are the same.
    fileprivate mutating func text(sameAs known: String) -> String? {
        takes(quoted: known) ? known : text()
    }
}
