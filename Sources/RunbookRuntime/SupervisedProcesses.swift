import Glibc
import RunbookCore
import RunbookJournal

/// The processes of a command, as its supervisor wrote them down.
///
/// The supervisor leads a session, the command a group in it. The kernel gives neither number to anybody else while one member
/// lives, so that what has both is the command's.
struct SupervisedProcesses: Hashable {
    let command: Int64
    let supervisor: Int64
    let boot: String

    init(_ start: AttemptRecord.Start) {
        command = start.process
        supervisor = start.supervisor
        boot = start.boot
    }

    init?(_ body: [String: JournalValue]) {
        guard let command = body["pid"]?.int, let supervisor = body["supervisor"]?.int,
            let boot = body["boot"]?.string
        else { return nil }
        self.command = command
        self.supervisor = supervisor
        self.boot = boot
    }

    var body: [String: JournalValue] {
        ["pid": .int(command), "supervisor": .int(supervisor), "boot": .string(boot)]
    }

    /// Those that still live, the command itself and what it started and did not send away.
    ///
    /// Source: proc_pid_stat(5): fields 3 state, 5 process group, 6 session, behind the name in parentheses.
    func living() -> [Int64] {
        Files.names(in: "/proc").compactMap(Int64.init).filter(isOurs)
    }

    private func isOurs(_ process: Int64) -> Bool {
        let bytes: [UInt8]
        do throws(RuntimeFailure) {
            bytes = try Files.read("/proc/\(process)/stat", limitBytes: 4096)
        } catch {
            // It ended while we looked.
            return false
        }
        guard let name = bytes.lastIndex(of: UInt8(ascii: ")")) else { return false }
        let fields = String(decoding: bytes[(name + 1)...], as: UTF8.self).split(separator: " ")
        guard fields.count > 3, let group = Int64(fields[2]), let session = Int64(fields[3]) else {
            return false
        }
        return fields[0] != "Z" && fields[0] != "X" && group == command && session == supervisor
    }

    /// Sends a signal to all of them.
    func signal(_ number: Int32) {
        guard !living().isEmpty else { return }
        kill(-pid_t(command), number)
    }
}
