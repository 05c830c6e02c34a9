import Glibc

/// A folder of backups. Below it, each cluster has a lane of its own:
///
///     <root>/.vigie-repository                       marker: without it nothing is written
///     <root>/<site>/<engine>/<cluster>/<backup_id>/  complete, verified backups; manifest.json is written last
///     <root>/…/.incoming/<backup_id>.<boot>.<pid>/   work under way
///     <root>/…/.quarantine/                          what a killed run left behind
///     <root>/…/catalog.jsonl                         one line per backup, rebuildable from the manifests
///     <root>/…/lock                                  one backup at a time
public struct BackupRepository: Sendable {
    /// The repository.
    public let root: String
    /// The lane of one cluster.
    public let lane: String

    private static let marker = ".vigie-repository"

    /// A repository and the lane of a cluster in it; nothing is read or written yet.
    public init(root: String, site: String, engine: String, cluster: String) {
        self.root = root
        lane = "\(root)/\(Self.safe(site))/\(Self.safe(engine))/\(Self.safe(cluster))"
    }

    /// A name as one folder: what could leave the repository or hide is replaced.
    static func safe(_ name: String) -> String {
        let text = String(
            name.unicodeScalars.map { scalar -> Character in
                let isPlain =
                    scalar.isASCII && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar))
                return isPlain || scalar == "-" || scalar == "_" || scalar == "." ? Character(scalar) : "_"
            })
        return text.isEmpty || text.hasPrefix(".") ? "_" + text : text
    }

    /// Whether the marker is there.
    public var isMarked: Bool { RepositoryFiles.exists("\(root)/\(Self.marker)") }

    /// Makes the folder a repository; done once, by a person's word.
    public func initialize() throws(BackupFailure) {
        guard !isMarked else { return }
        try RepositoryFiles.makeFolder(root)
        try RepositoryFiles.writeWhole(Array("{\"schema\":1}\n".utf8), to: "\(root)/\(Self.marker)")
        try RepositoryFiles.syncFolder(root)
    }

    /// Refuses a folder without the marker.
    public func requireMarker() throws(BackupFailure) {
        guard isMarked else { throw .notARepository(path: root) }
    }

    /// The lines of the catalogue, oldest first; empty when there is none.
    public func catalogueLines() throws(BackupFailure) -> [String] {
        let path = "\(lane)/catalog.jsonl"
        guard RepositoryFiles.exists(path) else { return [] }
        let text = String(decoding: try RepositoryFiles.read(path), as: UTF8.self)
        let lines = text.split(separator: "\n").map(String.init)
        // A line without its end was cut off while it was written: its backup is listed again from the manifest.
        return text.hasSuffix("\n") ? lines : Array(lines.dropLast())
    }

    /// Cuts a line off that was torn while it was written, so that the next one is not glued to it. The caller has the lock.
    public func dropTornLine() throws(BackupFailure) {
        let path = "\(lane)/catalog.jsonl"
        guard RepositoryFiles.exists(path) else { return }
        let bytes = try RepositoryFiles.read(path)
        guard let last = bytes.last, last != 0x0A else { return }
        let whole = bytes.lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
        guard truncate(path, off_t(whole)) == 0 else { throw RepositoryFiles.failure(path) }
    }

    /// The manifest of a backup; `nil` when it is not there.
    public func manifest(of id: String) throws(BackupFailure) -> String? {
        let path = "\(lane)/\(Self.safe(id))/manifest.json"
        guard RepositoryFiles.exists(path) else { return nil }
        return String(decoding: try RepositoryFiles.read(path), as: UTF8.self)
    }

    /// Bytes of a file of a backup; `nil` when it is not there.
    public func size(of file: String, in id: String) -> Int64? {
        var facts = stat()
        guard stat("\(lane)/\(Self.safe(id))/\(file)", &facts) == 0 else { return nil }
        return Int64(facts.st_size)
    }

    /// Manifests of complete backups that the catalogue does not list: a run died between the name and the line.
    public func unlistedManifests(known: Set<String>) throws(BackupFailure) -> [(id: String, text: String)] {
        var found: [(id: String, text: String)] = []
        for name in RepositoryFiles.names(in: lane) where !name.hasPrefix(".") && !known.contains(name) {
            let path = "\(lane)/\(name)/manifest.json"
            guard RepositoryFiles.exists(path) else { continue }
            found.append((name, String(decoding: try RepositoryFiles.read(path), as: UTF8.self)))
        }
        return found
    }

    /// Appends a line to the catalogue.
    public func appendToCatalogue(_ line: [UInt8]) throws(BackupFailure) {
        try RepositoryFiles.appendDurably(line + [0x0A], to: "\(lane)/catalog.jsonl")
    }

    /// Bytes that an ordinary user may still write, and bytes in all.
    public func space() throws(BackupFailure) -> (available: Int64, total: Int64) {
        var facts = statvfs()
        let folder = RepositoryFiles.exists(lane) ? lane : root
        guard statvfs(folder, &facts) == 0 else { throw RepositoryFiles.failure(folder) }
        return (Int64(facts.f_bavail) * Int64(facts.f_frsize), Int64(facts.f_blocks) * Int64(facts.f_frsize))
    }

    /// Takes the lane.
    ///
    /// - Parameter waitSeconds: How long to wait for another backup to end; 0 is not at all.
    public func lock(waitSeconds: Int, boot: String) throws(BackupFailure) -> LaneLock {
        try RepositoryFiles.makeFolder("\(lane)/.incoming")
        return try LaneLock(path: "\(lane)/lock", waitSeconds: waitSeconds, boot: boot)
    }

    /// Who has the lane; `nil` when nobody has. Only reads.
    public func holder() -> String? { LaneLock.holder(path: "\(lane)/lock") }

    /// Moves what killed runs left behind out of the way. The caller has the lane's lock, so that nobody works there.
    ///
    /// - Returns: The names of what was moved.
    public func quarantineLeftovers() throws(BackupFailure) -> [String] {
        let left = RepositoryFiles.names(in: "\(lane)/.incoming")
        guard !left.isEmpty else { return [] }
        try RepositoryFiles.makeFolder("\(lane)/.quarantine")
        for name in left {
            try RepositoryFiles.rename("\(lane)/.incoming/\(name)", to: "\(lane)/.quarantine/\(name)")
        }
        return left
    }

    /// Begins a backup in the work area, on the same file system.
    public func begin(_ id: String, boot: String) throws(BackupFailure) -> IncomingBackup {
        let path = "\(lane)/.incoming/\(id).\(boot.prefix(8)).\(getpid())"
        guard mkdir(path, 0o700) == 0 else { throw RepositoryFiles.failure(path) }
        return IncomingBackup(id: id, path: path, lane: lane)
    }
}

/// A backup that is not complete yet.
public struct IncomingBackup: Sendable {
    /// Its identifier.
    public let id: String
    /// Its folder in the work area.
    public let path: String
    let lane: String

    /// Where it will be.
    public var finalPath: String { "\(lane)/\(id)" }

    /// Writes the manifest, then gives the backup its name: the name means complete and verified.
    ///
    /// The order is what makes it safe against a crash at any point: files are durable before (see `Pipeline`), then the
    /// manifest, the folder, the new name, its folder, and only then the catalogue.
    public func publish(manifest: [UInt8], catalogueLine: [UInt8]) throws(BackupFailure) {
        try RepositoryFiles.writeWhole(manifest, to: "\(path)/manifest.json")
        try RepositoryFiles.syncFolder(path)
        try RepositoryFiles.rename(path, to: finalPath)
        try RepositoryFiles.syncFolder(lane)
        try RepositoryFiles.appendDurably(catalogueLine + [0x0A], to: "\(lane)/catalog.jsonl")
    }

    /// Removes what was written.
    public func discard() { RepositoryFiles.removeFolder(path) }
}

/// The lane, as long as this object lives; the kernel gives it back when the process ends, however it ends.
public final class LaneLock {
    private let descriptor: Int32

    private static let intervalMicroseconds: UInt32 = 200_000

    init(path: String, waitSeconds: Int, boot: String) throws(BackupFailure) {
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw RepositoryFiles.failure(path) }
        var roundsLeft = waitSeconds * 1_000_000 / Int(Self.intervalMicroseconds)
        while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
            if roundsLeft <= 0 {
                close(descriptor)
                throw .busy(path: path, holder: Self.text(path))
            }
            roundsLeft -= 1
            usleep(Self.intervalMicroseconds)
        }
        ftruncate(descriptor, 0)
        let line = Array("pid \(getpid()), boot \(boot)\n".utf8)
        try line.withUnsafeBufferPointer { (buffer) throws(BackupFailure) in
            try RepositoryFiles.write(UnsafeRawBufferPointer(buffer), descriptor, path)
        }
        self.descriptor = descriptor
    }

    deinit { close(descriptor) }

    static func holder(path: String) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        if flock(descriptor, LOCK_SH | LOCK_NB) == 0 { return nil }
        return text(path)
    }

    private static func text(_ path: String) -> String {
        let bytes: [UInt8]
        do throws(BackupFailure) {
            bytes = try RepositoryFiles.read(path, limitBytes: 4096)
        } catch {
            return "holder unknown"
        }
        return String(decoding: bytes.prefix { $0 != 0x0A }, as: UTF8.self)
    }
}
