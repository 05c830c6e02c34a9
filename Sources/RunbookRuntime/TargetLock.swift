import Glibc
import RunbookCore

/// A kernel lock on a file. It goes with the last process that has its descriptor, so that nothing has to be cleaned up after
/// a crash, and a supervisor that outlives its executor keeps the target locked.
public final class TargetLock {
    /// Inherited by supervisors.
    let descriptor: Int32

    private init(_ descriptor: Int32) { self.descriptor = descriptor }

    deinit { close(descriptor) }

    /// The file of a lock text.
    static func path(_ text: String, stateFolder: String) throws(RuntimeFailure) -> String {
        "\(stateFolder)/locks/\(try Files.digest(of: Array(text.utf8))).lock"
    }

    /// Takes the lock and writes its holder down; `.locked` tells who has it.
    static func take(path: String, holder: LockHolder) throws(RuntimeFailure) -> TargetLock {
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw Files.failure(path) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            close(descriptor)
            throw .locked(Self.holder(path: path))
        }
        let lock = TargetLock(descriptor)
        guard ftruncate(descriptor, 0) == 0 else { throw Files.failure(path) }
        lseek(descriptor, 0, SEEK_SET)
        try Files.write(Array(holder.line.utf8), descriptor, path)
        return lock
    }

    /// Whether a process has the file open: numbers of processes come back, and a holder that ended is still written down.
    static func isOpen(path: String, in process: Int64) -> Bool {
        var lock = stat()
        guard stat(path, &lock) == 0 else { return false }
        let descriptors = "/proc/\(process)/fd"
        return Files.names(in: descriptors).contains { name in
            var opened = stat()
            return stat("\(descriptors)/\(name)", &opened) == 0 && opened.st_ino == lock.st_ino
                && opened.st_dev == lock.st_dev
        }
    }

    /// The holder as the file tells; reading never takes the lock.
    static func holder(path: String) -> LockHolder {
        let bytes: [UInt8]
        do throws(RuntimeFailure) {
            bytes = try Files.read(path, limitBytes: 4096)
        } catch {
            return LockHolder(line: "")
        }
        return LockHolder(line: String(decoding: bytes, as: UTF8.self))
    }
}
