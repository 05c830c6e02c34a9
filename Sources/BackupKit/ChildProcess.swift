import CSystem
import Glibc

/// A program to run, found on `PATH` or by its path.
public struct Program: Sendable, Equatable {
    /// The program and its arguments; never a secret.
    public let arguments: [String]
    /// Variables on top of our own environment.
    public let environment: [String: String]
    /// The package that brings it, for the message when it is missing.
    public let package: String

    /// A program.
    public init(_ arguments: [String], environment: [String: String] = [:], package: String) {
        self.arguments = arguments
        self.environment = environment
        self.package = package
    }

    /// Its name without the folder.
    public var name: String { arguments.first?.split(separator: "/").last.map(String.init) ?? "" }
}

/// A running program; every one that is started is waited for.
final class ChildProcess {
    let program: Program
    let process: pid_t
    /// The rest of what it said on standard error.
    private(set) var said: [UInt8] = []
    /// Read end of its standard error; -1 once it is closed.
    private(set) var errors: Int32
    private var status: Int32?

    private static let saidBytesMax = 4096

    /// Starts a program; `input` and `output` are given to it and closed here.
    init(_ program: Program, input: Int32, output: Int32) throws(BackupFailure) {
        defer {
            close(input)
            close(output)
        }
        var ends: [Int32] = [-1, -1]
        guard vigie_pipe(&ends) == 0 else { throw RepositoryFiles.failure("pipe") }
        defer { close(ends[1]) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO)
        posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO)
        posix_spawn_file_actions_adddup2(&actions, ends[1], STDERR_FILENO)
        var process: pid_t = 0
        let result = Self.spawn(program, &actions, &process)
        guard result == 0 else {
            close(ends[0])
            if result == ENOENT {
                throw .programMissing(name: program.name, package: program.package)
            }
            throw .programFailed(
                name: program.name, end: .notStarted(String(cString: strerror(result))), said: "")
        }
        self.program = program
        self.process = process
        errors = ends[0]
        _ = fcntl(errors, F_SETFL, O_NONBLOCK)
    }

    deinit {
        if status == nil {
            kill(process, SIGKILL)
            wait()
        }
        if errors >= 0 { close(errors) }
    }

    private static func spawn(
        _ program: Program, _ actions: inout posix_spawn_file_actions_t, _ process: inout pid_t
    ) -> Int32 {
        var variables: [String: String] = [:]
        var entry = environ
        while let text = entry.pointee {
            let pair = String(cString: text)
            if let equals = pair.firstIndex(of: "=") {
                variables[String(pair[..<equals])] = String(pair[pair.index(after: equals)...])
            }
            entry += 1
        }
        variables.merge(program.environment) { _, own in own }
        let words = program.arguments.map { strdup($0) } + [nil]
        let pairs = variables.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer {
            words.forEach { free($0) }
            pairs.forEach { free($0) }
        }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // The module ignores SIGPIPE; its programs must die of it, or they would go on without a reader.
        var defaults = sigset_t()
        sigemptyset(&defaults)
        sigaddset(&defaults, SIGPIPE)
        posix_spawnattr_setsigdefault(&attributes, &defaults)
        // A thread that blocks signals would hand that on, and its programs could not be ended.
        var blocked = sigset_t()
        sigemptyset(&blocked)
        posix_spawnattr_setsigmask(&attributes, &blocked)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK))
        // What a program writes itself is as private as what we write.
        let mask = umask(0o077)
        defer { umask(mask) }
        return posix_spawnp(&process, program.arguments[0], &actions, &attributes, words, pairs)
    }

    /// Takes what it said since the last call.
    func listen() {
        guard errors >= 0 else { return }
        var chunk = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = read(errors, &chunk, chunk.count)
            if count > 0 {
                said = Array((said + chunk[..<count]).suffix(Self.saidBytesMax))
            } else if count < 0, errno == EINTR {
                continue
            } else {
                if count == 0 {
                    close(errors)
                    errors = -1
                }
                return
            }
        }
    }

    func end() { kill(process, SIGTERM) }

    /// Ends it before it can do anything more.
    func endAtOnce() {
        guard status == nil else { return }
        kill(process, SIGKILL)
        wait()
    }

    /// Waits for its end; the failure when it was not a success.
    @discardableResult
    func wait() -> BackupFailure? {
        if status == nil {
            var raw: Int32 = 0
            while waitpid(process, &raw, 0) < 0, errno == EINTR {}
            status = raw
        }
        listen()
        guard let status, status != 0 else { return nil }
        let signal = status & 0x7F
        let end: ProgramEnd = signal == 0 ? .exit(Int(status >> 8 & 0xFF)) : .signal(Int(signal))
        return .programFailed(name: program.name, end: end, said: lastLines)
    }

    /// The end of what it said, on one line.
    var lastLines: String {
        String(decoding: said, as: UTF8.self).split(separator: "\n").suffix(5).joined(separator: " / ")
    }
}
