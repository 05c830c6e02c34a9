import CSystem
import Glibc
import RunbookCore
import RunbookJournal

/// A command to be executed under the supervisor.
struct SupervisedCommand {
    let arguments: [String]
    let environment: [String: String]
    let workingFolder: String
    let timeout: Duration?
    let killAfter: Duration
    /// Secrets in every form.
    let secrets: [SecretForm]
}

/// Starts supervisors and waits for the ends that they write down.
public protocol CommandSupervisor {
    /// Starts a supervisor for the command.
    func start(_ request: SupervisionRequest) throws(RuntimeFailure) -> RunningCommand

    /// Returns once the end of one of the commands is durable, or its supervisor is gone.
    ///
    /// - Parameter tick: Called now and then while nothing ends.
    /// - Returns: Which one; the list must not be empty.
    func awaitEnd(of commands: [RunningCommand], tick: () -> Void) -> Int
}

/// A command whose supervisor was started and has not been heard of.
public final class RunningCommand {
    /// Readable once the supervisor has closed its end.
    let descriptor: Int32

    init(descriptor: Int32) {
        self.descriptor = descriptor
    }

    deinit { close(descriptor) }
}

/// What a supervisor is given.
public struct SupervisionRequest {
    /// Names the attempt in its record.
    public let token: String
    let command: SupervisedCommand
    let folder: AttemptFolder
    /// Targets, held until the command's end is durable; at most `CallAction.depthMax`.
    let locks: [Int32]
}

/// The supervisor program beside the executor.
public struct SupervisorProgram: CommandSupervisor {
    private let path: String

    /// Most bytes of each log; the rest is counted and dropped.
    private static let logBytesMax = 64 << 20
    /// First descriptor of the supervisor's own; ours are moved out of the way before.
    private static let firstDescriptor: Int32 = 3
    private static let scratchDescriptor: Int32 = 64
    private static let tickMilliseconds: Int32 = 500
    /// First descriptor of the targets of calling runs, as the supervisor has it.
    private static let callersDescriptor: Int32 = 240

    /// The program at this path.
    public init(path: String) {
        self.path = path
    }

    /// Starts the program; it closes its end of a pipe when the command's end is durable.
    public func start(_ request: SupervisionRequest) throws(RuntimeFailure) -> RunningCommand {
        var done: [Int32] = [-1, -1]
        guard vigie_pipe(&done) == 0 else { throw failure("pipe") }
        defer { close(done[1]) }
        let command = RunningCommand(descriptor: done[0])
        try start(request, done: done[1])
        FaultPoint.pass("executor.spawned")
        return command
    }

    /// Waits for the first end of several.
    public func awaitEnd(of commands: [RunningCommand], tick: () -> Void) -> Int {
        var polled = commands.map { pollfd(fd: $0.descriptor, events: Int16(POLLIN), revents: 0) }
        while true {
            let count = poll(&polled, nfds_t(polled.count), Self.tickMilliseconds)
            if count > 0 { break }
            if count == 0 { tick() }
        }
        FaultPoint.pass("executor.heard")
        // A supervisor may go on for a daemon that its command left behind; those that ended since are reaped here.
        while waitpid(-1, nil, WNOHANG) > 0 {}
        return polled.firstIndex { $0.revents != 0 } ?? 0
    }

    private func start(_ request: SupervisionRequest, done: Int32) throws(RuntimeFailure) {
        var opened: [Int32] = []
        defer { opened.forEach { close($0) } }
        func keep(_ descriptor: Int32, _ what: String) throws(RuntimeFailure) -> Int32 {
            guard descriptor >= 0 else { throw failure(what) }
            let moved = fcntl(descriptor, F_DUPFD_CLOEXEC, Self.scratchDescriptor)
            close(descriptor)
            guard moved >= 0 else { throw failure(what) }
            opened.append(moved)
            return moved
        }
        let folder = request.folder
        let null = try keep(open("/dev/null", O_RDWR | O_CLOEXEC), "/dev/null")
        let descriptors = [
            try keep(open(folder.slot.path, O_RDWR | O_CLOEXEC), folder.slot.path),
            try keep(dup(request.locks[0]), "lock"), try keep(settings(request), "settings"),
            try keep(dup(done), "pipe"),
        ]
        // A supervisor that outlives us must keep neither a terminal nor the pipe of a reader open.
        var given = [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO].map {
            vigie_descriptor(ours: null, theirs: $0)
        }
        for (offset, descriptor) in descriptors.enumerated() {
            given.append(vigie_descriptor(ours: descriptor, theirs: Self.firstDescriptor + Int32(offset)))
        }
        for (offset, lock) in request.locks.dropFirst().enumerated() {
            let descriptor = try keep(dup(lock), "lock of the calling run")
            given.append(vigie_descriptor(ours: descriptor, theirs: Self.callersDescriptor + Int32(offset)))
        }
        try spawn(given, request.command.environment)
    }

    private func spawn(
        _ descriptors: [vigie_descriptor], _ environment: [String: String]
    ) throws(RuntimeFailure) {
        let arguments = [strdup(path), nil]
        let variables = environment.sorted { $0.key < $1.key }.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer {
            arguments.forEach { free($0) }
            variables.forEach { free($0) }
        }
        FaultPoint.pass("executor.spawning")
        guard vigie_spawn(path, arguments, variables, descriptors, descriptors.count) > 0 else {
            throw failure(path)
        }
    }

    /// An anonymous file: no argument list shows what is in it.
    private func settings(_ request: SupervisionRequest) throws(RuntimeFailure) -> Int32 {
        let command = request.command
        let fields =
            [
                "3", request.token, command.workingFolder, request.folder.path,
                String(request.folder.slot.offset),
                String(command.timeout.map(DurationText.milliseconds(of:)) ?? 0),
                String(DurationText.milliseconds(of: command.killAfter)), String(Self.logBytesMax),
                String(command.arguments.count),
            ] + command.arguments + [String(command.secrets.count)]
        var bytes: [UInt8] = fields.flatMap { Array($0.utf8) + [UInt8(0)] }
        for secret in command.secrets {
            bytes.append(UInt8(ascii: secret.isLoose ? "~" : "="))
            bytes += secret.bytes
            bytes.append(0)
        }
        let descriptor = vigie_memory_file("runbook-settings")
        guard descriptor >= 0 else { throw failure("settings") }
        try Files.write(bytes, descriptor, "settings")
        lseek(descriptor, 0, SEEK_SET)
        return descriptor
    }

    private func failure(_ what: String) -> RuntimeFailure {
        .supervisor(reason: "\(what): \(String(cString: strerror(errno)))")
    }
}
