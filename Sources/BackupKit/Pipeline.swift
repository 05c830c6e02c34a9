import CSystem
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
    }

    private let timeoutSeconds: Int
    private static let chunkBytes = 1 << 17
    private static let tailBytes = 4096

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
            rawTail: flow.rawTail)
    }

    /// Runs the source through the filter and throws away what comes out: for proving that it can be read.
    ///
    /// - Returns: The last bytes that came out.
    public func prove(_ source: Program, filter: Program?) throws(BackupFailure) -> [UInt8] {
        let flow = try Flow(source: source, filter: filter, deadline: deadline)
        var tail: [UInt8] = []
        try flow.pump { (bytes) throws(BackupFailure) in tail = Array((tail + bytes).suffix(Self.tailBytes)) }
        return tail
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

/// The moving bytes of a pipeline: source, then filter, then us.
private final class Flow {
    private let source: ChildProcess
    private let filter: ChildProcess?
    private let deadline: Double?
    private let timeoutSeconds: Int
    /// What comes out of the source; -1 once it ended.
    private var raw: Int32
    /// What goes into the filter; -1 once it ended.
    private var toFilter: Int32 = -1
    /// What comes out of the filter; -1 without one, or once it ended.
    private var filtered: Int32 = -1
    private var waiting: ArraySlice<UInt8> = []
    private var chunk = [UInt8](repeating: 0, count: 1 << 17)
    private(set) var rawBytes: Int64 = 0
    private(set) var rawTail: [UInt8] = []

    init(source: Program, filter: Program?, deadline: Double?) throws(BackupFailure) {
        // A filter that ends early must be told by its exit status, not by our death.
        signal(SIGPIPE, SIG_IGN)
        self.deadline = deadline
        timeoutSeconds = deadline.map { Int($0 - Pipeline.now()) } ?? 0
        let fromSource = try Self.pipe()
        raw = fromSource.read
        self.source = try ChildProcess(source, input: Self.nothing(), output: fromSource.write)
        guard let filter else {
            self.filter = nil
            return
        }
        let into = try Self.pipe()
        let out = try Self.pipe()
        toFilter = into.write
        filtered = out.read
        _ = fcntl(toFilter, F_SETFL, O_NONBLOCK)
        self.filter = try ChildProcess(filter, input: into.read, output: out.write)
    }

    deinit {
        for descriptor in [raw, toFilter, filtered] where descriptor >= 0 { close(descriptor) }
    }

    private static func pipe() throws(BackupFailure) -> (read: Int32, write: Int32) {
        var ends: [Int32] = [-1, -1]
        guard vigie_pipe(&ends) == 0 else { throw RepositoryFiles.failure("pipe") }
        return (ends[0], ends[1])
    }

    private static func nothing() throws(BackupFailure) -> Int32 {
        let descriptor = open("/dev/null", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw RepositoryFiles.failure("/dev/null") }
        return descriptor
    }

    /// Moves bytes until both ends are reached, then asks every program how it ended.
    func pump(_ take: (ArraySlice<UInt8>) throws(BackupFailure) -> Void) throws(BackupFailure) {
        while raw >= 0 || filtered >= 0 {
            try wait()
            if filter == nil {
                if let bytes = try readRaw() { try take(bytes) }
            } else {
                if waiting.isEmpty, raw >= 0, let bytes = try readRaw() { waiting = bytes }
                try feed()
                if let bytes = try read(&filtered) { try take(bytes) }
            }
            source.listen()
            filter?.listen()
        }
        // The source first: when it failed, the filter's complaint is only its echo.
        if let failure = source.wait() ?? filter?.wait() { throw failure }
    }

    private func wait() throws(BackupFailure) {
        var polled: [pollfd] = []
        if raw >= 0, waiting.isEmpty { polled.append(pollfd(fd: raw, events: Int16(POLLIN), revents: 0)) }
        if toFilter >= 0, !waiting.isEmpty {
            polled.append(pollfd(fd: toFilter, events: Int16(POLLOUT), revents: 0))
        }
        if filtered >= 0 { polled.append(pollfd(fd: filtered, events: Int16(POLLIN), revents: 0)) }
        for errors in [source.errors, filter?.errors ?? -1] where errors >= 0 {
            polled.append(pollfd(fd: errors, events: Int16(POLLIN), revents: 0))
        }
        let left = deadline.map { $0 - Pipeline.now() }
        if let left, left <= 0 {
            source.end()
            filter?.end()
            throw .timeout(name: source.program.name, seconds: timeoutSeconds + 1)
        }
        _ = poll(&polled, nfds_t(polled.count), Int32(min(left ?? 1, 1) * 1000))
    }

    private func readRaw() throws(BackupFailure) -> ArraySlice<UInt8>? {
        guard isReadable(raw), let bytes = try read(&raw) else {
            if raw < 0, waiting.isEmpty { closeFilterInput() }
            return nil
        }
        rawBytes += Int64(bytes.count)
        rawTail = bytes.count >= 4096 ? Array(bytes.suffix(4096)) : Array((rawTail + bytes).suffix(4096))
        return bytes
    }

    private func isReadable(_ descriptor: Int32) -> Bool {
        guard descriptor >= 0 else { return false }
        var one = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return poll(&one, 1, 0) > 0
    }

    private func feed() throws(BackupFailure) {
        if waiting.isEmpty {
            if raw < 0 { closeFilterInput() }
            return
        }
        guard toFilter >= 0 else { return }
        let count = waiting.withUnsafeBytes { write(toFilter, $0.baseAddress, $0.count) }
        if count > 0 {
            waiting = waiting.dropFirst(count)
        } else if errno != EAGAIN, errno != EINTR {
            // The filter is gone: its end tells why. Without a reader the source dies of SIGPIPE.
            waiting = []
            closeFilterInput()
            if raw >= 0 { close(raw) }
            raw = -1
            if let failure = filter?.wait() { throw failure }
        }
    }

    private func closeFilterInput() {
        if toFilter >= 0 { close(toFilter) }
        toFilter = -1
    }

    /// The next bytes; `nil` when there are none now, or none any more.
    private func read(_ descriptor: inout Int32) throws(BackupFailure) -> ArraySlice<UInt8>? {
        guard isReadable(descriptor) else { return nil }
        let count = Glibc.read(descriptor, &chunk, chunk.count)
        if count > 0 { return chunk[..<count] }
        if count < 0, errno == EINTR { return nil }
        close(descriptor)
        descriptor = -1
        return nil
    }
}
