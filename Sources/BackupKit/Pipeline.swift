import Digests
import Glibc

/// Runs a program, or reads a file, through an optional filter into a file or a second program; counts and hashes what
/// passes, and believes in success only when every part of it succeeded.
public struct Pipeline {
    /// What came of it.
    public struct Result: Sendable {
        /// Bytes out of the source.
        public let rawBytes: Int64
        /// Bytes that were written.
        public let storedBytes: Int64
        /// SHA-256 of what was written, hexadecimal.
        public let sha256: String
        /// The last bytes out of the source, where an end mark would be.
        public let rawTail: [UInt8]
        /// What the programs said on standard error, the end of it.
        public let said: String
    }

    /// What came out of a pipeline that keeps nothing.
    public struct Output: Sendable {
        /// The first bytes.
        public let head: [UInt8]
        /// The last bytes.
        public let tail: [UInt8]
        /// What the programs said on standard error, the end of it.
        public let said: String
    }

    private let timeoutSeconds: Int
    private static let chunkBytes = 1 << 17
    private static let tailBytes = 4096
    private static let headBytes = 1 << 16

    /// A pipeline that may take so long; 0 is without limit.
    public init(timeoutSeconds: Int) {
        self.timeoutSeconds = timeoutSeconds
    }

    /// Runs the source through the filter into a new file, and makes the file durable.
    public func run(_ source: Program, filter: Program?, into path: String) throws(BackupFailure) -> Result {
        let file = try RepositoryFiles.create(path)
        defer { close(file) }
        var sink = FileSink(descriptor: file, path: path, digest: try Self.stream())
        let flow = try Flow(source: source, filter: filter, deadline: deadline)
        try flow.pump { (bytes) throws(BackupFailure) in try sink.take(bytes) }
        guard fsync(file) == 0 else { throw RepositoryFiles.failure(path) }
        return Result(
            rawBytes: flow.rawBytes, storedBytes: sink.count, sha256: Hex.encode(sink.digest.finish()),
            rawTail: flow.rawTail, said: flow.said)
    }

    /// Runs the source through the filter and keeps only both ends of what comes out: for proving that it can be read, and for
    /// programs that write their files themselves.
    public func prove(_ source: Program, filter: Program? = nil) throws(BackupFailure) -> Output {
        try output(of: Flow(source: source, filter: filter, deadline: deadline))
    }

    /// Feeds what comes out of the source to a program.
    ///
    /// The program gets `opening`, then the source without its first bytes `replacedHead`, then, only after the source
    /// succeeded, `closing`. When the source fails, the program is ended; when this process dies, the program sees an end
    /// without `closing`.
    public func feed(
        _ source: Program, to program: Program, opening: [UInt8], replacedHead: [UInt8], closing: [UInt8]
    ) throws(BackupFailure) -> Output {
        let frame = Frame(opening: opening, replacedHead: replacedHead, closing: closing)
        return try output(of: Flow(source: source, filter: program, frame: frame, deadline: deadline))
    }

    private func output(of flow: Flow) throws(BackupFailure) -> Output {
        var head: [UInt8] = []
        var tail: [UInt8] = []
        try flow.pump { (bytes) throws(BackupFailure) in
            head += bytes.prefix(Self.headBytes - head.count)
            tail = Array((tail + bytes.suffix(Self.tailBytes)).suffix(Self.tailBytes))
        }
        return Output(head: head, tail: tail, said: flow.said)
    }

    /// SHA-256 and size of a file as it is on disk.
    public static func digest(of path: String) throws(BackupFailure) -> (sha256: String, bytes: Int64) {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw RepositoryFiles.failure(path) }
        defer { close(file) }
        let stream = try stream()
        var chunk = [UInt8](repeating: 0, count: chunkBytes)
        var total: Int64 = 0
        while true {
            let count = read(file, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw RepositoryFiles.failure(path) }
            if count == 0 { return (Hex.encode(stream.finish()), total) }
            total += Int64(count)
            chunk.withUnsafeBytes { stream.update(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
        }
    }

    private static func stream() throws(BackupFailure) -> SHA256Stream {
        do throws(CryptoFailure) {
            return try SHA256Stream()
        } catch {
            throw .programMissing(name: "libcrypto", package: error.message)
        }
    }

    private var deadline: Double? { timeoutSeconds > 0 ? Self.now() + Double(timeoutSeconds) : nil }

    static func now() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    private struct FileSink {
        let descriptor: Int32
        let path: String
        let digest: SHA256Stream
        var count: Int64 = 0

        mutating func take(_ bytes: ArraySlice<UInt8>) throws(BackupFailure) {
            try bytes.withUnsafeBufferPointer { (buffer) throws(BackupFailure) in
                let raw = UnsafeRawBufferPointer(buffer)
                digest.update(raw)
                do throws(BackupFailure) {
                    try RepositoryFiles.write(raw, descriptor, path)
                } catch {
                    if case .full(let path, let more) = error {
                        throw .full(path: path, written: count + more)
                    }
                    throw error
                }
            }
            count += Int64(bytes.count)
        }
    }
}
