import Glibc

/// A journal in a file of its own folder.
public struct FileStorage: JournalStorage {
    private let descriptor: FileDescriptorBox
    private let reservePath: String

    /// Bytes that are kept so that a full disk leaves room for the last record.
    private static let reserveBytes = 16 * 1024

    private final class FileDescriptorBox {
        let number: Int32
        init(_ number: Int32) { self.number = number }
        deinit { close(number) }
    }

    /// The file of a journal.
    public static func path(folder: String) -> String { folder + "/journal.jsonl" }

    /// Opens (or creates) `journal.jsonl` in a folder, and makes both durable.
    public init(folder: String) throws(StorageFailure) {
        reservePath = folder + "/reserve"
        let path = Self.path(folder: folder)
        let number = open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard number >= 0 else { throw Self.failure("open \(path)") }
        descriptor = FileDescriptorBox(number)
        try keepReserve()
        try Self.syncFolder(folder)
    }

    private func keepReserve() throws(StorageFailure) {
        let number = open(reservePath, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard number >= 0 else { throw Self.failure("open \(reservePath)") }
        defer { close(number) }
        guard posix_fallocate(number, 0, off_t(Self.reserveBytes)) == 0 else {
            throw StorageFailure(operation: "write", reason: "no space left for \(reservePath)")
        }
    }

    /// Makes the names in a folder durable.
    public static func syncFolder(_ path: String) throws(StorageFailure) {
        let number = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard number >= 0 else { throw failure("open \(path)") }
        defer { close(number) }
        guard fsync(number) == 0 else { throw failure("sync \(path)") }
    }

    /// The bytes of a journal; empty when there is none.
    public static func contents(folder: String) throws(StorageFailure) -> [UInt8] {
        let path = path(folder: folder)
        let number = open(path, O_RDONLY | O_CLOEXEC)
        if number < 0, errno == ENOENT { return [] }
        guard number >= 0 else { throw failure("open \(path)") }
        defer { close(number) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 18)
        while true {
            let count = read(number, &chunk, chunk.count)
            if count == 0 { return bytes }
            if count < 0 {
                if errno == EINTR { continue }
                throw failure("read \(path)")
            }
            bytes += chunk[..<count]
        }
    }

    /// Writes all the bytes, however often the system interrupts.
    public mutating func append(_ bytes: [UInt8]) throws(StorageFailure) {
        FaultPoint.pass("journal.write.before")
        // Only who dies in the middle writes in halves: the others leave what they leave untested too.
        if FaultPoint.isNextFatal { try write(Array(bytes.prefix(bytes.count / 2))) }
        FaultPoint.pass("journal.write.half")
        try write(bytes)
        FaultPoint.pass("journal.write.after")
    }

    private func write(_ bytes: [UInt8]) throws(StorageFailure) {
        var done = 0
        while done < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.write(descriptor.number, $0.baseAddress?.advanced(by: done), $0.count - done)
            }
            if count < 0 {
                if errno == EINTR { continue }
                throw Self.failure("write")
            }
            done += count
        }
    }

    /// Synchronises the data.
    public mutating func sync() throws(StorageFailure) {
        guard fdatasync(descriptor.number) == 0 else { throw Self.failure("sync") }
        FaultPoint.pass("journal.sync.after")
    }

    /// Cuts the file.
    public mutating func truncate(to length: Int) throws(StorageFailure) {
        guard ftruncate(descriptor.number, off_t(length)) == 0 else { throw Self.failure("truncate") }
    }

    /// Removes the reserve.
    public mutating func releaseReserve() {
        // When it is gone already, its space is free already.
        unlink(reservePath)
    }

    private static func failure(_ operation: String) -> StorageFailure {
        StorageFailure(operation: operation, reason: String(cString: strerror(errno)))
    }
}
