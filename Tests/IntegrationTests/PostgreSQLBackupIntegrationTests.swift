import Glibc
import PostgreSQLClient
import SQLClient
import Testing

@testable import ModuleKit

/// A folder of a test's own, removed at its end.
private final class Folder {
    let path: String

    init() {
        var template = Array("/tmp/vigie-repo-XXXXXX".utf8CString)
        guard let made = mkdtemp(&template) else { preconditionFailure("no temporary folder") }
        path = String(cString: made)
    }

    deinit { run(["rm", "-rf", path]) }
}

@discardableResult
private func run(_ arguments: [String]) -> Int32 {
    var words = arguments.map { strdup($0) } + [nil]
    defer { words.forEach { free($0) } }
    var process: pid_t = 0
    guard posix_spawnp(&process, arguments[0], nil, nil, &words, environ) == 0 else { return -1 }
    var status: Int32 = 0
    waitpid(process, &status, 0)
    return status
}

@Suite(.serialized, .enabled(if: TestServer.current != nil, TestServer.skipReason))
struct PostgreSQLBackupIntegrationTests {
    let server: TestServer
    private let folder = Folder()
    private static let database = "backup \"odd\" name"

    init() throws {
        server = try #require(TestServer.current)
        try? server.execute("CREATE DATABASE \(identifier: Self.database)")
        try server.execute(
            "DROP TABLE IF EXISTS public.\"T able\"",
            "CREATE TABLE public.\"T able\" AS SELECT g, md5(g::text) AS h FROM generate_series(1, 20000) AS g",
            database: Self.database)
    }

    private func backup(
        _ options: [String: JSONValue] = [:], checkMode: Bool = false
    ) throws -> [String: JSONValue] {
        let own: [String: JSONValue] = [
            "repository": .string(folder.path + "/repo"), "initialize": true,
            "databases": [.string(Self.database)],
        ]
        return try server.reply("postgresql_backup", own.merging(options) { $1 }, checkMode: checkMode)
    }

    private func path(_ reply: [String: JSONValue]) throws -> String {
        try #require(reply["path"]?.string, "\(reply["msg"] ?? "")")
    }

    @Test(arguments: ["zstd", "lz4", "gzip", "none"])
    func `a backup is complete, proven and private, whatever compresses it`(method: String) throws {
        let reply = try backup(["compression": .string(method)])
        let path = try path(reply)
        #expect(reply["changed"] == true)
        #expect(reply["verify"]?.object?["result"] == "ok")
        let manifest = try #require(
            OperatingSystem().json(
                of: String(
                    decoding: try OperatingSystem().contents(
                        of: path + "/manifest.json", limitBytes: 1 << 20),
                    as: UTF8.self))?.object)
        let database = try #require(manifest["databases"]?.array?.first?.object)
        #expect(database["rows"]?.object?["public.\"T able\""] == 20000)
        #expect(database["rows_exact"] == true)
        var facts = stat()
        #expect(stat(path, &facts) == 0)
        #expect(facts.st_mode & 0o777 == 0o700)
        #expect(stat(path + "/globals.sql", &facts) == 0)
        #expect(facts.st_mode & 0o777 == 0o600)
    }

    @Test func `what was dumped is what is restored`() throws {
        let path = try path(try backup(["compression": "none"]))
        try server.execute("DROP DATABASE IF EXISTS backup_restored", "CREATE DATABASE backup_restored")
        defer { try? server.execute("DROP DATABASE IF EXISTS backup_restored WITH (FORCE)") }
        let file = path + "/backup%20%22odd%22%20name.dump"
        let status = run([
            "pg_restore", "--exit-on-error", "-h", server.socketFolder, "-p", server.port, "-U", "postgres",
            "-d", "backup_restored", file,
        ])
        #expect(status == 0)
        let rows = try server.session(database: "backup_restored").records(
            "SELECT count(*) AS n FROM public.\"T able\"")
        #expect(rows.first?.int("n") == 20000)
    }

    @Test func `a young backup is enough, and check mode writes nothing`() throws {
        let promised = try backup(["min_interval": "1h"], checkMode: true)
        #expect(promised["changed"] == true)
        #expect(access(folder.path + "/repo", F_OK) != 0)
        let first = try backup(["min_interval": "1h"])
        let second = try backup(["min_interval": "1h"])
        #expect(first["changed"] == true)
        #expect(second["changed"] == false)
        #expect(second["backup_id"] == first["backup_id"])
        #expect(try backup(["min_interval": "0s"])["changed"] == true)
    }

    @Test func `a backup that lost a file, or was never verified, is not enough`() throws {
        _ = try backup(["verify_level": "none"])
        let verified = try backup(["min_interval": "1h"])
        #expect(verified["changed"] == true)
        #expect(try backup(["min_interval": "1h"])["changed"] == false)
        #expect(run(["sh", "-c", "rm \(try path(verified))/*.dump.zst"]) == 0)
        #expect(try backup(["min_interval": "1h"])["changed"] == true)
    }

    @Test func `a torn line of the catalogue stops nothing, and its backup is listed again`() throws {
        let first = try backup()
        let lane = String(try path(first).dropLast((first["backup_id"]?.string ?? "").count + 1))
        #expect(run(["sh", "-c", "truncate -s -9 \(lane)/catalog.jsonl"]) == 0)
        let second = try backup()
        #expect(second["changed"] == true, "\(second["msg"] ?? "")")
        #expect(run(["sh", "-c", "test $(grep -c . \(lane)/catalog.jsonl) = 2"]) == 0)
        #expect(try backup(["min_interval": "1h"])["backup_id"] == second["backup_id"])
    }

    @Test func `a table that another session locks does not hold the task for ever`() throws {
        let holder = try server.session(database: Self.database)
        _ = try holder.execute("BEGIN")
        _ = try holder.execute("LOCK TABLE public.\"T able\" IN ACCESS EXCLUSIVE MODE")
        let reply = try backup(["timeout": "1s"])
        #expect(reply["failed"] == true)
        #expect(reply["sqlstate"] == "57014")
        _ = try holder.execute("ROLLBACK")
    }

    @Test func `a folder that is no repository is refused`() throws {
        let reply = try backup(["initialize": false])
        #expect(reply["failed"] == true)
        #expect(reply["msg"]?.string?.contains("no marker file") == true)
        #expect(reply["hint"]?.string?.contains("mounted") == true)
    }

    @Test func `a plain dump has its end mark`() throws {
        #expect(try backup(["format": "plain", "compression": "gzip"])["changed"] == true)
    }

    @Test func `a failed dump leaves no backup and keeps the earlier ones`() throws {
        let good = try path(try backup())
        try server.execute("DROP ROLE IF EXISTS backup_weak", "CREATE ROLE backup_weak LOGIN")
        defer { try? server.execute("DROP ROLE IF EXISTS backup_weak") }
        let reply = try backup(["login_user": "backup_weak", "globals": false])
        #expect(reply["failed"] == true)
        #expect(reply["msg"]?.string?.contains("T able") == true)
        #expect(access(good + "/manifest.json", F_OK) == 0)
        let lane = String(good.prefix(upTo: try #require(good.lastIndex(of: "/"))))
        #expect(run(["sh", "-c", "test -z \"$(ls -A \(lane)/.incoming)\""]) == 0)
    }

    @Test func `options that cannot be understood are named`() throws {
        for (option, value) in [
            ("timeout", "soon"), ("min_interval", "1x"), ("free_space_min", "much"), ("databases", "nope"),
        ] {
            let reply = try backup([option: .string(value)])
            #expect(reply["failed"] == true)
            #expect(reply["msg"]?.string?.contains(value) == true)
        }
        let full = try backup(["free_space_min": "100%"])
        #expect(full["hint"]?.string?.contains("space") == true)
    }
}
