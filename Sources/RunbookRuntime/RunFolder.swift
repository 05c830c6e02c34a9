import Glibc
import RunbookCore
import RunbookJournal

/// The folder of one run, and what lies where in it.
public struct RunFolder: Sendable {
    /// Its path.
    public let path: String
    /// Identifier of the run, the folder's name.
    public let run: String

    /// Which version of the document the run goes on with, from 1 on.
    public private(set) var version = 1

    /// The folder of a run, with the document that it was opened with.
    public init(stateFolder: String, run: String) {
        self.run = run
        path = "\(stateFolder)/runs/\(run)"
    }

    /// Documents and files as they were when the run was opened.
    public var snapshotPath: String { path + (version == 1 ? "/document.yml" : "/document.\(version).yml") }
    var includesPath: String { path + (version == 1 ? "/files" : "/files.\(version)") }

    /// The same folder with another version of the document.
    func at(version: Int) -> RunFolder {
        var folder = self
        folder.version = version
        return folder
    }

    /// The folder with the version that the journal names last.
    public func current() throws(RuntimeFailure) -> RunFolder {
        // Without a second version there is nothing to look up in what may be a long journal.
        guard Files.exists(at(version: 2).snapshotPath) else { return self }
        return at(version: try chain().records.lastVersion)
    }
    var lockPath: String { "\(path)/lock" }
    var attemptsPath: String { "\(path)/attempts" }

    /// The file with the two sectors of every attempt.
    var slotsPath: String { "\(path)/attempts.dat" }

    /// - Parameter slot: The attempt's place in the file of slots; `nil` in runs of the first format, in which each attempt
    ///   has a file of its own.
    func folder(of attempt: Attempt, slot: Int64?) -> AttemptFolder {
        let path = "\(attemptsPath)/\(attempt.step).\(attempt.purpose.rawValue).\(attempt.number)"
        return AttemptFolder(
            path: path,
            slot: slot.map { AttemptSlot(path: slotsPath, number: $0) }
                ?? AttemptSlot(path: "\(path)/attempt", number: 0))
    }

    /// Checks only read and are executed one after the other: one slot serves all of them.
    func folder(ofCheck step: StepID) -> AttemptFolder {
        AttemptFolder(
            path: "\(attemptsPath)/\(step).check",
            slot: AttemptSlot(path: slotsPath, number: AttemptSlot.ofChecks))
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

    /// Whether this process of this host has the run.
    public func isHeld(by holder: LockHolder) -> Bool {
        TargetLock.isOpen(path: lockPath, in: holder.process)
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
    public func firstRecords() throws(RuntimeFailure) -> [JournalRecord] {
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

extension [JournalRecord] {
    /// The version of the document that the last switch names; 1 without any.
    var lastVersion: Int {
        last { $0.kind == "doc.switch" }?.body["version"]?.int.map(Int.init) ?? 1
    }
}

/// The folder of one attempt: what the supervisor writes, and what the command leaves.
struct AttemptFolder {
    /// Made by whoever has something to put in it.
    let path: String
    let slot: AttemptSlot

    var outputLogPath: String { logPath("stdout") }
    var errorLogPath: String { logPath("stderr") }
    func logPath(_ stream: String) -> String { "\(path)/\(stream).log" }
    /// `$RB_OUT` of the command.
    var outputsPath: String { "\(path)/outputs" }
    var extraVariablesPath: String { "\(path)/extra-vars.json" }

    /// Makes the folder and, empty, the one for outputs.
    func prepare() throws(RuntimeFailure) {
        try Files.makeFolder(outputsPath)
        for name in Files.names(in: outputsPath) { unlink("\(outputsPath)/\(name)") }
    }

    func record(token: String) throws(RuntimeFailure) -> AttemptRecord {
        AttemptRecord(try slot.sectors(), token: token)
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
