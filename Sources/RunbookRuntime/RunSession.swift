import Glibc
import RunbookCore
import RunbookJournal

/// A run that this executor has: opened anew, or taken up where another executor left it.
public struct RunSession {
    var driver: RunDriver
    /// Held by this executor only; supervisors do not inherit it.
    private let ownLock: TargetLock

    /// What was decided when the run was opened.
    public var opening: RunOpening { driver.context.opening }
    /// Where the run stands.
    public var state: RunState { driver.recorder.state }
    /// Hash of the journal's last record.
    public var head: String { driver.recorder.head }

    private static let shortIDLetters = Array("abcdefghjkmnpqrstvwxyz23456789")
    private static let shortIDLength = 5
    private static let survivorInterval = Duration.milliseconds(100)

    /// Opens a run: takes the target, keeps a copy of the document and its files, and begins the journal.
    public static func open(
        _ document: RunbookDocument, text: [UInt8], path: String, parameters: [ValueName: RunbookValue],
        settings: RunSettings
    ) throws(RuntimeFailure) -> RunSession {
        try open(document, text: text, path: path, parameters: parameters, settings: settings, caller: nil)
    }

    static func open(
        _ document: RunbookDocument, text: [UInt8], path: String, parameters: [ValueName: RunbookValue],
        settings: RunSettings, caller: Caller?
    ) throws(RuntimeFailure) -> RunSession {
        try Files.makeFolder(settings.stateFolder + "/locks")
        try settings.stateFileSystem.require(settings.stateFolder)
        let opening = try opening(document, text, path, parameters, settings, caller)
        let holder = holder(opening, settings)
        let targets = try takeTargets(opening, holder, settings, caller)
        let values = try RunValues(of: document, opening, settings)
        try values.requireNoSecret(in: opening.parameters)
        let folder = RunFolder(stateFolder: settings.stateFolder, run: opening.run)
        try Files.makeFolder(folder.includesPath)
        try Files.makeFolder(folder.attemptsPath)
        let ownLock = try TargetLock.take(path: folder.lockPath, holder: holder)
        try Files.write(text, to: folder.snapshotPath)
        let includes = try keepIncludes(document, opening, folder)
        // The folder of a called run may hold the half of a first record that a killed executor left.
        var recorder = try recorder(folder, after: folder.chain(), generation: 1, settings)
        try Files.syncFolder(folder.path)
        try Files.syncFolder(settings.stateFolder + "/runs")
        var body = opening.body
        body["includes"] = .object(includes)
        FaultPoint.pass("executor.open.before")
        try recorder.write("run.open", body: body, isDurable: true)
        FaultPoint.pass("executor.open.durable")
        return session(document, opening, values, folder, recorder, targets, ownLock, settings)
    }

    /// Takes a run up. The document is the copy that the run keeps.
    public static func resume(
        _ folder: RunFolder, document: RunbookDocument, settings: RunSettings
    ) throws(RuntimeFailure) -> RunSession {
        try resume(folder, document: document, settings: settings, caller: nil)
    }

    static func resume(
        _ folder: RunFolder, document: RunbookDocument, settings: RunSettings, caller: Caller?
    ) throws(RuntimeFailure) -> RunSession {
        try settings.stateFileSystem.require(settings.stateFolder)
        // The whole journal is read once, when nobody writes any more.
        guard let opening = RunOpening(try folder.firstRecords()) else {
            throw .refused("run \(folder.run) was never opened: its journal has no first record")
        }
        let holder = holder(opening, settings)
        let ownLock = try TargetLock.take(path: folder.lockPath, holder: holder)
        let targets = try takeTargets(opening, holder, settings, caller)
        // Only now: a survivor may have ended while its lock was waited for, and nobody writes any more.
        let chain = try folder.chain()
        guard chain.records.lastVersion == folder.version else {
            throw .refused("the run's document was switched meanwhile: take it up again")
        }
        if let origin = chain.records.last(where: { $0.kind == "doc.switch" }) ?? chain.records.first {
            _ = try RunProof.proveDocument(of: origin, in: folder)
        }
        let current = opening.switched(chain.records)
        if chain.tornBytes > 0 { settings.observer.noticed(.tornRecord(bytes: chain.tornBytes)) }
        let generation = (chain.records.last?.generation ?? 0) + 1
        var recorder = try recorder(folder, after: chain, generation: generation, settings)
        try recorder.replay(chain.records)
        try recorder.write(
            "lease", body: ["holder": .string(settings.actor), "pid": .int(Int64(getpid()))], isDurable: true)
        FaultPoint.pass("executor.lease.durable")
        let values = try RunValues(of: document, current, settings)
        return session(document, current, values, folder, recorder, targets, ownLock, settings)
    }

    /// Goes on until the run is over or waits for a person.
    public mutating func drive() throws(RuntimeFailure) -> RunStanding {
        try driver.drive()
    }

    /// Writes down what a person decided.
    public mutating func decide(
        _ event: RunEvent, by actor: String, reason: String
    ) throws(RuntimeFailure) {
        var extra: [String: JournalValue] = ["by": .string(actor), "why": .string(reason)]
        let files = try KeptEvidence.keep(event, of: document, in: driver.context.folder)
        if !files.isEmpty { extra["files"] = .object(files) }
        try driver.recorder.record(event, extra: extra, isDurable: true)
    }

    /// Writes down that another operator took the run.
    public mutating func noteTakeover(by actor: String, reason: String) throws(RuntimeFailure) {
        try driver.recorder.write(
            "takeover", body: ["by": .string(actor), "why": .string(reason)], isDurable: true)
    }

    /// The document that the run goes on with.
    public var document: RunbookDocument { driver.context.document }

    /// The folder with the version behind the present one.
    var nextFolder: RunFolder { driver.context.folder.at(version: driver.context.folder.version + 1) }

    mutating func record(_ event: RunEvent, extra: [String: JournalValue]) throws(RuntimeFailure) {
        try driver.recorder.record(event, extra: extra, isDurable: true)
    }

    /// Who answered manual steps of the run.
    public var attesters: Set<String> { driver.recorder.attesters }

    // MARK: Parts

    private static func session(
        _ document: RunbookDocument, _ opening: RunOpening, _ values: RunValues, _ folder: RunFolder,
        _ recorder: RunRecorder, _ targets: [Caller.Target], _ ownLock: TargetLock, _ settings: RunSettings
    ) -> RunSession {
        for name in values.vault.unmaskable { settings.observer.noticed(.unmaskableSecret(name: name)) }
        let context = RunContext(
            document: document, opening: opening, folder: folder, settings: settings, vault: values.vault,
            variables: values.variables,
            steps: Dictionary(document.allSteps.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first }),
            concurrent: Set(document.steps.flatMap(\.children).map(\.id)),
            targets: targets)
        var masking = recorder
        masking.mask = values.vault.masked
        return RunSession(driver: RunDriver(context: context, recorder: masking), ownLock: ownLock)
    }

    private static func recorder(
        _ folder: RunFolder, after chain: JournalChain?, generation: Int64, _ settings: RunSettings
    ) throws(RuntimeFailure) -> RunRecorder {
        do throws(StorageFailure) {
            let storage = try FileStorage(folder: folder.path)
            let writer = try JournalWriter(
                storage: storage, after: chain ?? .empty, generation: generation, actor: settings.actor,
                clock: settings.clock)
            return RunRecorder(writer: writer, observer: settings.observer)
        } catch {
            throw .journal(error)
        }
    }

    private static func holder(_ opening: RunOpening, _ settings: RunSettings) -> LockHolder {
        LockHolder(
            run: opening.run, actor: settings.actor, host: settings.host, since: settings.clock.wall().text,
            process: Int64(getpid()))
    }

    private static func opening(
        _ document: RunbookDocument, _ text: [UInt8], _ path: String, _ parameters: [ValueName: RunbookValue],
        _ settings: RunSettings, _ caller: Caller?
    ) throws(RuntimeFailure) -> RunOpening {
        let now = settings.clock.wall()
        let shortID = String(
            settings.randomBytes(shortIDLength).map { shortIDLetters[Int($0) % shortIDLetters.count] })
        let compact = now.text.prefix(19).filter { $0 != "-" && $0 != ":" }
        let run = caller?.run ?? "\(compact)Z-\(shortID)"
        let folder = path.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(
            separator: "/")
        let digest = try Files.digest(of: text)
        let opening = RunOpening(
            run: run, shortID: shortID, runbook: document.id.text, title: document.title, digest: digest,
            folder: folder, documentPath: path, parameters: parameters, operator: settings.actor,
            host: settings.host, lock: "", startedAt: now)
        return try locked(opening, document, now)
    }

    /// The opening with its target, which may be made of parameters and variables.
    private static func locked(
        _ opening: RunOpening, _ document: RunbookDocument, _ now: RunbookTime
    ) throws(RuntimeFailure) -> RunOpening {
        var scope = Scope(parameters: opening.parameters, run: opening.facts(now: now))
        let lock: String
        do throws(EvaluationFailure) {
            scope.variables = try document.variables(in: scope)
            lock = try document.lock?.render(in: scope) ?? "runbook:\(document.id)"
        } catch {
            throw .evaluation(step: nil, error)
        }
        return RunOpening(
            run: opening.run, shortID: opening.shortID, runbook: opening.runbook, title: opening.title,
            digest: opening.digest, folder: opening.folder, documentPath: opening.documentPath,
            parameters: opening.parameters, operator: opening.operator, host: opening.host, lock: lock,
            startedAt: opening.startedAt)
    }

    /// Copies the files that the document names, so that a resume executes what the start saw.
    static func keepIncludes(
        _ document: RunbookDocument, _ opening: RunOpening, _ folder: RunFolder
    ) throws(RuntimeFailure) -> [String: JournalValue] {
        var digests: [String: JournalValue] = [:]
        for path in document.includedPaths {
            let bytes = try Files.read(SecretVault.absolute(path, opening.folder))
            try Files.write(bytes, to: SQLRunner.snapshot(of: path, in: folder))
            digests[path] = .string(try Files.digest(of: bytes))
        }
        try Files.syncFolder(folder.includesPath)
        return digests
    }

    /// The targets of the calling runs and this run's own, which may be one of them; a survivor of this very run has it until
    /// its command ends.
    private static func takeTargets(
        _ opening: RunOpening, _ holder: LockHolder, _ settings: RunSettings, _ caller: Caller?
    ) throws(RuntimeFailure) -> [Caller.Target] {
        let path = try TargetLock.path(opening.lock, stateFolder: settings.stateFolder)
        let targets = caller?.targets ?? []
        if targets.contains(where: { $0.path == path }) { return targets }
        var isTold = false
        while true {
            do throws(RuntimeFailure) {
                let lock = try TargetLock.take(path: path, holder: holder)
                return targets + [Caller.Target(path: path, lock: lock)]
            } catch {
                guard case .locked(let other) = error, other.run == opening.run else { throw error }
                if !isTold { settings.observer.noticed(.waitingForSurvivor(run: opening.run)) }
                isTold = true
                settings.sleep(survivorInterval)
            }
        }
    }
}
