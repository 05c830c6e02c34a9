import Glibc
import RunbookCore
import RunbookJournal
import SQLClient
import Testing

@testable import RunbookRuntime

/// A state folder on a network file system is refused, unless the operator takes it.
struct StateFileSystemTests {
    private static let shared = [
        (0x6969, "NFS"), (0x517B, "SMB"), (0xFF53_4D42, "CIFS"), (0xFE53_4D42, "SMB2"), (0x0102_1997, "9P"),
        (0x6573_5546, "FUSE"), (0x00C3_6400, "Ceph"), (-0xACB2BE, "CIFS"),
    ]

    @Test(arguments: shared)
    func `a shared file system is refused by its name`(type: Int, name: String) {
        #expect(throws: RuntimeFailure.networkState(folder: "/x", fileSystem: name)) {
            try StateFileSystem(type: { _ in type }).require("/x")
        }
    }

    @Test(arguments: [0xEF53, 0x5846_5342, 0x9123_683E, 0x0102_1994, 0x794C_7630, 0x2FC1_2FC1])
    func `a local file system is taken`(type: Int) throws {
        try StateFileSystem(type: { _ in type }).require("/x")
    }

    @Test func `a shared file system is taken when the operator says so, and an unknown one is`() throws {
        try StateFileSystem(allowsNetwork: true, type: { _ in 0x6969 }).require("/x")
        try StateFileSystem(type: { _ in nil }).require("/x")
    }

    @Test func `the system tells the type of a folder, and none of what is not there`() {
        #expect(StateFileSystem.typeOfSystem("/proc") == 0x9FA0)
        #expect(StateFileSystem.typeOfSystem("/proc/rien") == nil)
    }

    @Test func `no run is opened and none resumed there, and no journal is begun`() throws {
        var template = Array("/tmp/vigie-state-XXXXXX".utf8CString)
        let folder = try #require(mkdtemp(&template)).withMemoryRebound(to: CChar.self, capacity: 1) {
            String(cString: $0)
        }
        defer { for path in ["/locks", ""] { rmdir(folder + path) } }
        var settings = RunSettings(
            stateFolder: folder, actor: "dba", host: "h", environment: [:], clock: Nothing(),
            supervisor: Nothing(), connector: Nothing(), sleep: { _ in },
            randomBytes: { [UInt8](repeating: 0, count: $0) }, observer: Nothing(), documents: Nothing())
        settings.stateFileSystem = StateFileSystem(type: { _ in 0x6969 })
        let refusal = RuntimeFailure.networkState(folder: folder, fileSystem: "NFS")
        let document = RunbookDocument(id: "a", title: "A", steps: [])
        #expect(throws: refusal) {
            _ = try RunSession.open(document, text: [], path: "/a.yml", parameters: [:], settings: settings)
        }
        #expect(throws: refusal) {
            let run = RunFolder(stateFolder: folder, run: "x")
            _ = try RunSession.resume(run, document: document, settings: settings)
        }
        #expect(access(folder + "/runs", F_OK) != 0)
    }
}

/// What is never asked for anything.
private final class Nothing: RunClock, CommandSupervisor, SQLConnector, RunObserver, DocumentSource {
    let boot = "boot"

    func wall() -> RunbookTime { preconditionFailure("nothing is written down") }

    func monotonicMilliseconds() -> Int64 { 0 }

    func start(_ request: SupervisionRequest) throws(RuntimeFailure) -> RunningCommand {
        throw .supervisor(reason: "none")
    }

    func awaitEnd(of commands: [RunningCommand], tick: () -> Void) -> Int { 0 }

    func connect(_ parameters: [SQLConnectionParameter]) throws(SQLFailure) -> any SQLSession {
        preconditionFailure("no session is opened")
    }

    func happened(_ event: RunEvent, in state: RunState) {}

    func noticed(_ notice: RunNotice) {}

    func goingOn(_ commands: [(step: StepID, log: String)]) {}

    func observer(ofCall step: StepID, _ document: RunbookDocument) -> any RunObserver { self }

    func document(_ text: [UInt8], path: String) throws(RuntimeFailure) -> RunbookDocument {
        throw .refused("none")
    }

    func values(
        _ given: [(name: String, text: String)], for document: RunbookDocument
    ) throws(RuntimeFailure) -> [ValueName: RunbookValue] { [:] }
}
