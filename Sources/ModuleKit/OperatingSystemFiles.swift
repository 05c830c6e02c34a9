import Glibc

/// The files of this machine.
struct OperatingSystemFiles: HostFiles {
    func attributes(of path: String) throws(ModuleFailure) -> HostFileAttributes? {
        var facts = stat()
        guard stat(path, &facts) == 0 else {
            if errno == ENOENT { return nil }
            throw Self.failure("read", path)
        }
        guard facts.st_mode & S_IFMT == S_IFREG else {
            throw .host("\(path) is not a regular file", hint: "is the path of the file meant?")
        }
        return HostFileAttributes(
            owner: facts.st_uid, group: facts.st_gid, mode: UInt16(facts.st_mode & 0o7777))
    }

    func resolved(_ path: String) -> String {
        guard let text = realpath(path, nil) else { return path }
        defer { free(text) }
        return String(cString: text)
    }

    func replace(
        _ path: String, with bytes: [UInt8], attributes: HostFileAttributes, mayWriteInPlace: Bool
    ) throws(ModuleFailure) {
        // A link stays a link: the file that it names is replaced.
        let path = resolved(path)
        do throws(ModuleFailure) {
            try replaceByRename(path, bytes, attributes)
        } catch {
            guard mayWriteInPlace, (try self.attributes(of: path)) != nil else { throw error }
            let descriptor = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC)
            guard descriptor >= 0 else { throw error }
            defer { close(descriptor) }
            try Self.write(bytes, to: descriptor, path)
            try Self.set(attributes, of: descriptor, path)
            try Self.sync(descriptor, path)
        }
    }

    private func replaceByRename(
        _ path: String, _ bytes: [UInt8], _ attributes: HostFileAttributes
    ) throws(ModuleFailure) {
        var template = Array((path + ".XXXXXX").utf8CString)
        let descriptor = mkstemp(&template)
        let temporary = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        guard descriptor >= 0 else { throw Self.failure("write beside", path) }
        var isRenamed = false
        defer {
            close(descriptor)
            if !isRenamed { unlink(temporary) }
        }
        try Self.write(bytes, to: descriptor, temporary)
        try Self.set(attributes, of: descriptor, path)
        try Self.sync(descriptor, temporary)
        guard rename(temporary, path) == 0 else { throw Self.failure("replace", path) }
        isRenamed = true
        let folder = open(Self.folder(of: path), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folder >= 0 else { throw Self.failure("read the folder of", path) }
        defer { close(folder) }
        try Self.sync(folder, path)
    }

    /// Most attempts to get a lock, and the microseconds between them: ten seconds.
    private static let lockAttemptsMax = 500
    private static let lockPauseMicroseconds: UInt32 = 20_000

    func lock(folderOf path: String) throws(ModuleFailure) -> HostFileLock? {
        let descriptor = open(Self.folder(of: resolved(path)), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        for _ in 0..<Self.lockAttemptsMax {
            if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return HostFileLock { close(descriptor) } }
            usleep(Self.lockPauseMicroseconds)
        }
        close(descriptor)
        throw .host("another task keeps the folder of \(path) locked", hint: "which one (lslocks)?")
    }

    func set(_ attributes: HostFileAttributes, of path: String) throws(ModuleFailure) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Self.failure("read", path) }
        defer { close(descriptor) }
        try Self.set(attributes, of: descriptor, path)
    }

    func remove(_ path: String) throws(ModuleFailure) {
        guard unlink(path) == 0 else { throw Self.failure("remove", path) }
    }

    func backupPath(for path: String) -> String {
        var now = time(nil)
        var parts = tm()
        localtime_r(&now, &parts)
        var text = [CChar](repeating: 0, count: 32)
        let count = strftime(&text, text.count, "%Y-%m-%d@%H:%M:%S~", &parts)
        let stamp = String(decoding: text[..<count].map(UInt8.init(bitPattern:)), as: UTF8.self)
        return "\(path).\(getpid()).\(stamp)"
    }

    func userID(of name: String) -> UInt32? { getpwnam(name)?.pointee.pw_uid ?? UInt32(name) }

    func groupID(of name: String) -> UInt32? { getgrnam(name)?.pointee.gr_gid ?? UInt32(name) }

    var hasSELinux: Bool { access("/sys/fs/selinux/enforce", F_OK) == 0 }

    // MARK: Descriptors

    private static func write(_ bytes: [UInt8], to descriptor: Int32, _ path: String) throws(ModuleFailure) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0 {
                if errno == EINTR { continue }
                throw failure("write", path)
            }
            rest = rest.dropFirst(count)
        }
    }

    /// Only what differs is set: who may not change the owner need not when it is right.
    private static func set(
        _ attributes: HostFileAttributes, of descriptor: Int32, _ path: String
    ) throws(ModuleFailure) {
        var facts = stat()
        guard fstat(descriptor, &facts) == 0 else { throw failure("read", path) }
        let owner = attributes.owner ?? facts.st_uid
        let group = attributes.group ?? facts.st_gid
        if owner != facts.st_uid || group != facts.st_gid {
            guard fchown(descriptor, owner, group) == 0 else { throw failure("set the owner of", path) }
        }
        // After the owner: a change of owner clears bits of the mode.
        if let mode = attributes.mode {
            guard fchmod(descriptor, mode_t(mode)) == 0 else { throw failure("set the mode of", path) }
        }
    }

    private static func sync(_ descriptor: Int32, _ path: String) throws(ModuleFailure) {
        guard fsync(descriptor) == 0 else { throw failure("write", path) }
    }

    private static func folder(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    private static func failure(_ verb: String, _ path: String) -> ModuleFailure {
        .host(
            "cannot \(verb) \(path): \(String(cString: strerror(errno)))",
            hint: "is the path on the target, and may the task's user do this?")
    }
}
