import RunbookCore
import RunbookJournal
import SQLClient

/// Why the executor cannot go on, apart from what steps do.
public enum RuntimeFailure: Error, Equatable, Sendable {
    /// The journal cannot be written: nothing was started.
    case journal(StorageFailure)
    /// The journal is not believed.
    case damaged(JournalChain.Damage)
    /// A file that the run keeps is not the one that the journal names.
    case changed(path: String)
    /// A record of a newer program.
    case unreadable(RunEvent.Unreadable)
    /// A file or folder of the run.
    case file(path: String, reason: String)
    /// Another executor has the target, or the run.
    case locked(LockHolder)
    /// A secret cannot be had.
    case secret(name: String, reason: String)
    /// A value of the document cannot be computed.
    case evaluation(step: StepID?, EvaluationFailure)
    /// The supervisor cannot be started.
    case supervisor(reason: String)
    /// The state folder lies where locks and writes may not hold.
    case networkState(folder: String, fileSystem: String)
    /// What the person asked for does not fit the state of the run.
    case refused(String)

    /// What it means for the step that was to be done; `nil` where no step is to blame.
    var reasonForStep: String? {
        switch self {
        case .evaluation(_, let failure): failure.description
        case .refused(let reason): reason
        case .file(let path, let reason): "\(path): \(reason)"
        case .journal, .damaged, .changed, .unreadable, .locked, .secret, .supervisor, .networkState: nil
        }
    }

    /// Exit status of the command line.
    public var exitStatus: Int32 {
        switch self {
        case .journal: 74
        case .damaged, .changed, .unreadable: 10
        case .locked: 75
        case .file, .secret, .evaluation, .refused, .networkState: 2
        case .supervisor: 74
        }
    }
}

/// Who has a lock, as the holder wrote it down.
public struct LockHolder: Hashable, Sendable {
    /// The run.
    public let run: String
    /// The account.
    public let actor: String
    /// The host.
    public let host: String
    /// When it took the lock, RFC 3339.
    public let since: String
    /// Process of the executor.
    public let process: Int64

    /// A holder.
    public init(run: String, actor: String, host: String, since: String, process: Int64) {
        self.run = run
        self.actor = actor
        self.host = host
        self.since = since
        self.process = process
    }

    var line: String { "run=\(run) actor=\(actor) host=\(host) since=\(since) pid=\(process)\n" }

    init(line: String) {
        var values: [Substring: Substring] = [:]
        for word in line.split(whereSeparator: { $0 == " " || $0 == "\n" }) {
            guard let equals = word.firstIndex(of: "=") else { continue }
            values[word[..<equals]] = word[word.index(after: equals)...]
        }
        func text(_ key: Substring) -> String { values[key].map(String.init) ?? "?" }
        self.init(
            run: text("run"), actor: text("actor"), host: text("host"), since: text("since"),
            process: Int64(text("pid")) ?? 0)
    }
}

extension RunAction {
    /// The step that the action is about.
    var step: StepID? {
        switch self {
        case .begin(let id), .beginDeferred(let id, _), .concludeGroup(let id), .ask(let id),
            .concludeAnswer(let id), .beginRollback(let id, _), .skip(let id, _):
            id
        case .execute(let attempt, _), .start(let attempt), .recover(let attempt), .conclude(let attempt, _),
            .settleByCheck(let attempt), .settleByTransaction(let attempt):
            attempt.step
        case .awaitEnd, .suspend, .endSteps, .close, .finished: nil
        }
    }
}
