import BackupKit
import Digests
import ModuleKit
import SQLClient

/// One backup from the first look to the last line of the catalogue.
struct BackupWork {
    let arguments: PostgreSQLBackupArguments
    let wishes: BackupWishes
    let source: BackupSource
    let databases: [BackupSource.Database]
    let session: any SQLSession
    let context: ModuleContext
    let repository: BackupRepository
    let programs: BackupPrograms

    init(
        arguments: PostgreSQLBackupArguments, wishes: BackupWishes, source: BackupSource,
        session: any SQLSession,
        context: ModuleContext
    ) throws(ModuleFailure) {
        self.arguments = arguments
        self.wishes = wishes
        self.source = source
        self.session = session
        self.context = context
        databases = try source.selected(arguments)
        let cluster = arguments.cluster ?? (source.clusterName.isEmpty ? "main" : source.clusterName)
        repository = BackupRepository(
            root: arguments.repository.text, site: arguments.site, engine: "postgresql", cluster: cluster)
        programs = BackupPrograms(arguments, serverVersion: source.version)
    }

    // MARK: Looking

    /// What a run would do: everything is looked at, nothing is written.
    func plan() throws(ModuleFailure) -> Reply {
        if !repository.isMarked, !arguments.initialize {
            try onHost { () throws(BackupFailure) in try repository.requireMarker() }
        }
        let catalogue = repository.isMarked ? try self.catalogue() : []
        if let young = try youngEnough(catalogue) { return unchanged(young) }
        if repository.isMarked { try requireSpace(catalogue) }
        if let holder = repository.holder(), arguments.onConcurrent == .fail {
            throw failure(.busy(path: repository.lane, holder: holder))
        }
        return Reply(
            changed: true,
            facts: [
                "plan": [
                    "databases": .strings(databases.map(\.name)), "lane": .string(repository.lane),
                    "bytes_estimated": .int(estimatedBytes(catalogue)), "globals": .bool(arguments.globals),
                    "initialize": .bool(!repository.isMarked),
                ]
            ])
    }

    private func catalogue() throws(ModuleFailure) -> [[String: JSONValue]] {
        let lines = try onHost { () throws(BackupFailure) in try repository.catalogueLines() }
        var entries: [[String: JSONValue]] = []
        for (index, line) in lines.enumerated() {
            guard let entry = context.host.json(of: line)?.object else {
                throw .host(
                    "line \(index + 1) of \(repository.lane)/catalog.jsonl is not JSON",
                    hint: "was it edited? every manifest.json holds what its line says")
            }
            entries.append(entry)
        }
        return entries
    }

    /// A good backup of the same databases that is younger than `min_interval`: verified, unless the task asks for no
    /// verification, and with its files still there. One from the future is not believed.
    private func youngEnough(_ catalogue: [[String: JSONValue]]) throws(ModuleFailure) -> [String: JSONValue]?
    {
        guard let interval = wishes.minIntervalSeconds else { return nil }
        let now = ProgramFinder.wallSeconds()
        let names = Set(databases.map(\.name))
        let candidate = catalogue.last { entry in
            let isVerified = entry["verify"]?.object?["result"] == "ok"
            guard isVerified || arguments.verifyLevel == .none else { return false }
            guard entry["status"] == "complete", case .int(let stop)? = entry["stop_s"], stop <= now else {
                return false
            }
            let held = Set((entry["databases"]?.array ?? []).compactMap(\.string))
            return now - stop < interval && held.isSuperset(of: names)
        }
        guard let candidate, let id = candidate["backup_id"]?.string, try isWhole(id) else { return nil }
        return candidate
    }

    /// Whether every file of a backup is there with its size: the catalogue alone restores nothing.
    private func isWhole(_ id: String) throws(ModuleFailure) -> Bool {
        let text = try onHost { () throws(BackupFailure) in try repository.manifest(of: id) }
        guard let files = text.flatMap({ context.host.json(of: $0) })?.object?["files"]?.array, !files.isEmpty
        else {
            return false
        }
        return files.allSatisfy { file in
            guard let path = file.object?["path"]?.string, case .int(let bytes)? = file.object?["bytes"]
            else {
                return false
            }
            return repository.size(of: path, in: id) == bytes
        }
    }

    private func unchanged(_ entry: [String: JSONValue]) -> Reply {
        Reply(
            changed: false,
            facts: [
                "backup_id": entry["backup_id"] ?? .null, "catalog_entry": .object(entry),
                "path": .string("\(repository.lane)/\(entry["backup_id"]?.string ?? "")"),
            ])
    }

    /// What the last backup of the same databases took with a fifth on top, else the databases' own size.
    private func estimatedBytes(_ catalogue: [[String: JSONValue]]) -> Int64 {
        let names = JSONValue.strings(databases.map(\.name))
        if case .int(let bytes)? = catalogue.last(where: { $0["databases"] == names })?["bytes_stored"] {
            return bytes + bytes / 5
        }
        return databases.reduce(0) { $0 + $1.bytes }
    }

    private func requireSpace(_ catalogue: [[String: JSONValue]]) throws(ModuleFailure) {
        let space = try onHost { () throws(BackupFailure) in try repository.space() }
        let needed = estimatedBytes(catalogue) + wishes.freeSpace.bytes(of: space.total)
        guard space.available >= needed else {
            throw failure(.tooLittleSpace(path: repository.root, available: space.available, needed: needed))
        }
    }

    // MARK: Working

    /// Makes the backup.
    func perform() throws(ModuleFailure) -> Reply {
        if arguments.initialize { try onHost { () throws(BackupFailure) in try repository.initialize() } }
        try onHost { () throws(BackupFailure) in try repository.requireMarker() }
        if let young = try youngEnough(try catalogue()) { return unchanged(young) }
        let boot = ProgramFinder.bootID()
        let lock: LaneLock
        do throws(BackupFailure) {
            lock = try repository.lock(
                waitSeconds: arguments.onConcurrent == .wait ? wishes.lockTimeoutSeconds : 0, boot: boot)
        } catch {
            if case .busy = error, arguments.onConcurrent == .skip {
                return Reply(changed: false, warnings: ["skipped: \(error.message)"])
            }
            throw failure(error)
        }
        return try withExtendedLifetime(lock) { () throws(ModuleFailure) in try performLocked(boot) }
    }

    private func performLocked(_ boot: String) throws(ModuleFailure) -> Reply {
        let relisted = try relist()
        let catalogue = try self.catalogue()
        // Whoever had the lock before may have made the backup that is asked for.
        if let young = try youngEnough(catalogue) { return unchanged(young) }
        let left = try onHost { () throws(BackupFailure) in try repository.quarantineLeftovers() }
        try requireSpace(catalogue)
        let id = BackupTime.compact(ProgramFinder.wallSeconds()) + "-logical-" + (try randomSuffix())
        let incoming = try onHost { () throws(BackupFailure) in try repository.begin(id, boot: boot) }
        do throws(ModuleFailure) {
            var reply = try fill(incoming, sequence: nextSequence(catalogue))
            reply.warnings += relisted.map { "backup \($0) was complete and not in the catalogue; it is now" }
            reply.warnings += left.map {
                "an earlier backup was interrupted; its files are in .quarantine/\($0)"
            }
            return reply
        } catch {
            incoming.discard()
            throw error
        }
    }

    /// Lists complete backups that a killed run could not list any more.
    private func relist() throws(ModuleFailure) -> [String] {
        try onHost { () throws(BackupFailure) in try repository.dropTornLine() }
        let known = Set(try catalogue().compactMap { $0["backup_id"]?.string })
        let unlisted = try onHost { () throws(BackupFailure) in try repository.unlistedManifests(known: known)
        }
        for (id, text) in unlisted {
            guard let manifest = context.host.json(of: text)?.object else {
                throw .host(
                    "\(repository.lane)/\(id)/manifest.json is not JSON", hint: "is the storage sound?")
            }
            let line = BackupManifest.catalogueEntry(of: manifest).canonicalText
            try onHost { () throws(BackupFailure) in try repository.appendToCatalogue(Array(line.utf8)) }
        }
        return unlisted.map(\.id)
    }

    private func randomSuffix() throws(ModuleFailure) -> String {
        Hex.encode(try context.host.randomBytes(2))
    }

    private func nextSequence(_ catalogue: [[String: JSONValue]]) -> Int64 {
        let known = catalogue.compactMap { entry -> Int64? in
            if case .int(let sequence)? = entry["seq"] { sequence } else { nil }
        }
        return (known.max() ?? 0) + 1
    }

    private func fill(_ incoming: IncomingBackup, sequence: Int64) throws(ModuleFailure) -> Reply {
        let startedAt = ProgramFinder.wallSeconds()
        let start = ProgramFinder.monotonicSeconds()
        var dumps = BackupDumps(work: self, incoming: incoming)
        for database in databases { try dumps.dump(database) }
        if arguments.globals { try dumps.dumpGlobals(withPasswords: try mayReadPasswords()) }
        let verified = try dumps.verify()
        let manifest = BackupManifest(
            id: incoming.id, sequence: sequence, source: source, arguments: arguments, startedAt: startedAt,
            stoppedAt: ProgramFinder.wallSeconds(), seconds: ProgramFinder.monotonicSeconds() - start,
            databases: dumps.descriptions, files: dumps.files, programs: dumps.programs, verify: verified)
        let members = try manifest.document()
        let document = JSONValue.object(members).canonicalText + "\n"
        let entry = BackupManifest.catalogueEntry(of: members)
        try onHost { () throws(BackupFailure) in
            try incoming.publish(
                manifest: Array(document.utf8), catalogueLine: Array(entry.canonicalText.utf8))
        }
        return reply(manifest, entry, incoming)
    }

    private func reply(_ manifest: BackupManifest, _ entry: JSONValue, _ incoming: IncomingBackup) -> Reply {
        let raw = manifest.files.reduce(0) { $0 + $1.rawBytes }
        let hashes = manifest.files.map { ($0.path, JSONValue.string($0.sha256)) }
        return Reply(
            changed: true,
            facts: [
                "backup_id": .string(incoming.id), "path": .string(incoming.finalPath),
                "bytes_raw": .int(raw),
                "bytes_stored": .int(manifest.files.reduce(0) { $0 + $1.storedBytes }),
                "duration_s": .double((manifest.seconds * 1000).rounded() / 1000),
                "throughput": .double((Double(raw) / 1e4 / max(manifest.seconds, 0.001)).rounded() / 100),
                "sha256": .object(Dictionary(hashes, uniquingKeysWith: { $1 })), "verify": manifest.verify,
                "catalog_entry": entry,
            ])
    }

    private func mayReadPasswords() throws(ModuleFailure) -> Bool {
        try session.observedRecords(
            "SELECT pg_catalog.has_table_privilege('pg_catalog.pg_authid', 'SELECT') AS may"
        ).first?.bool("may") ?? false
    }

    // MARK: Failures

    func onHost<Value>(_ body: () throws(BackupFailure) -> Value) throws(ModuleFailure) -> Value {
        try ModuleFailure.onHost(body)
    }

    private func failure(_ failure: BackupFailure) -> ModuleFailure { ModuleFailure(failure) }
}
