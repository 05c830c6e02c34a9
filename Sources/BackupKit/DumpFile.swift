import Glibc

/// A file or folder to restore from.
public enum DumpFile {
    /// Refuses what is not there, not readable, empty, or not of the kind that is expected; only reads.
    ///
    /// - Parameter entry: The file that a folder must hold; `nil` when an ordinary file is expected.
    public static func requireReadable(_ path: String, entry: String?) throws(BackupFailure) {
        var facts = stat()
        guard stat(path, &facts) == 0 else { throw RepositoryFiles.failure(path) }
        let isFolder = facts.st_mode & S_IFMT == S_IFDIR
        if let entry {
            guard isFolder else { throw .file(path: path, reason: "is not a folder") }
            guard access("\(path)/\(entry)", R_OK) == 0 else {
                throw RepositoryFiles.failure("\(path)/\(entry)")
            }
            return
        }
        guard !isFolder else { throw .file(path: path, reason: "is a folder") }
        guard facts.st_mode & S_IFMT == S_IFREG else {
            throw .file(path: path, reason: "is not an ordinary file")
        }
        guard access(path, R_OK) == 0 else { throw RepositoryFiles.failure(path) }
        guard facts.st_size > 0 else { throw .damaged(path: path, reason: "it is empty") }
    }

    /// The first bytes of a file; fewer when it is shorter.
    public static func head(of path: String, bytes: Int) throws(BackupFailure) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw RepositoryFiles.failure(path) }
        defer { close(descriptor) }
        var head = [UInt8](repeating: 0, count: bytes)
        let count = read(descriptor, &head, bytes)
        guard count >= 0 else { throw RepositoryFiles.failure(path) }
        return Array(head[..<count])
    }

    /// The folder that relative paths begin in.
    public static func currentFolder() -> String {
        guard let path = getcwd(nil, 0) else { return "." }
        defer { free(path) }
        return String(cString: path)
    }
}
