import ArgumentParser
import Glibc

/// `runbook`: the command line, and the only place that chooses concrete types.
@main
struct RunbookCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "runbook",
        abstract: "Executes runbooks step by step; a run survives crashes and never repeats a finished step.",
        version: "0.1.0",
        subcommands: [
            CheckCommand.self, PlanCommand.self, RunCommand.self, ResumeCommand.self, StatusCommand.self,
            WatchCommand.self, ListCommand.self, ApproveCommand.self, RejectCommand.self, AttestCommand.self,
            ResolveCommand.self, RetryCommand.self, SkipCommand.self,
            RollbackCommand.self, TakeoverCommand.self, ReportCommand.self, VerifyCommand.self,
        ])

    /// Exit status of a command line that cannot be understood, as the other commands have it for documents.
    private static let usageStatus: Int32 = 2

    static func main() {
        signal(SIGPIPE, SIG_IGN)
        do {
            var command = try parseAsRoot()
            try command.run()
        } catch let code as ExitCode {
            Glibc.exit(code.rawValue)
        } catch {
            let isUsage = exitCode(for: error) == .validationFailure
            if isUsage {
                Console.complain(fullMessage(for: error))
                Glibc.exit(usageStatus)
            }
            exit(withError: error)
        }
    }
}

/// Options that every command has.
struct CommonOptions: ParsableArguments {
    @Option(
        name: .long, help: "Folder of runs and locks. Default: $RUNBOOK_STATE_DIR or ~/.local/state/runbook.")
    var stateDir: String?

    @Flag(
        help:
            "Take a state folder on a network file system, where locks may hold on one host only. Also: RUNBOOK_ALLOW_NETWORK_STATE=1."
    )
    var allowNetworkState = false

    @Option(name: .long, help: "Language of messages, fr or en. Default: from LC_ALL, LC_MESSAGES, LANG.")
    var lang: String?

    @Flag(
        help: "Answer programs: JSON on standard output; what people read goes to standard error, or nowhere."
    )
    var json = false

    /// Who reads JSON answers no question.
    func requireQuestionsPossible(isStepwise: Bool, isAutomatic: Bool) throws {
        guard isStepwise else { return }
        if isAutomatic { throw ValidationError("--step and --auto exclude each other") }
        if json { throw ValidationError("--step and --json exclude each other") }
    }

    var messages: Messages { Messages(language: lang) }

    var allowsNetworkState: Bool {
        allowNetworkState || environmentVariable("RUNBOOK_ALLOW_NETWORK_STATE") == "1"
    }

    var stateFolder: String {
        if let stateDir { return absolutePath(stateDir) }
        if let variable = environmentVariable("RUNBOOK_STATE_DIR") { return absolutePath(variable) }
        return "\(environmentVariable("HOME") ?? "/var/lib")/.local/state/runbook"
    }
}

/// A path from the current folder on, without links taken apart.
func absolutePath(_ path: String) -> String {
    if path.hasPrefix("/") { return path }
    guard let buffer = getcwd(nil, 0) else { return path }
    defer { free(buffer) }
    return String(cString: buffer) + "/" + path
}

/// A variable of the environment; an empty one counts as not set.
func environmentVariable(_ name: String) -> String? {
    getenv(name).map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
}
