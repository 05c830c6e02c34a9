import Glibc
import RunbookJournal

/// The place of an attempt's two sectors, which its supervisor writes.
///
/// All attempts of a run have theirs in one file, allocated and synchronised many at a time: writing a sector then changes no
/// metadata, and costs one `fdatasync` and nothing else.
struct AttemptSlot {
    /// The file.
    let path: String
    /// From 0 on.
    let number: Int64

    /// The slot of checks; attempts have those behind it.
    static let ofChecks: Int64 = 0
    /// Size of a slot.
    static let byteCount = 2 * AttemptRecord.sectorBytes
    /// Slots that are allocated at a time.
    private static let chunk: Int64 = 64

    /// Where it begins.
    var offset: Int64 { number * Int64(Self.byteCount) }

    /// The bytes of both sectors; fewer when the file ends before.
    func sectors() throws(RuntimeFailure) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        if descriptor < 0, errno == ENOENT { return [] }
        guard descriptor >= 0 else { throw Files.failure(path) }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: Self.byteCount)
        let count = pread(descriptor, &bytes, bytes.count, off_t(offset))
        guard count >= 0 else { throw Files.failure(path) }
        return Array(bytes.prefix(count))
    }

    /// Makes sure that the slot is there, with zeros on the disk for it.
    ///
    /// - Throws: `RuntimeFailure.journal` when the disk is full: nothing may be started then.
    func allocate() throws(RuntimeFailure) {
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw Files.failure(path) }
        defer { close(descriptor) }
        let size = Int64(lseek(descriptor, 0, SEEK_END))
        let needed = offset + Int64(Self.byteCount)
        guard size < needed else { return }
        let end = (number / Self.chunk + 1) * Self.chunk * Int64(Self.byteCount)
        // A chunk that a crash left short is made whole: zeros are what an empty slot has.
        try Files.write([UInt8](repeating: 0, count: Int(end - size)), descriptor, path)
        guard fsync(descriptor) == 0 else { throw Files.syncFailure(path) }
    }
}
