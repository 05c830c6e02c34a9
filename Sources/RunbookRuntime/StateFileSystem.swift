import CSystem

/// What is asked of the file system under the state folder.
///
/// Who holds a target is told by a kernel lock, and what was written is there after a power cut only where `fdatasync` says
/// so. On a network file system either may hold on this host alone: two executors could have one target.
public struct StateFileSystem: Sendable {
    /// Whether a network file system is taken all the same.
    public let allowsNetwork: Bool
    /// The type of the file system under a path, as `statfs` tells it.
    private let type: @Sendable (String) -> Int?

    /// - Parameter type: The type under a path; `nil` when it cannot be had. The system's answer, unless given.
    public init(
        allowsNetwork: Bool = false, type: @escaping @Sendable (String) -> Int? = StateFileSystem.typeOfSystem
    ) {
        self.allowsNetwork = allowsNetwork
        self.type = type
    }

    /// File systems that may be served by another host, by the numbers of `statfs`. FUSE tells no more than its own name: it
    /// carries sshfs and GlusterFS, and the shared folders of virtual machines.
    ///
    /// Source: Linux 6.12, include/uapi/linux/magic.h, and the manual page statfs(2); for the last six, their own sources.
    private static let network: [Int: String] = [
        0x6969: "NFS", 0x517B: "SMB", 0xFF53_4D42: "CIFS", 0xFE53_4D42: "SMB2", 0x5346_414F: "AFS",
        0x6B41_4653: "AFS", 0x7375_7245: "Coda", 0x564C: "NCP", 0x0102_1997: "9P", 0x00C3_6400: "Ceph",
        0x6573_5546: "FUSE", 0x7461_636F: "OCFS2", 0x0116_1970: "GFS2", 0x0BD0_0BD0: "Lustre",
        0x4750_4653: "GPFS", 0x1983_0326: "BeeGFS", 0x786F_4256: "VirtualBox", 0xBACB_ACBC: "VMware",
    ]

    /// Refuses a folder on a network file system.
    func require(_ folder: String) throws(RuntimeFailure) {
        // A folder whose file system cannot be had is found out by the first write into it.
        guard !allowsNetwork, let name = type(folder).flatMap({ Self.network[$0 & 0xFFFF_FFFF] }) else {
            return
        }
        throw .networkState(folder: folder, fileSystem: name)
    }

    /// What the system says.
    public static let typeOfSystem: @Sendable (String) -> Int? = { path in
        let type = vigie_file_system_type(path)
        return type < 0 ? nil : type
    }
}
