import RunbookCore
import RunbookJournal
import SQLClient

/// What a run needs of the world, handed in by the command line.
public struct RunSettings {
    /// Where runs and locks live.
    public let stateFolder: String
    /// The account that acts.
    public let actor: String
    /// This host.
    public let host: String
    /// The executor's own environment.
    public let environment: [String: String]
    /// The clocks.
    public let clock: any RunClock
    /// Starts commands.
    public let supervisor: any CommandSupervisor
    /// Opens SQL sessions.
    public let connector: any SQLConnector
    /// Waits; may return early.
    public let sleep: (Duration) -> Void
    /// Random bytes.
    public let randomBytes: (Int) -> [UInt8]
    /// Told of everything that happens.
    public let observer: any RunObserver
    /// Reads the documents that steps call.
    public let documents: any DocumentSource
    /// Asked ahead of each step, for runs that a person goes through step by step.
    public var consent: (Step) -> Consent = { _ in .proceed }

    /// Whether only checks are asked, and no step is executed.
    var isAheadOfRun = false
    /// What is asked of the file system under the state folder.
    public var stateFileSystem = StateFileSystem()

    /// What the operator wants of the next step.
    public enum Consent {
        case proceed
        case suspend
        case skip(reason: String)
    }

    /// Settings.
    public init(
        stateFolder: String, actor: String, host: String, environment: [String: String], clock: any RunClock,
        supervisor: any CommandSupervisor, connector: any SQLConnector, sleep: @escaping (Duration) -> Void,
        randomBytes: @escaping (Int) -> [UInt8], observer: any RunObserver, documents: any DocumentSource
    ) {
        self.stateFolder = stateFolder
        self.actor = actor
        self.host = host
        self.environment = environment
        self.clock = clock
        self.supervisor = supervisor
        self.connector = connector
        self.sleep = sleep
        self.randomBytes = randomBytes
        self.observer = observer
        self.documents = documents
    }

    /// The same for a run that a step called, whose events are told to another observer.
    func forCalledRun(_ observer: any RunObserver) -> RunSettings { copy(stateFolder, observer) }

    /// The same for checks ahead of a run, with a state folder for them.
    func aheadOfRun(in stateFolder: String) -> RunSettings {
        var settings = copy(stateFolder, observer)
        settings.isAheadOfRun = true
        return settings
    }

    private func copy(_ stateFolder: String, _ observer: any RunObserver) -> RunSettings {
        var settings = RunSettings(
            stateFolder: stateFolder, actor: actor, host: host, environment: environment, clock: clock,
            supervisor: supervisor, connector: connector, sleep: sleep, randomBytes: randomBytes,
            observer: observer, documents: documents)
        settings.consent = consent
        settings.stateFileSystem = stateFileSystem
        return settings
    }
}

/// Reads documents: the parser is not the runtime's.
public protocol DocumentSource {
    /// The document of a text.
    ///
    /// - Throws: `RuntimeFailure.refused` with every problem.
    func document(_ text: [UInt8], path: String) throws(RuntimeFailure) -> RunbookDocument

    /// The values of a document's parameters, given as texts.
    ///
    /// - Throws: `RuntimeFailure.refused` with every problem.
    func values(
        _ given: [(name: String, text: String)], for document: RunbookDocument
    ) throws(RuntimeFailure) -> [ValueName: RunbookValue]
}

/// What was decided when a run was opened, and stays: read from `run.open` at every resume.
public struct RunOpening: Sendable {
    /// Identifier of the run.
    public let run: String
    /// Short identifier.
    public let shortID: String
    /// Identifier of the runbook.
    public let runbook: String
    /// Its title.
    public let title: String
    /// SHA-256 of the document's text.
    public let digest: String
    /// Folder of the document: relative paths start there.
    public let folder: String
    /// Path of the document when the run was opened.
    public let documentPath: String
    /// The values that the run was started with.
    public let parameters: [ValueName: RunbookValue]
    /// The account that opened it.
    public let `operator`: String
    /// The host on which it was opened.
    public let host: String
    /// The target.
    public let lock: String
    /// When.
    public let startedAt: RunbookTime

    static let format: Int64 = 1

    var body: [String: JournalValue] {
        [
            "format": .int(Self.format), "run": .string(run), "short_id": .string(shortID),
            "runbook": .string(runbook), "title": .string(title), "digest": .string(digest),
            "folder": .string(folder), "document": .string(documentPath),
            "params": .object(
                Dictionary(parameters.map { ($0.key.text, $0.value.encoded) }, uniquingKeysWith: { $1 })),
            "operator": .string(`operator`), "host": .string(host), "lock": .string(lock),
            "started_at": .int(startedAt.millisecondsSinceEpoch),
        ]
    }

    /// The opening of a journal; `nil` when its first record is none, or of a newer format.
    public init?(_ records: [JournalRecord]) {
        guard let record = records.first, record.kind == "run.open", record.body["format"]?.int == Self.format
        else {
            return nil
        }
        func text(_ key: String) -> String? { record.body[key]?.string }
        guard let run = text("run"), let shortID = text("short_id"), let runbook = text("runbook"),
            let title = text("title"), let digest = text("digest"), let folder = text("folder"),
            let documentPath = text("document"), let `operator` = text("operator"), let host = text("host"),
            let lock = text("lock"), let members = record.body["params"]?.object,
            let startedAt = record.body["started_at"]?.int.flatMap(RunbookTime.init(millisecondsSinceEpoch:))
        else { return nil }
        var parameters: [ValueName: RunbookValue] = [:]
        for (key, value) in members {
            guard let name = ValueName(key), let value = RunbookValue(value) else { return nil }
            parameters[name] = value
        }
        self.init(
            run: run, shortID: shortID, runbook: runbook, title: title, digest: digest, folder: folder,
            documentPath: documentPath, parameters: parameters, operator: `operator`, host: host, lock: lock,
            startedAt: startedAt)
    }

    init(
        run: String, shortID: String, runbook: String, title: String, digest: String, folder: String,
        documentPath: String, parameters: [ValueName: RunbookValue], operator: String, host: String,
        lock: String,
        startedAt: RunbookTime
    ) {
        self.run = run
        self.shortID = shortID
        self.runbook = runbook
        self.title = title
        self.digest = digest
        self.folder = folder
        self.documentPath = documentPath
        self.parameters = parameters
        self.operator = `operator`
        self.host = host
        self.lock = lock
        self.startedAt = startedAt
    }

    /// The same with what switches of the document brought: digests, and values of new parameters.
    func switched(_ records: [JournalRecord]) -> RunOpening {
        var parameters = parameters
        var digest = digest
        for record in records where record.kind == "doc.switch" {
            digest = record.body["digest"]?.string ?? digest
            for (key, value) in record.body["params"]?.object ?? [:] {
                if let name = ValueName(key), let value = RunbookValue(value) { parameters[name] = value }
            }
        }
        return RunOpening(
            run: run, shortID: shortID, runbook: runbook, title: title, digest: digest, folder: folder,
            documentPath: documentPath, parameters: parameters, operator: `operator`, host: host, lock: lock,
            startedAt: startedAt)
    }

    func facts(now: RunbookTime) -> RunFacts {
        RunFacts(id: run, shortID: shortID, now: now, startedAt: startedAt, operator: `operator`, host: host)
    }
}
