import Glibc
import SQLClient
import Testing

@testable import ModuleKit

/// Two databases, one filled and one empty, and a folder for dumps between them.
struct DumpFixture {
    let server: TestServer
    let folder = DumpFolder()
    let source: String
    let copy: String

    /// Databases whose names begin so: suites run beside each other.
    init(_ prefix: String) throws {
        server = try #require(TestServer.current)
        source = prefix + "_source"
        copy = prefix + "_copy"
        try? server.execute("CREATE DATABASE \(identifier: source)")
        try server.execute(
            "DROP TABLE IF EXISTS public.\"T able\"",
            """
            CREATE TABLE public."T able" AS
            SELECT g AS id, md5(g::text) || md5((g + 1)::text) AS h
              FROM generate_series(1, 50000) AS g
            """,
            "ALTER TABLE public.\"T able\" ADD PRIMARY KEY (id)", database: source)
        try emptyCopy()
    }

    /// Makes the second database anew.
    func emptyCopy() throws {
        try server.execute(
            "DROP DATABASE IF EXISTS \(identifier: copy) WITH (FORCE)", "CREATE DATABASE \(identifier: copy)")
    }

    func dump(
        _ name: String, _ options: [String: JSONValue] = [:], checkMode: Bool = false, noLog: Bool = false
    ) throws -> [String: JSONValue] {
        let own: [String: JSONValue] = [
            "name": .string(source), "state": "dump", "target": .string("\(folder.path)/\(name)"),
        ]
        return try server.reply(
            "postgresql_db", own.merging(options) { $1 }, checkMode: checkMode, noLog: noLog)
    }

    func restore(
        _ name: String, _ options: [String: JSONValue] = [:], checkMode: Bool = false, noLog: Bool = false
    ) throws -> [String: JSONValue] {
        let own: [String: JSONValue] = ["name": .string(copy), "state": "restore"]
        return try dump(name, own.merging(options) { $1 }, checkMode: checkMode, noLog: noLog)
    }

    /// Rows of the restored table; `nil` when there is none.
    func rows() throws -> Int64? {
        let session = try server.session(database: copy)
        defer { session.close() }
        let exists = try session.records("SELECT to_regclass('public.\"T able\"') IS NOT NULL AS it")
        guard exists.first?.bool("it") == true else { return nil }
        return try session.records("SELECT count(*) AS n FROM public.\"T able\"").first?.int("n")
    }
}

/// A folder of a test's own, perhaps on a file system of its own, removed at its end.
final class DumpFolder {
    let path: String

    init() {
        var template = Array("/tmp/vigie-dump-XXXXXX".utf8CString)
        guard let made = mkdtemp(&template) else { preconditionFailure("no temporary folder") }
        path = String(cString: made)
    }

    deinit {
        umount(path)
        shell("rm -rf '\(path)'")
    }

    /// Puts a file system of so many bytes there.
    func limit(to bytes: Int) throws {
        umount(path)
        try #require(mount("tmpfs", path, "tmpfs", 0, "size=\(bytes),huge=never") == 0)
    }

    var names: [String] {
        guard let stream = opendir(path) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            names.append(
                withUnsafePointer(to: &entry.pointee.d_name) {
                    $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
                })
        }
        return names.filter { $0 != "." && $0 != ".." }.sorted()
    }

    func mode(_ name: String) throws -> mode_t {
        var facts = stat()
        try #require(stat("\(path)/\(name)", &facts) == 0)
        return facts.st_mode & 0o777
    }

    func size(_ name: String) -> Int {
        var facts = stat()
        return stat("\(path)/\(name)", &facts) == 0 ? Int(facts.st_size) : 0
    }
}

@discardableResult
func shell(_ script: String) -> Int32 {
    var words = [strdup("sh"), strdup("-c"), strdup(script), nil]
    defer { words.forEach { free($0) } }
    var process: pid_t = 0
    guard posix_spawnp(&process, "sh", nil, nil, &words, environ) == 0 else { return -1 }
    var status: Int32 = 0
    waitpid(process, &status, 0)
    return status
}
