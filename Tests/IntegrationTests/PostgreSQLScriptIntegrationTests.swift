import Glibc
import PostgreSQLClient
import SQLClient
import Testing

@testable import ModuleKit

@Suite(.serialized, .enabled(if: TestServer.current != nil, TestServer.skipReason))
struct PostgreSQLScriptIntegrationTests {
    let server: TestServer

    init() throws {
        server = try #require(TestServer.current)
        try server.execute("DROP TABLE IF EXISTS script_probe", "CREATE TABLE script_probe (n integer)")
    }

    /// The reply to a script with this text.
    private func reply(
        _ script: String, detectChanges: Bool = true, checkMode: Bool = false
    ) throws -> [String: JSONValue] {
        var path = Array("/tmp/vigie-script-XXXXXX".utf8CString)
        let descriptor = mkstemp(&path)
        try #require(descriptor >= 0)
        defer { unlink(path) }
        let bytes = Array(script.utf8)
        let written = write(descriptor, bytes, bytes.count)
        close(descriptor)
        try #require(written == bytes.count)
        let name = String(decoding: path.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        return try server.reply(
            "postgresql_script",
            ["path": .string(name), "login_db": "postgres", "detect_changes": .bool(detectChanges)],
            checkMode: checkMode)
    }

    private func rows() throws -> Int {
        try server.session().execute("SELECT n FROM script_probe").rows.count
    }

    @Test func `a script that only reads is no change`() throws {
        let reply = try reply("SELECT 1 AS n;\nSELECT 2 AS n;\n")
        #expect(reply["changed"] == false)
        #expect(reply["failed"] != true)
        #expect(reply["rowcount"] == 1)
    }

    @Test func `unless asked, a script that ran counts as a change`() throws {
        #expect(try reply("SELECT 1 AS n;", detectChanges: false)["changed"] == true)
    }

    @Test func `a script that writes is one`() throws {
        #expect(try reply("INSERT INTO script_probe VALUES (1), (2);")["changed"] == true)
        #expect(try rows() == 2)
    }

    @Test(arguments: [
        ("BEGIN; CREATE TEMP TABLE t AS SELECT 1 AS n; COMMIT;", true),
        ("BEGIN; SET LOCAL work_mem = '1MB'; SELECT 1 AS n; COMMIT;", false),
    ])
    func `in a transaction of its own the statements tell`(script: String, writes: Bool) throws {
        #expect(try reply(script)["changed"] == .bool(writes))
    }

    @Test func `a script that fails half-way leaves nothing`() throws {
        let reply = try reply("INSERT INTO script_probe VALUES (1);\nSELECT 1 / 0;\n")
        #expect(reply["failed"] == true)
        #expect(reply["changed"] == false)
        #expect(try rows() == 0)
    }

    @Test func `check mode runs nothing`() throws {
        #expect(try reply("INSERT INTO script_probe VALUES (1);", checkMode: true)["changed"] == true)
        #expect(try rows() == 0)
    }
}
