import Glibc
import RunbookCore
import RunbookJournal

/// The folder of one run, and what lies where in it.
public struct RunFolder: Sendable {
    /// Its path.
    public let path: String
    /// Identifier of the run, the folder's name.
    public let run: String

    /// The folder of a run.
    public init(stateFolder: String, run: String) {
        self.run = run
        path = "\(stateFolder)/runs/\(run)"
    }

    /// Documents and files as they were when the run was opened.
    public var snapshotPath: String { "\(path)/document.yml" }
    var includesPath: String { "\(path)/files" }
    var lockPath: String { "\(path)/lock" }
    var attemptsPath: String { "\(path)/attempts" }

    func folder(of attempt: Attempt) -> AttemptFolder {
        AttemptFolder(path: "\(attemptsPath)/\(attempt.step).\(attempt.purpose.rawValue).\(attempt.number)")
    }

    func folder(ofCheck step: StepID) -> AttemptFolder {
        AttemptFolder(path: "\(attemptsPath)/\(step).check")
    }

    /// Whether its run was opened: an executor may have died between making the folder and the first record.
    var isOpened: Bool {
        get throws(RuntimeFailure) {
            guard Files.exists(FileStorage.path(folder: path)) else { return false }
            return try !chain().records.isEmpty
        }
    }

    /// Who has the run at this moment, as far as the lock's file tells; the lock itself is not touched.
    public func holder() -> LockHolder? {
        guard Files.exists(lockPath) else { return nil }
        let holder = TargetLock.holder(path: lockPath)
        return holder.process > 0 ? holder : nil
    }

    /// The bytes of the journal.
    public func journal() throws(RuntimeFailure) -> [UInt8] {
        do throws(StorageFailure) {
            return try FileStorage.contents(folder: path)
        } catch {
            throw .journal(error)
        }
    }

    /// The proven records of the journal.
    public func chain() throws(RuntimeFailure) -> JournalChain {
        let bytes = try journal()
        do throws(JournalChain.Damage) {
            return try JournalChain(bytes)
        } catch {
            throw .damaged(error)
        }
    }

    /// The first record, which says what the run is of; none when the journal has no whole line.
    func firstRecords() throws(RuntimeFailure) -> [JournalRecord] {
        let bytes = try Files.beginning(
            of: FileStorage.path(folder: path), limitBytes: JournalRecord.bytesMax + 1)
        guard let end = bytes.firstIndex(of: 0x0A) else { return [] }
        do throws(JournalChain.Damage) {
            return try JournalChain(Array(bytes[...end])).records
        } catch {
            throw .damaged(error)
        }
    }

    /// The runs of a state folder, oldest first.
    public static func runs(in stateFolder: String) -> [String] {
        Files.names(in: stateFolder + "/runs")
    }

    /// The one run whose identifier is this text, or ends with it.
    public static func find(_ text: String, in stateFolder: String) throws(RuntimeFailure) -> RunFolder {
        let all = runs(in: stateFolder)
        let found = all.contains(text) ? [text] : all.filter { $0.hasSuffix(text) }
        guard let run = found.first, found.count == 1, !text.isEmpty else {
            throw .refused(
                found.isEmpty ? "no run \(text) in \(stateFolder)" : "more than one run ends with \(text)")
        }
        return RunFolder(stateFolder: stateFolder, run: run)
    }
}

/// The folder of one attempt: what the supervisor writes, and what the command leaves.
struct AttemptFolder {
    let path: String

    var recordPath: String { "\(path)/attempt" }
    var outputLogPath: String { "\(path)/stdout.log" }
    var errorLogPath: String { "\(path)/stderr.log" }
    /// `$RB_OUT` of the command.
    var outputsPath: String { "\(path)/outputs" }
    var extraVariablesPath: String { "\(path)/extra-vars.json" }

    /// Makes the folder, empty, with a record file whose sectors are allocated.
    func prepare() throws(RuntimeFailure) {
        try Files.makeFolder(outputsPath)
        for name in Files.names(in: outputsPath) { unlink("\(outputsPath)/\(name)") }
        try Files.write([UInt8](repeating: 0, count: 2 * AttemptRecord.sectorBytes), to: recordPath)
        try Files.syncFolder(path)
        // The attempt's own name too: a start that a power cut forgets would be repeated.
        try Files.syncFolder(path.split(separator: "/").dropLast().reduce(into: "") { $0 += "/\($1)" })
    }

    func record(token: String) throws(RuntimeFailure) -> AttemptRecord {
        guard Files.exists(recordPath) else { return AttemptRecord([], token: token) }
        return AttemptRecord(try Files.read(recordPath, limitBytes: 4096), token: token)
    }

    /// The end of a log, for messages.
    func tail(of log: String, lines: Int) -> [String] {
        let bytes: [UInt8]
        do throws(RuntimeFailure) {
            bytes = try Files.read(log)
        } catch {
            return []
        }
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n").suffix(lines).map(String.init)
    }
}
