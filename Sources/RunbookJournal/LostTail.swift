/// What a power cut leaves of records that were written and not yet synchronised: some of their sectors, in any order.
///
/// A sector that did not arrive reads as zeros, and no record has a zero byte. Such a tail never counted, because everything
/// that anybody relied on was synchronised ahead of it. It is told apart from damage by three marks, all of which it must have:
/// the zeros are a stretch of sectors (one byte alone is a changed byte); what follows them is whole records or pieces; and
/// none of these records, except the very last, is one behind which the writer synchronises.
struct LostTail {
    private let buffer: UnsafeBufferPointer<UInt8>
    /// Where the first line begins that is not proven.
    private let start: Int
    /// Sequence of the last record that is.
    private let lastSequence: Int64

    /// What a disk writes whole or not at all.
    static let sectorBytes = 512
    /// Shorter stretches are taken for changed bytes.
    private static let stretchBytesMin = 2
    /// Records that become durable with the next one; see the journal's reference page.
    private static let lazyKinds: Set<String> = ["started", "exited", "done", "undo.done", "skipped"]

    init(buffer: UnsafeBufferPointer<UInt8>, start: Int, lastSequence: Int64) {
        self.buffer = buffer
        self.start = start
        self.lastSequence = lastSequence
    }

    /// Whether a power cut explains it.
    var isPlausible: Bool {
        guard let first = JournalChain.lineEnd(buffer, from: start), hasLostSectors(start..<first) else {
            return false
        }
        var position = first + 1
        var sequence = lastSequence
        var isSynchronised = false
        while let end = JournalChain.lineEnd(buffer, from: position) {
            // Something was written behind a record that is durable before anything follows: the zeros came later.
            if isSynchronised { return false }
            let line = position..<end
            if !hasLostSectors(line) {
                guard let record = record(line), record.sequence > sequence else { return false }
                sequence = record.sequence
                isSynchronised = !Self.lazyKinds.contains(record.kind)
            }
            position = end + 1
        }
        return !isSynchronised || position == buffer.count
    }

    /// Whether the first stretch of zeros begins and ends where a lost sector does.
    ///
    /// It begins at a sector or, in the sector that the writing began in, at the line; it ends at a sector or with the file.
    private func hasLostSectors(_ line: Range<Int>) -> Bool {
        guard let first = buffer[line].firstIndex(of: 0) else { return false }
        let end = buffer[first...].firstIndex { $0 != 0 } ?? buffer.count
        let beginsRightly = first == line.lowerBound || first.isMultiple(of: Self.sectorBytes)
        return beginsRightly && end.isMultiple(of: Self.sectorBytes) && end - first >= Self.stretchBytesMin
    }

    /// The record of a line, if its own hash fits what it says.
    private func record(_ line: Range<Int>) -> JournalRecord? {
        let bytes = UnsafeBufferPointer(rebasing: buffer[line])
        var reader = RecordReader()
        guard let record = reader.record(bytes), var proof = try? ChainProof(after: record.previous) else {
            return nil
        }
        return (try? proof.advance(bytes, Int(record.sequence))) == nil ? nil : record
    }
}
