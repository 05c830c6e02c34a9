import Digests
import RunbookCore
import RunbookJournal

/// What commands said: the supervisor has written it durably, and the journal keeps how much there was and its digest.
enum CommandLogs {
    /// Members of an `exited` record, each of which tells of a log.
    private static let streams = ["stdout", "stderr"]

    /// Size and digest of each log that there is. One that cannot be read stops no run: it is not proven later on.
    static func facts(_ folder: AttemptFolder) -> [String: JournalValue] {
        var facts: [String: JournalValue] = [:]
        for stream in streams {
            guard let (bytes, digest) = try? Files.digest(ofFile: folder.logPath(stream)) else { continue }
            facts[stream] = .object(["bytes": .int(bytes), "sha256": .string(digest)])
        }
        return facts
    }

    /// Proves the logs of an attempt. What lies behind the bytes that there were then is of a process that outlived its
    /// command, and is not proven.
    ///
    /// - Returns: How many there are.
    static func prove(_ record: JournalRecord, in folder: RunFolder) throws(RuntimeFailure) -> Int {
        guard case .ended(let attempt, _)? = try? RunEvent(record) else { return 0 }
        let attemptFolder = folder.folder(of: attempt, slot: nil)
        var count = 0
        for stream in streams {
            guard let facts = record.body[stream]?.object, let bytes = facts["bytes"]?.int else { continue }
            let path = attemptFolder.logPath(stream)
            guard Files.exists(path), let digest = facts["sha256"]?.string,
                try Files.digest(ofFile: path, first: bytes) == (bytes, digest)
            else { throw .changed(path: path) }
            count += 1
        }
        return count
    }
}
