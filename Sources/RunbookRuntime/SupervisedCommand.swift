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
    /// Secrets in every form, longest first.
    let needles: [String]
}

/// Starts supervisors and waits for the ends that they write down.
public protocol CommandSupervisor {
    /// Executes the command and returns once its end is durable or its supervisor is gone.
    func execute(_ request: SupervisionRequest) throws(RuntimeFailure)
}

/// What a supervisor is given.
public struct SupervisionRequest {
    /// Names the attempt in its record.
    public let token: String
    let command: SupervisedCommand
    let folder: AttemptFolder
    let lock: Int32
}

/// The supervisor program beside the executor.
public struct SupervisorProgram: CommandSupervisor {
    private let path: String

    /// Most bytes of each log; the rest is counted and dropped.
    private static let logBytesMax = 64 << 20
    /// First descriptor of the supervisor's own; ours are moved out of the way before.
    private static let firstDescriptor: Int32 = 3
    private static let scratchDescriptor: Int32 = 64

    /// The program at this path.
    public init(path: String) {
        self.path = path
    }

    /// Starts the program, and waits until it closes its end of a pipe.
    public func execute(_ request: SupervisionRequest) throws(RuntimeFailure) {
        var done: [Int32] = [-1, -1]
        guard vigie_pipe(&done) == 0 else { throw failure("pipe") }
        defer { close(done[0]) }
        do throws(RuntimeFailure) {
            try start(request, done: done[1])
        } catch {
            close(done[1])
            throw error
        }
        close(done[1])
        FaultPoint.pass("executor.spawned")
        waitForEnd(of: done[0])
        FaultPoint.pass("executor.heard")
        // This supervisor may go on for a daemon that its command left behind; those that ended since are reaped here.
        while waitpid(-1, nil, WNOHANG) > 0 {}
    }

    private func waitForEnd(of descriptor: Int32) {
        var byte: UInt8 = 0
        while read(descriptor, &byte, 1) < 0, errno == EINTR {}
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
        let logFlags = O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW
        let input = try keep(open("/dev/null", O_RDONLY | O_CLOEXEC), "/dev/null")
        let descriptors = [
            try keep(open(folder.recordPath, O_RDWR | O_CLOEXEC), folder.recordPath),
            try keep(dup(request.lock), "lock"), try keep(settings(request), "settings"),
            try keep(open(folder.outputLogPath, logFlags, 0o600), folder.outputLogPath),
            try keep(open(folder.errorLogPath, logFlags, 0o600), folder.errorLogPath),
            try keep(dup(done), "pipe"),
        ]
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO)
        for (offset, descriptor) in descriptors.enumerated() {
            posix_spawn_file_actions_adddup2(&actions, descriptor, Self.firstDescriptor + Int32(offset))
        }
        try spawn(&actions, request.command.environment)
    }

    private func spawn(
        _ actions: inout posix_spawn_file_actions_t, _ environment: [String: String]
    ) throws(RuntimeFailure) {
        let arguments = [strdup(path), nil]
        let variables = environment.sorted { $0.key < $1.key }.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer {
            arguments.forEach { free($0) }
            variables.forEach { free($0) }
        }
        var process: pid_t = 0
        FaultPoint.pass("executor.spawning")
        let status = posix_spawn(&process, path, &actions, nil, arguments, variables)
        guard status == 0 else {
            throw .supervisor(reason: "\(path): \(String(cString: strerror(status)))")
        }
    }

    /// An anonymous file: no argument list shows what is in it.
    private func settings(_ request: SupervisionRequest) throws(RuntimeFailure) -> Int32 {
        let command = request.command
        let fields =
            [
                "1", request.token, command.workingFolder,
                String(command.timeout.map(DurationText.milliseconds(of:)) ?? 0),
                String(DurationText.milliseconds(of: command.killAfter)), String(Self.logBytesMax),
                String(command.arguments.count),
            ] + command.arguments + [String(command.needles.count)] + command.needles
        let descriptor = vigie_memory_file("runbook-settings")
        guard descriptor >= 0 else { throw failure("settings") }
        try Files.write(fields.flatMap { Array($0.utf8) + [0] }, descriptor, "settings")
        lseek(descriptor, 0, SEEK_SET)
        return descriptor
    }

    private func failure(_ what: String) -> RuntimeFailure {
        .supervisor(reason: "\(what): \(String(cString: strerror(errno)))")
    }
}
