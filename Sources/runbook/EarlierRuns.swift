import RunbookCore
import RunbookJournal
import RunbookRuntime

/// How long steps took in earlier runs of the same runbook.
enum EarlierRuns {
    /// Most runs that are read, newest first.
    private static let runsMax = 5

    /// The middle of the durations of each step that was done.
    static func durations(of runbook: RunbookID, in stateFolder: String) -> [StepID: Duration] {
        var all: [StepID: [Duration]] = [:]
        var count = 0
        for run in RunFolder.runs(in: stateFolder).reversed() where count < runsMax {
            guard let records = records(RunFolder(stateFolder: stateFolder, run: run), of: runbook) else {
                continue
            }
            count += 1
            for (step, duration) in durations(records) { all[step, default: []].append(duration) }
        }
        return all.mapValues { $0.sorted()[$0.count / 2] }
    }

    /// The records of a run of this runbook; journals of others are not read beyond their first line.
    private static func records(_ folder: RunFolder, of runbook: RunbookID) -> [JournalRecord]? {
        do throws(RuntimeFailure) {
            guard RunOpening(try folder.firstRecords())?.runbook == runbook.text else { return nil }
            return try folder.chain().records
        } catch {
            // An earlier journal that cannot be read takes an estimate away, and nothing else.
            return nil
        }
    }

    private static func durations(_ records: [JournalRecord]) -> [StepID: Duration] {
        var begun: [String: JournalRecord] = [:]
        var durations: [StepID: Duration] = [:]
        for record in records {
            guard let step = record.step else { continue }
            if record.kind == "intent" { begun[step] = record }
            guard record.kind == "done", let start = begun[step], start.boot == record.boot,
                let id = StepID(recorded: step)
            else { continue }
            durations[id] = .milliseconds(record.monotonic - start.monotonic)
        }
        return durations
    }
}
