import CSystem
import Glibc

/// What surrounds the bytes of a source on their way into a program.
struct Frame {
    /// Sent first.
    let opening: [UInt8]
    /// The first bytes of the source, left out since `opening` has what stands for them.
    let replacedHead: [UInt8]
    /// Sent last, and only when the source succeeded.
    let closing: [UInt8]
}

/// The moving bytes of a pipeline: source, then filter, then us.
final class Flow {
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
    private var replacedHead: ArraySlice<UInt8>
    private var closing: [UInt8]?
    private let isFramed: Bool
    private(set) var rawBytes: Int64 = 0
    private(set) var rawTail: [UInt8] = []

    /// What its programs said on standard error, the end of it.
    var said: String {
        [source.lastLines, filter?.lastLines ?? ""].filter { !$0.isEmpty }.joined(separator: " / ")
    }

    init(source: Program, filter: Program?, frame: Frame? = nil, deadline: Double?) throws(BackupFailure) {
        waiting = (frame?.opening ?? [])[...]
        replacedHead = (frame?.replacedHead ?? [])[...]
        closing = frame?.closing
        isFramed = frame != nil
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
            if raw < 0, waiting.isEmpty { try endFilterInput() }
            return nil
        }
        rawBytes += Int64(bytes.count)
        rawTail = bytes.count >= 4096 ? Array(bytes.suffix(4096)) : Array((rawTail + bytes).suffix(4096))
        return try withoutReplacedHead(bytes)
    }

    /// Drops the bytes whose replacement is part of the opening; they must be the ones that were looked at.
    private func withoutReplacedHead(_ bytes: ArraySlice<UInt8>) throws(BackupFailure) -> ArraySlice<UInt8> {
        guard !replacedHead.isEmpty else { return bytes }
        let count = min(bytes.count, replacedHead.count)
        guard bytes.prefix(count) == replacedHead.prefix(count) else {
            throw .damaged(path: source.program.arguments.last ?? "", reason: "it changed while it was read")
        }
        replacedHead = replacedHead.dropFirst(count)
        return bytes.dropFirst(count)
    }

    private func isReadable(_ descriptor: Int32) -> Bool {
        guard descriptor >= 0 else { return false }
        var one = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return poll(&one, 1, 0) > 0
    }

    private func feed() throws(BackupFailure) {
        if waiting.isEmpty {
            if raw < 0 { try endFilterInput() }
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
            if isFramed, let filter {
                throw .programFailed(
                    name: filter.program.name, end: .exit(0), said: "it ended before it had read everything")
            }
        }
    }

    /// Tells the filter that there is no more, after the closing bytes if there are any: these follow only a source that
    /// succeeded. A filter that must not mistake a break for the end is ended before it sees one.
    private func endFilterInput() throws(BackupFailure) {
        guard let closing else { return closeFilterInput() }
        if let failure = source.wait() {
            filter?.endAtOnce()
            throw failure
        }
        self.closing = nil
        waiting = closing[...]
        if waiting.isEmpty { closeFilterInput() }
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
