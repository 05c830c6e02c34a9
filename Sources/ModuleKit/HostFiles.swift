/// Owner, group and permissions of a file; what is `nil` stays as it is.
public struct HostFileAttributes: Equatable, Sendable {
    /// Number of the owner.
    public var owner: UInt32?
    /// Number of the group.
    public var group: UInt32?
    /// The lower twelve bits of the mode.
    public var mode: UInt16?

    /// Attributes of a file.
    public init(owner: UInt32? = nil, group: UInt32? = nil, mode: UInt16? = nil) {
        self.owner = owner
        self.group = group
        self.mode = mode
    }
}

/// A lock that lasts as long as this object.
public final class HostFileLock {
    private let release: () -> Void

    /// A lock that is let go by this closure.
    public init(release: @escaping () -> Void) { self.release = release }

    deinit { release() }
}

/// Files of the target that a module writes; every write is durable and happens whole or not at all.
public protocol HostFiles {
    /// Owner, group and mode of a regular file, links followed; `nil` when nothing has this name.
    ///
    /// - Throws: `ModuleFailure.host` for a folder, a device, or a path that cannot be followed.
    func attributes(of path: String) throws(ModuleFailure) -> HostFileAttributes?

    /// The path without links; the path itself when nothing has this name.
    func resolved(_ path: String) -> String

    /// Puts new contents in the place of the old: a new file is written beside it, made durable and renamed.
    ///
    /// - Parameter mayWriteInPlace: Where the file cannot be renamed (a mount of its own), write into it instead.
    func replace(
        _ path: String, with bytes: [UInt8], attributes: HostFileAttributes, mayWriteInPlace: Bool
    ) throws(ModuleFailure)

    /// Keeps other tasks that ask for the same lock away until the lock is let go; `nil` where the folder cannot be
    /// opened.
    ///
    /// - Throws: `ModuleFailure.host` when another task keeps the lock for too long.
    func lock(folderOf path: String) throws(ModuleFailure) -> HostFileLock?

    /// Sets what is not `nil`.
    func set(_ attributes: HostFileAttributes, of path: String) throws(ModuleFailure)

    /// Removes a file.
    func remove(_ path: String) throws(ModuleFailure)

    /// A name beside the file that tells process and time, for its backup.
    func backupPath(for path: String) -> String

    /// The number of a user, from its name or its digits.
    func userID(of name: String) -> UInt32?

    /// The number of a group, from its name or its digits.
    func groupID(of name: String) -> UInt32?

    /// Whether files have SELinux labels here.
    var hasSELinux: Bool { get }
}
