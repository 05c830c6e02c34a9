import Glibc

/// Finds the programs of a PostgreSQL version: they must not be older than the server.
public enum ProgramFinder {
    private static let debianFolder = "/usr/lib/postgresql"
    private static let redHatFolders = ["/usr/pgsql-"]

    /// The program of the lowest version that is not older than `majorMin`; its bare name, to be found on `PATH`, when no
    /// folder of the known layouts has it.
    public static func postgreSQL(_ name: String, majorMin: Int) -> String {
        let majors = RepositoryFiles.names(in: debianFolder).compactMap { Int($0) }.filter { $0 >= majorMin }
            .sorted()
        let paths =
            majors.map { "\(debianFolder)/\($0)/bin/\(name)" }
            + (majorMin...majorMin + 5).flatMap { major in redHatFolders.map { "\($0)\(major)/bin/\(name)" } }
        return paths.first { access($0, X_OK) == 0 } ?? name
    }

    /// The path of a program that `PATH` has; `nil` when it has none.
    public static func onPath(_ name: String) -> String? {
        let folders = getenv("PATH").map { String(cString: $0) } ?? "/usr/local/bin:/usr/bin:/bin"
        return folders.split(separator: ":").map { "\($0)/\(name)" }.first { access($0, X_OK) == 0 }
    }

    /// Names the boot of this host.
    public static func bootID() -> String {
        guard let bytes = try? RepositoryFiles.read("/proc/sys/kernel/random/boot_id", limitBytes: 256) else {
            return ""
        }
        return String(decoding: bytes.prefix { $0 > 32 }, as: UTF8.self)
    }

    /// The name of this host.
    public static func hostName() -> String {
        var name = [CChar](repeating: 0, count: 256)
        gethostname(&name, name.count - 1)
        return String(decoding: name.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    /// Seconds since 1970 on the wall clock.
    public static func wallSeconds() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec)
    }

    /// Seconds on a clock that never steps.
    public static func monotonicSeconds() -> Double { Pipeline.now() }
}
