import Digests

/// The records of a journal, proven to be the ones that were written, in their order.
public struct JournalChain: Sendable {
    /// The records.
    public let records: [JournalRecord]
    /// Hash of the last record: whoever knows it can prove the whole journal.
    public let head: String
    /// Bytes of the records that are whole.
    public let wholeBytes: Int
    /// Bytes of a last line that was cut off while it was written; they never counted.
    public let tornBytes: Int

    /// Why a journal is not believed.
    public enum Damage: Error, Equatable, Sendable {
        /// The line with this number, from 1 on.
        case unreadable(line: Int)
        /// Its hash, or that of the line before it, is another one.
        case chainBroken(line: Int)
        case outOfSequence(line: Int)
        case crypto(CryptoFailure)

        /// For people.
        public var message: String {
            switch self {
            case .unreadable(let line): "line \(line) of the journal is not a record"
            case .chainBroken(let line): "line \(line) of the journal is not the one that was written"
            case .outOfSequence(let line): "line \(line) of the journal is not the one that belongs there"
            case .crypto(let failure): failure.message
            }
        }
    }

    /// `,"h":"` + 64 hexadecimal digits + `"}`
    private static let tailBytes = 6 + 64 + 2

    /// Reads and proves a journal.
    ///
    /// Only a last line without its line end is taken as torn: everything else that is wrong is damage.
    public init(_ bytes: [UInt8]) throws(Damage) {
        var records: [JournalRecord] = []
        var head = JournalRecord.origin
        var start = 0
        try bytes.withUnsafeBufferPointer { (buffer) throws(Damage) in
            while let end = Self.lineEnd(buffer, from: start) {
                let line = UnsafeBufferPointer(rebasing: buffer[start..<end])
                let number = records.count + 1
                let hash = try Self.provenHash(line, after: head, number)
                guard case .object(let members)? = JournalParser.value(line),
                    let record = JournalRecord(members: members)
                else { throw .unreadable(line: number) }
                guard record.sequence == Int64(number), record.previous == head else {
                    throw .outOfSequence(line: number)
                }
                records.append(record)
                head = hash
                start = end + 1
            }
            // Tearing leaves a beginning of a record and its line end: a whole record with another byte behind it was changed.
            if let last = buffer.last, start < buffer.count, last != 0 {
                let line = UnsafeBufferPointer(rebasing: buffer[start..<(buffer.count - 1)])
                let number = records.count + 1
                if (try? Self.provenHash(line, after: head, number)) != nil {
                    throw .unreadable(line: number)
                }
            }
        }
        self.records = records
        self.head = head
        wholeBytes = start
        tornBytes = bytes.count - start
    }

    private static func lineEnd(_ buffer: UnsafeBufferPointer<UInt8>, from start: Int) -> Int? {
        guard start < buffer.count else { return nil }
        return buffer[start...].firstIndex(of: 0x0A)
    }

    /// The hash at the end of the line, once it is proven to be that of the line.
    private static func provenHash(
        _ line: UnsafeBufferPointer<UInt8>, after head: String, _ number: Int
    ) throws(Damage) -> String {
        guard line.count > tailBytes, line.count <= JournalRecord.bytesMax else {
            throw .unreadable(line: number)
        }
        let hashed = line.count - tailBytes
        let tail = String(decoding: line[hashed...], as: UTF8.self)
        let own: String
        do throws(CryptoFailure) {
            let stream = try SHA256Stream()
            stream.update(Array(head.utf8))
            stream.update(UnsafeRawBufferPointer(UnsafeBufferPointer(rebasing: line[..<hashed])))
            own = Hex.encode(stream.finish())
        } catch {
            throw .crypto(error)
        }
        guard tail == ",\"h\":\"\(own)\"}" else { throw .chainBroken(line: number) }
        return own
    }
}

extension JournalChain {
    /// The chain of a journal without records.
    public static let empty = JournalChain(
        records: [], head: JournalRecord.origin, wholeBytes: 0, tornBytes: 0)

    private init(records: [JournalRecord], head: String, wholeBytes: Int, tornBytes: Int) {
        self.records = records
        self.head = head
        self.wholeBytes = wholeBytes
        self.tornBytes = tornBytes
    }
}
