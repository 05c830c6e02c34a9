import Glibc

/// Files and folders of a repository: private, durable, and never through a link.
enum RepositoryFiles {
    static func makeFolder(_ path: String) throws(BackupFailure) {
        var partial = ""
        for part in path.split(separator: "/") {
            partial += "/\(part)"
            if mkdir(partial, 0o700) != 0, errno != EEXIST { throw failure(partial) }
        }
    }

    static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    static func create(_ path: String) throws(BackupFailure) -> Int32 {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw failure(path) }
        return descriptor
    }

    static func write(_ bytes: UnsafeRawBufferPointer, _ descriptor: Int32, _ path: String)
        throws(BackupFailure)
    {
        var done = 0
        while done < bytes.count {
            let count = Glibc.write(descriptor, bytes.baseAddress?.advanced(by: done), bytes.count - done)
            if count < 0 {
                if errno == EINTR { continue }
                throw failure(path, written: Int64(done))
            }
            done += count
        }
    }

    static func writeWhole(_ bytes: [UInt8], to path: String) throws(BackupFailure) {
        let descriptor = try create(path)
        defer { close(descriptor) }
        try bytes.withUnsafeBufferPointer { (buffer) throws(BackupFailure) in
            try write(UnsafeRawBufferPointer(buffer), descriptor, path)
        }
        guard fsync(descriptor) == 0 else { throw failure(path) }
    }

    static func appendDurably(_ bytes: [UInt8], to path: String) throws(BackupFailure) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw failure(path) }
        defer { close(descriptor) }
        try bytes.withUnsafeBufferPointer { (buffer) throws(BackupFailure) in
            try write(UnsafeRawBufferPointer(buffer), descriptor, path)
        }
        guard fsync(descriptor) == 0 else { throw failure(path) }
    }

    static func syncFolder(_ path: String) throws(BackupFailure) {
        let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure(path) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw failure(path) }
    }

    static func read(_ path: String, limitBytes: Int = 64 << 20) throws(BackupFailure) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure(path) }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = Glibc.read(descriptor, &chunk, chunk.count)
            if count == 0 { return bytes }
            if count < 0 {
                if errno == EINTR { continue }
                throw failure(path)
            }
            bytes += chunk[..<count]
            guard bytes.count <= limitBytes else {
                throw .file(path: path, reason: "larger than the limit of \(limitBytes) bytes")
            }
        }
    }

    static func names(in folder: String) -> [String] {
        guard let stream = opendir(folder) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    static func rename(_ old: String, to new: String) throws(BackupFailure) {
        guard !exists(new) else { throw .file(path: new, reason: "is there already") }
        guard Glibc.rename(old, new) == 0 else { throw failure(old) }
    }

    /// Removes a folder with its files; what cannot be removed stays for the next run to report.
    static func removeFolder(_ path: String) {
        for name in names(in: path) { unlink("\(path)/\(name)") }
        rmdir(path)
    }

    static func failure(_ path: String, written: Int64 = 0) -> BackupFailure {
        if errno == ENOSPC || errno == EDQUOT { return .full(path: path, written: written) }
        return .file(path: path, reason: String(cString: strerror(errno)))
    }
}
