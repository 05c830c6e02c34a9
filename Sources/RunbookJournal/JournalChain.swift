import Digests
import Glibc

/// The records of a journal, proven to be the ones that were written, in their order.
public struct JournalChain: Sendable {
    /// The records.
    public let records: [JournalRecord]
    /// Hash of the last record: whoever knows it can prove the whole journal.
    public let head: String
    /// Bytes of the records that are whole.
    public let wholeBytes: Int
    /// Bytes at the end that a crash cut off or tore while they were written; they never counted.
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

    /// Reads and proves a journal.
    ///
    /// Only what a crash leaves of records that were being written is taken as torn: a last line without its line end, and
    /// sectors that never reached the disk (`LostTail`). Everything else that is wrong is damage.
    public init(_ bytes: [UInt8]) throws(Damage) {
        var records: [JournalRecord] = []
        var proof = try ChainProof()
        var reader = RecordReader()
        var start = 0
        try bytes.withUnsafeBufferPointer { (buffer) throws(Damage) in
            while let end = Self.lineEnd(buffer, from: start) {
                let line = UnsafeBufferPointer(rebasing: buffer[start..<end])
                let previous = proof.head
                do throws(Damage) {
                    records.append(try Self.proven(line, records.count + 1, &proof, &reader))
                } catch {
                    let tail = LostTail(buffer: buffer, start: start, lastSequence: Int64(records.count))
                    guard tail.isPlausible else { throw error }
                    proof = try ChainProof(after: previous)
                    return
                }
                start = end + 1
            }
            try Self.refuseChangedEnd(buffer, from: start, number: records.count + 1, proof)
        }
        self.records = records
        head = proof.head
        wholeBytes = start
        tornBytes = bytes.count - start
    }

    private static func proven(
        _ line: UnsafeBufferPointer<UInt8>, _ number: Int, _ proof: inout ChainProof,
        _ reader: inout RecordReader
    ) throws(Damage) -> JournalRecord {
        let previous = proof.head
        try proof.advance(line, number)
        guard let record = reader.record(line) else { throw .unreadable(line: number) }
        guard record.sequence == Int64(number), record.previous == previous else {
            throw .outOfSequence(line: number)
        }
        return record
    }

    /// Tearing leaves a beginning of a record and its line end: a whole record with another byte behind it was changed.
    private static func refuseChangedEnd(
        _ buffer: UnsafeBufferPointer<UInt8>, from start: Int, number: Int, _ proof: ChainProof
    ) throws(Damage) {
        guard start < buffer.count else { return }
        let line = UnsafeBufferPointer(rebasing: buffer[start..<(buffer.count - 1)])
        var proof = proof
        guard (try? proof.advance(line, number)) == nil else { throw .unreadable(line: number) }
    }

    static func lineEnd(_ buffer: UnsafeBufferPointer<UInt8>, from start: Int) -> Int? {
        guard start < buffer.count, let base = buffer.baseAddress,
            let found = memchr(base + start, 0x0A, buffer.count - start)
        else { return nil }
        return UnsafeRawPointer(found) - UnsafeRawPointer(base)
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
