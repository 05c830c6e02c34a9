import ArgumentParser
import Glibc
import RunbookCore
import RunbookJournal
import RunbookRuntime

/// `runbook takeover`: another operator takes a run from an executor that does not answer, or whose operator is gone.
struct TakeoverCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "takeover",
        abstract: "Ends the executor that has a run, and goes on with it; a step's command is never ended.")

    @OptionGroup var common: CommonOptions
    @OptionGroup var target: RunArgument
    @OptionGroup var reason: ReasonOption

    private static let patienceMilliseconds = 2_000
    private static let intervalMicroseconds: UInt32 = 20_000

    func run() throws {
        let world = World(common)
        let (folder, document) = try world.run(target.run)
        try world.requireOperator(document)
        if let holder = folder.holder() { try end(holder, of: folder, world) }
        var session = try world.resumed(folder.run)
        try world.attempt { () throws(RuntimeFailure) in
            try session.noteTakeover(by: Identity.current.account, reason: reason.reason)
        }
        world.console.say(world.messages.resumed(session.opening.run, session.opening.title))
        try world.drive(&session)
    }

    /// SIGTERM, then SIGKILL: also a stopped executor must not wake up and write. Its step's command goes on under its
    /// supervisor, and its end is waited for.
    private func end(_ holder: LockHolder, of folder: RunFolder, _ world: World) throws {
        guard holder.host == World.hostName else {
            Console.complain(world.messages.elsewhere(holder))
            throw ExitCode(75)
        }
        let process = pid_t(holder.process)
        guard process > 1, folder.isHeld(by: holder) else { return }
        for number in [SIGTERM, SIGKILL] {
            guard kill(process, number) == 0 || errno == ESRCH else {
                Console.complain("\(process): \(String(cString: strerror(errno)))")
                throw ExitCode(75)
            }
            var waited = 0
            while waited < Self.patienceMilliseconds, folder.isHeld(by: holder) {
                usleep(Self.intervalMicroseconds)
                waited += Int(Self.intervalMicroseconds) / 1_000
            }
            if !folder.isHeld(by: holder) { return }
        }
    }
}
