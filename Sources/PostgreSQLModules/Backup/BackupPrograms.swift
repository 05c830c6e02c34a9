import BackupKit
import SQLClient

/// The programs of a logical backup, with everything secret in their environment.
struct BackupPrograms {
    let arguments: PostgreSQLBackupArguments
    let serverVersion: Int
    let environment: [String: String]

    init(_ arguments: PostgreSQLBackupArguments, serverVersion: Int) {
        self.arguments = arguments
        self.serverVersion = serverVersion
        environment = ClientPrograms.environment(
            of: arguments.connection.parameters(database: nil, module: "postgresql_backup"))
    }

    private var package: String { "postgresql-client-\(serverVersion / 10000)" }

    private func path(_ name: String) -> String {
        if let folder = arguments.binDir?.text { return "\(folder)/\(name)" }
        return ProgramFinder.postgreSQL(name, majorMin: serverVersion / 10000)
    }

    /// pg_dump of one database, without compression of its own. The name travels in the environment: as an argument it could
    /// be taken for a connection string.
    func dump(database: String, snapshot: String) -> Program {
        var words = [path("pg_dump"), "--no-password", "--snapshot=\(snapshot)"]
        words += arguments.format == .custom ? ["--format=custom", "--compress=0"] : ["--format=plain"]
        if let role = arguments.connection.sessionRole, !role.isEmpty { words.append("--role=\(role)") }
        return Program(
            words, environment: environment.merging(["PGDATABASE": database]) { $1 }, package: package)
    }

    /// Roles and tablespaces; password verifiers only where the login role may read them.
    func globals(withPasswords: Bool) -> Program {
        var words = [path("pg_dumpall"), "--globals-only", "--no-password"]
        if !withPasswords { words.append("--no-role-passwords") }
        return Program(
            words, environment: environment.merging(["PGDATABASE": arguments.database]) { $1 },
            package: package)
    }

    /// Reads an archive on standard input to its end.
    var archiveReader: Program { Program([path("pg_restore"), "--file=/dev/null"], package: package) }

    /// The compression program, which is also the filter's name in the manifest.
    var compressor: Program? {
        let level = arguments.compressionLevel
        switch arguments.compression {
        case .zstd: return Program(["zstd", "-q", "-c", "-\(min(level, 19))"], package: "zstd")
        case .lz4: return Program(["lz4", "-q", "-c", "-\(min(level, 12))"], package: "lz4")
        case .gzip: return Program(["gzip", "-c", "-\(min(level, 9))"], package: "gzip")
        case .none: return nil
        }
    }

    /// Writes the uncompressed bytes of a file to standard output.
    func reader(of path: String) -> Program {
        switch arguments.compression {
        case .zstd: Program(["zstd", "-q", "-d", "-c", path], package: "zstd")
        case .lz4: Program(["lz4", "-q", "-d", "-c", path], package: "lz4")
        case .gzip: Program(["gzip", "-d", "-c", path], package: "gzip")
        case .none: Program(["cat", path], package: "coreutils")
        }
    }

    /// What follows the database's name in the file's name.
    var suffix: String {
        let kind = arguments.format == .custom ? ".dump" : ".sql"
        return switch arguments.compression {
        case .zstd: kind + ".zst"
        case .lz4: kind + ".lz4"
        case .gzip: kind + ".gz"
        case .none: kind
        }
    }
}
