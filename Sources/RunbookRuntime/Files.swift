import Digests
import Glibc
import RunbookJournal

/// Small files and folders of a run; every failure names the path.
enum Files {
    static func makeFolder(_ path: String) throws(RuntimeFailure) {
        var partial = ""
        for part in path.split(separator: "/") {
            partial += "/\(part)"
            if mkdir(partial, 0o700) != 0, errno != EEXIST { throw failure(partial) }
        }
    }

    static func syncFolder(_ path: String) throws(RuntimeFailure) {
        do throws(StorageFailure) {
            try FileStorage.syncFolder(path)
        } catch {
            throw .journal(error)
        }
    }

    /// The first bytes of a file; none when there is no file.
    static func beginning(of path: String, limitBytes: Int) throws(RuntimeFailure) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        if descriptor < 0, errno == ENOENT { return [] }
        guard descriptor >= 0 else { throw failure(path) }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 14)
        while bytes.count < limitBytes, !bytes.contains(0x0A) {
            let count = Glibc.read(descriptor, &chunk, chunk.count)
            if count == 0 { break }
            if count < 0 {
                if errno == EINTR { continue }
                throw failure(path)
            }
            bytes += chunk[..<count]
        }
        return bytes
    }

    static func read(_ path: String, limitBytes: Int = 64 << 20) throws(RuntimeFailure) -> [UInt8] {
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

    /// Writes a whole file and makes it durable.
    static func write(_ bytes: [UInt8], to path: String, mode: mode_t = 0o600) throws(RuntimeFailure) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, mode)
        guard descriptor >= 0 else { throw failure(path) }
        defer { close(descriptor) }
        try write(bytes, descriptor, path)
        guard fsync(descriptor) == 0 else { throw syncFailure(path) }
    }

    static func write(_ bytes: [UInt8], _ descriptor: Int32, _ path: String) throws(RuntimeFailure) {
        var done = 0
        while done < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.write(descriptor, $0.baseAddress?.advanced(by: done), $0.count - done)
            }
            if count < 0 {
                if errno == EINTR { continue }
                throw failure(path)
            }
            done += count
        }
    }

    /// The visible entries of a folder.
    static func names(in folder: String) -> [String] { allNames(in: folder).filter { !$0.hasPrefix(".") } }

    /// Also those that begin with a full stop.
    static func allNames(in folder: String) -> [String] {
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

    /// Removes a folder of ours and what is in it; links are removed, not followed.
    static func removeFolder(_ path: String) {
        for name in allNames(in: path) where unlink("\(path)/\(name)") != 0 {
            removeFolder("\(path)/\(name)")
        }
        rmdir(path)
    }

    enum Kind { case file, folder, other }

    /// What is at a path; a link is neither a file nor a folder.
    static func kind(of path: String) -> Kind {
        var status = stat()
        guard lstat(path, &status) == 0 else { return .other }
        switch status.st_mode & S_IFMT {
        case S_IFREG: return .file
        case S_IFDIR: return .folder
        default: return .other
        }
    }

    /// The bytes of a file, a part at a time.
    final class Chunks: Sequence, IteratorProtocol {
        private let descriptor: Int32
        private(set) var isBroken = false

        init(_ path: String) throws(RuntimeFailure) {
            descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
            guard descriptor >= 0 else { throw Files.failure(path) }
        }

        deinit { close(descriptor) }

        func next() -> ArraySlice<UInt8>? {
            var chunk = [UInt8](repeating: 0, count: 1 << 16)
            var count = Glibc.read(descriptor, &chunk, chunk.count)
            while count < 0, errno == EINTR { count = Glibc.read(descriptor, &chunk, chunk.count) }
            isBroken = count < 0
            return count > 0 ? chunk[..<count] : nil
        }
    }

    /// SHA-256, in hexadecimal digits.
    static func digest(of bytes: [UInt8]) throws(RuntimeFailure) -> String {
        do throws(CryptoFailure) {
            return try SHA256.hexDigest(of: bytes)
        } catch {
            throw .supervisor(reason: error.message)
        }
    }

    /// Size and digest of a file, or of its first bytes.
    static func digest(
        ofFile path: String, first limitBytes: Int64 = .max
    ) throws(RuntimeFailure) -> (bytes: Int64, digest: String) {
        let chunks = try Chunks(path)
        let stream: SHA256Stream
        do throws(CryptoFailure) {
            stream = try SHA256Stream()
        } catch {
            throw .supervisor(reason: error.message)
        }
        var count: Int64 = 0
        while count < limitBytes, let chunk = chunks.next() {
            let part = chunk.prefix(Int(clamping: limitBytes - count))
            part.withUnsafeBytes { stream.update($0) }
            count += Int64(part.count)
        }
        if chunks.isBroken { throw failure(path) }
        return (count, Hex.encode(stream.finish()))
    }

    static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    static func failure(_ path: String) -> RuntimeFailure {
        let reason = String(cString: strerror(errno))
        if [ENOSPC, EDQUOT, EROFS, EIO].contains(errno) {
            return .journal(StorageFailure(operation: "write", reason: "\(path): \(reason)"))
        }
        return .file(path: path, reason: reason)
    }

    /// Whatever the reason: what was written is not known to be there, so nothing may be built upon it.
    static func syncFailure(_ path: String) -> RuntimeFailure {
        .journal(StorageFailure(operation: "sync", reason: "\(path): \(String(cString: strerror(errno)))"))
    }
}
