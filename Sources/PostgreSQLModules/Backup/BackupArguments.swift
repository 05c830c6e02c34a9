import BackupKit
import ModuleKit
import SQLClient

/// The options of `postgresql_backup`.
public struct PostgreSQLBackupArguments: ModuleArguments {
    let connection: PostgreSQLConnectionArguments
    let database: String
    let repository: FilePath
    let initialize: Bool
    let site: String
    let cluster: String?
    let databases: [String]
    let exclude: [String]
    let globals: Bool
    let format: Format
    let compression: Compression
    let compressionLevel: Int
    let verifyLevel: VerifyLevel
    let minInterval: String?
    let label: String?
    let keepUntil: String?
    let timeout: String?
    let freeSpaceMin: String
    let onConcurrent: OnConcurrent
    let lockTimeout: String
    let binDir: FilePath?

    enum Format: String, ArgumentChoice {
        case custom, plain
    }

    enum Compression: String, ArgumentChoice {
        case zstd, lz4, gzip, none
    }

    enum VerifyLevel: String, ArgumentChoice {
        case none, checksum, structure
    }

    enum OnConcurrent: String, ArgumentChoice {
        case fail, wait, skip
    }

    /// Declares and reads the options.
    public init(form: inout ArgumentForm) {
        repository = form.required("repository", doc: "Folder of the backup repository, on the target.")
        initialize = form.defaulted(
            "initialize", to: false,
            doc:
                "Make the folder a repository when it is none yet. Without it a folder without marker file is refused, "
                + "so that nothing is written below a mount point whose file system is missing.")
        site = form.defaulted("site", to: "local", doc: "Site of the server, first level in the repository.")
        cluster = form.optional(
            "cluster",
            doc: "Name of the cluster in the repository; its `cluster_name`, else `main`, when omitted.")
        databases = form.defaulted(
            "databases", to: [],
            doc:
                "Databases to dump, by name or glob (`app_*`). Empty means all that are no templates and take connections."
        )
        exclude = form.defaulted("exclude", to: [], doc: "Databases to leave out, by name or glob.")
        globals = form.defaulted(
            "globals", to: true,
            doc: "Dump roles, tablespaces and their settings too (`pg_dumpall --globals-only`).")
        format = form.defaulted(
            "format", to: .custom, doc: "`custom` for pg_restore, `plain` for psql.")
        compression = form.defaulted(
            "compression", to: .zstd, doc: "Program that compresses the dump on its way to the file.")
        compressionLevel = form.defaulted(
            "compression_level", to: 1, doc: "Level of the compression program, from 1 on.")
        verifyLevel = form.defaulted(
            "verify_level", to: .structure,
            doc:
                "`checksum` reads the files back, `structure` also reads every dump to its end with pg_restore (custom) or "
                + "looks for its end mark (plain).")
        minInterval = form.optional(
            "min_interval",
            doc:
                "A complete backup of the same databases younger than this (`20h`) is enough: nothing is done."
        )
        label = form.optional("label", doc: "Remark that is kept in the manifest.")
        keepUntil = form.optional(
            "keep_until", doc: "Date until which the backup must be kept, or `forever`.")
        timeout = form.optional("timeout", doc: "Longest time for each program, such as `6h`.")
        freeSpaceMin = form.defaulted(
            "free_space_min", to: "0",
            doc:
                "Space that must remain free, in bytes (`500MB`, `2GB`) or percent of the file system (`10%`)."
        )
        onConcurrent = form.defaulted(
            "on_concurrent", to: .fail, doc: "What to do while another backup of this cluster is under way.")
        lockTimeout = form.defaulted(
            "lock_timeout", to: "10m", doc: "How long `on_concurrent: wait` waits.")
        binDir = form.optional(
            "bin_dir",
            doc: "Folder of pg_dump, pg_dumpall and pg_restore; found by the server's version when omitted.")
        database = form.defaulted(
            "login_db", to: "postgres", aliases: ["db", "maintenance_db"],
            doc: "Database to connect to first.")
        connection = PostgreSQLConnectionArguments(form: &form)
    }
}

/// Options in the form in which the work needs them; every unusable text is refused by name.
struct BackupWishes {
    let minIntervalSeconds: Int64?
    let timeoutSeconds: Int
    let lockTimeoutSeconds: Int
    let freeSpace: FreeSpace

    enum FreeSpace: Equatable {
        case bytes(Int64)
        case percent(Int64)

        func bytes(of total: Int64) -> Int64 {
            switch self {
            case .bytes(let bytes): bytes
            case .percent(let percent): total / 100 * percent
            }
        }
    }

    init(_ arguments: PostgreSQLBackupArguments) throws(ModuleFailure) {
        minIntervalSeconds = try Self.seconds("min_interval", arguments.minInterval)
        timeoutSeconds = Int(try Self.seconds("timeout", arguments.timeout) ?? 0)
        lockTimeoutSeconds = Int(try Self.seconds("lock_timeout", arguments.lockTimeout) ?? 0)
        freeSpace = try Self.space(arguments.freeSpaceMin)
        guard (1...22).contains(arguments.compressionLevel) else {
            throw .impossible(
                "compression_level is not between 1 and 22: \(arguments.compressionLevel)", hint: nil)
        }
    }

    private static let units: [Character: Int64] = ["s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604_800]

    private static func seconds(_ option: String, _ text: String?) throws(ModuleFailure) -> Int64? {
        guard let text else { return nil }
        guard let unit = text.last.flatMap({ units[$0] }), let count = Int64(text.dropLast()), count >= 0,
            count <= 1_000_000
        else {
            throw .impossible("\(option) is not a duration such as 30m, 20h or 7d: \(text)", hint: nil)
        }
        return count * unit
    }

    private static let sizes: [(suffix: String, bytes: Int64)] = [
        ("TB", 1 << 40), ("GB", 1 << 30), ("MB", 1 << 20), ("kB", 1 << 10), ("", 1),
    ]

    private static func space(_ text: String) throws(ModuleFailure) -> FreeSpace {
        if text.hasSuffix("%"), let percent = Int64(text.dropLast()), (0...100).contains(percent) {
            return .percent(percent)
        }
        for size in sizes where text.hasSuffix(size.suffix) {
            let digits = text.dropLast(size.suffix.count).filter { $0 != " " }
            if let count = Int64(digits), count >= 0, count < 1 << 20 || size.bytes == 1 {
                return .bytes(count * size.bytes)
            }
        }
        throw .impossible(
            "free_space_min is neither a size (500MB) nor a percentage (10%): \(text)", hint: nil)
    }
}
