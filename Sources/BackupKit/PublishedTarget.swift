import Glibc

/// A file or folder that comes about under another name beside its own, and gets its own only once it is complete.
///
/// A run that fails leaves what was there before. A run that is killed leaves its unfinished work under a name that begins
/// with a dot; the next run for the same target removes it.
public struct PublishedTarget: Sendable {
    /// Its name; a link is followed.
    public let path: String
    /// Where it comes about.
    public let incoming: String
    private let isFolder: Bool
    private let folder: String
    private let leftoverPrefix: String

    /// Looks whether the target can be made; only reads.
    ///
    /// - Parameter marker: The file that a folder must hold to be replaced.
    public init(_ path: String, isFolder: Bool, marker: String = "") throws(BackupFailure) {
        let path = try Self.resolved(path)
        self.path = path
        self.isFolder = isFolder
        let slash = path.lastIndex(of: "/")
        folder = slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        let name = slash.map { path[path.index(after: $0)...] } ?? path[...]
        leftoverPrefix = ".\(name).vigie-"
        incoming = "\(folder)/\(leftoverPrefix)\(getpid())"
        try requireFolder()
        try requireReplaceable(marker: marker)
    }

    /// The name without links, so that the file behind a link is replaced and not the link.
    private static func resolved(_ path: String) throws(BackupFailure) -> String {
        var facts = stat()
        guard lstat(path, &facts) == 0, facts.st_mode & S_IFMT == S_IFLNK else { return path }
        guard let real = realpath(path, nil) else { throw RepositoryFiles.failure(path) }
        defer { free(real) }
        return String(cString: real)
    }

    private func requireFolder() throws(BackupFailure) {
        var facts = stat()
        guard stat(folder, &facts) == 0 else { throw RepositoryFiles.failure(folder) }
        guard facts.st_mode & S_IFMT == S_IFDIR else {
            throw .file(path: folder, reason: "is not a folder")
        }
        guard access(folder, W_OK | X_OK) == 0 else { throw RepositoryFiles.failure(folder) }
        var own = stat()
        let isOthers = stat(path, &own) == 0 && own.st_uid != geteuid() && facts.st_uid != geteuid()
        if isOthers, facts.st_mode & S_ISVTX != 0, geteuid() != 0 {
            throw .file(
                path: path, reason: "belongs to another user, in a folder where only its owner may replace it"
            )
        }
    }

    private func requireReplaceable(marker: String) throws(BackupFailure) {
        var facts = stat()
        guard stat(path, &facts) == 0 else {
            guard errno == ENOENT else { throw RepositoryFiles.failure(path) }
            return
        }
        switch (facts.st_mode & S_IFMT, isFolder) {
        case (S_IFREG, false): break
        case (S_IFDIR, true):
            let isEmpty = RepositoryFiles.names(in: path).isEmpty
            guard isEmpty || RepositoryFiles.exists("\(path)/\(marker)") else {
                throw .file(path: path, reason: "is a folder with other files, and is not replaced")
            }
        case (_, true): throw .file(path: path, reason: "is not a folder")
        case (_, false): throw .file(path: path, reason: "is not an ordinary file")
        }
    }

    /// Removes what killed runs left behind, so that its place and its space are free.
    ///
    /// - Returns: The names of what was removed.
    public func removeLeftovers() -> [String] {
        RepositoryFiles.names(in: folder).filter { name in
            guard name.hasPrefix(leftoverPrefix), let process = Int32(name.dropFirst(leftoverPrefix.count)),
                process == getpid() || (kill(process, 0) != 0 && errno == ESRCH)
            else { return false }
            Self.remove("\(folder)/\(name)")
            return true
        }
    }

    /// Makes the empty file for a program that opens it itself: it is private from its first byte.
    public func makeEmpty() throws(BackupFailure) {
        close(try RepositoryFiles.create(incoming))
    }

    /// Gives it its name; what had the name before is gone afterwards.
    public func publish() throws(BackupFailure) {
        try sync(incoming)
        // A folder cannot take the name of one that is not empty. Both are complete, so that a crash in between loses nothing.
        let older = "\(folder)/\(leftoverPrefix)\(getpid())-older"
        let replacesFolder = isFolder && RepositoryFiles.exists(path)
        if replacesFolder { try RepositoryFiles.rename(path, to: older) }
        guard Glibc.rename(incoming, path) == 0 else {
            let failure = RepositoryFiles.failure(path)
            if replacesFolder { Glibc.rename(older, path) }
            throw failure
        }
        try RepositoryFiles.syncFolder(folder)
        if replacesFolder { RepositoryFiles.removeFolder(older) }
    }

    /// Removes what was written.
    public func discard() { Self.remove(incoming) }

    private static func remove(_ path: String) {
        if unlink(path) != 0 { RepositoryFiles.removeFolder(path) }
    }

    private func sync(_ path: String) throws(BackupFailure) {
        if isFolder {
            for name in RepositoryFiles.names(in: path) { try Self.syncFile("\(path)/\(name)") }
            return try RepositoryFiles.syncFolder(path)
        }
        try Self.syncFile(path)
    }

    private static func syncFile(_ path: String) throws(BackupFailure) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else { throw RepositoryFiles.failure(path) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw RepositoryFiles.failure(path) }
    }
}
