import Glibc
import SQLClient
import Testing

@testable import ModuleKit

@Suite(.serialized, .enabled(if: TestServer.current != nil, TestServer.skipReason))
final class PostgreSQLPgHbaIntegrationTests {
    let server: TestServer
    let folder: String
    var path: String { "\(folder)/pg_hba.conf" }
    private let files = OperatingSystem().files

    init() throws {
        server = try #require(TestServer.current)
        var template = Array("/tmp/vigie-hba-XXXXXX".utf8CString)
        try #require(mkdtemp(&template) != nil)
        folder = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    deinit {
        for name in names { unlink("\(folder)/\(name)") }
        rmdir(folder)
    }

    private var names: [String] {
        guard let stream = opendir(folder) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    private func write(_ text: String, mode: UInt16 = 0o640) throws {
        try files.replace(
            path, with: Array(text.utf8), attributes: HostFileAttributes(mode: mode), mayWriteInPlace: false)
    }

    private func text(of path: String) throws -> String {
        String(decoding: try OperatingSystem().contents(of: path, limitBytes: 1 << 20), as: UTF8.self)
    }

    private func reply(_ options: [String: JSONValue], checkMode: Bool = false) throws -> [String: JSONValue]
    {
        try server.reply(
            "postgresql_pg_hba", ["dest": .string(path)].merging(options) { $1 }, checkMode: checkMode)
    }

    private let rule: [String: JSONValue] = [
        "contype": "host", "users": "joe,simon", "address": "10.0.0.0/8", "method": "scram-sha-256",
        "comment": "offices",
    ]

    @Test func `a rule is added once, and check mode promises it`() throws {
        try write("# head\n\nlocal all all peer\n")
        let promised = try reply(rule, checkMode: true)
        #expect(try text(of: path) == "# head\n\nlocal all all peer\n")
        let done = try reply(rule)
        let expected =
            "# head\n\nlocal all all peer\nhost\tall\tjoe\t10.0.0.0/8\tscram-sha-256\t#offices\n"
            + "host\tall\tsimon\t10.0.0.0/8\tscram-sha-256\t#offices\n"
        #expect(try text(of: path) == expected)
        #expect(done["changed"] == true)
        for key in ["changed", "pg_hba", "pg_hba_string", "diff", "warnings"] {
            #expect(promised[key] == done[key])
        }
        #expect(done["pg_hba_string"] == .string(expected))
        #expect(done["pg_hba"]?.array?.count == 3)
        let again = try reply(rule)
        #expect(again["changed"] == false)
        #expect(again["diff"]?.object?["before"] == again["diff"]?.object?["after"])
        #expect(try reply(rule.merging(["state": "absent"]) { $1 })["changed"] == true)
        #expect(try text(of: path) == "# head\n\nlocal all all peer\n")
        #expect(try reply(rule.merging(["state": "absent"]) { $1 })["changed"] == false)
    }

    @Test func `mode and owner stay, and nothing is left beside the file`() throws {
        try write("local all all peer\n", mode: 0o604)
        let before = try files.attributes(of: path)
        _ = try reply(rule)
        #expect(try files.attributes(of: path) == before)
        #expect(names == ["pg_hba.conf"])
    }

    @Test func `mode is set when it differs although no rule does`() throws {
        try write("local all all peer\n")
        let local: [String: JSONValue] = ["contype": "local", "method": "peer", "mode": "0600"]
        #expect(try reply(local, checkMode: true)["changed"] == true)
        #expect(try files.attributes(of: path)?.mode == 0o640)
        #expect(try reply(local)["changed"] == true)
        #expect(try files.attributes(of: path)?.mode == 0o600)
        #expect(try reply(local)["changed"] == false)
    }

    @Test func `a link stays a link`() throws {
        try write("local all all peer\n")
        let link = "\(folder)/link"
        try #require(symlink("pg_hba.conf", link) == 0)
        #expect(try reply(rule.merging(["dest": .string(link)]) { $1 })["changed"] == true)
        #expect(files.resolved(link) == files.resolved(path))
        #expect(try text(of: path).contains("joe"))
    }

    @Test func `the backup holds the old file`() throws {
        try write("local all all peer\n")
        let done = try reply(rule.merging(["backup": true]) { $1 })
        let backup = try #require(done["backup_file"]?.string)
        #expect(try text(of: backup) == "local all all peer\n")
        #expect(try files.attributes(of: backup) == files.attributes(of: path))
        let named = "\(folder)/named"
        let other = try reply([
            "contype": "local", "users": "x", "backup": true, "backup_file": .string(named),
        ])
        #expect(other["backup_file"] == .string(named))
        #expect(try text(of: named).contains("joe"))
        #expect(try reply(rule.merging(["backup": true]) { $1 })["backup_file"] == nil)
    }

    @Test func `a file that is missing is made only when asked for`() throws {
        #expect(try reply(rule.merging(["state": "absent"]) { $1 })["changed"] == false)
        #expect(try reply(rule, checkMode: true)["warnings"]?.array?.count == 1)
        let refused = try reply(rule)
        #expect(refused["msg"]?.string?.contains("Use the create option") == true)
        #expect(names.isEmpty)
        let done = try reply(rule.merging(["create": true]) { $1 })
        #expect(done["changed"] == true)
        #expect(try files.attributes(of: path)?.mode == 0o600)
    }

    @Test(
        arguments: [
            (["rules": [["usr": "joe", "contype": "local"]]], "unknown key: usr"),
            (["rules": [["contype": "local"]], "users": "joe"], "conflict"),
            (["rules": [[:]]], "neither contype nor comment"),
            (["rules": [["contype": "remote"]]], "unknown contype remote"),
            (["rules": [["contype": "host", "src": "all", "address": "all"]]], "ambiguous"),
            (["overwrite": true], "lock everyone out"),
            (["contype": "host", "users": "a b"], "Invalid string for users: a b"),
            (["contype": "host", "users": "a,"], "Invalid string for users"),
            (["contype": "host", "address": "10.0.0.1/8"], "has host bits set"),
            (["contype": "local", "comment": "x\nhost all all all trust"], "more than one line"),
            (["contype": "local", "mode": "rw"], "mode is not understood"),
            (["contype": "local", "owner": "no such user"], "does not exist"),
        ] as [([String: JSONValue], String)])
    func `a task that cannot be meant is refused`(options: [String: JSONValue], message: String) throws {
        try write("local all all peer\n")
        let reply = try reply(options)
        #expect(reply["failed"] == true)
        #expect(reply["msg"]?.string?.contains(message) == true, "\(reply["msg"] ?? "")")
        #expect(try text(of: path) == "local all all peer\n")
    }

    @Test func `a file that is not understood is left alone unless it is overwritten`() throws {
        try write("local all all peer\nnot a valid pg_hba\n")
        let refused = try reply(rule)
        #expect(refused["msg"]?.string?.contains("Error in line 2") == true)
        #expect(try reply(rule.merging(["overwrite": true]) { $1 })["changed"] == true)
        #expect(try reply(rule.merging(["overwrite": true]) { $1 })["changed"] == false)
    }

    @Test func `tasks at the same time lose no rule`() async throws {
        try write("local all all peer\n")
        let (server, path) = (server, path)
        let replies = try await withThrowingTaskGroup(of: [String: JSONValue].self) { group in
            for number in 0..<8 {
                group.addTask {
                    try server.reply(
                        "postgresql_pg_hba",
                        ["dest": .string(path), "contype": "local", "users": .string("u\(number)")])
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(replies.allSatisfy { $0["changed"] == true }, "\(replies.compactMap { $0["msg"] })")
        #expect(try text(of: path).split(separator: "\n").count == 9)
    }

    // MARK: The server's own file

    /// Runs the body with the server's own file, and leaves it as it was.
    private func withServerFile(_ body: (String) throws -> Void) throws {
        let own = try #require(
            try server.session().records("SELECT current_setting('hba_file') AS path").first?.text("path"))
        let bytes = try OperatingSystem().contents(of: own, limitBytes: 1 << 20)
        let attributes = try #require(try files.attributes(of: own))
        defer { try? files.replace(own, with: bytes, attributes: attributes, mayWriteInPlace: false) }
        try body(own)
    }

    private func serverReply(
        _ own: String, _ options: [String: JSONValue], checkMode: Bool = false
    ) throws -> [String: JSONValue] {
        try reply(
            ["dest": .string(own), "login_db": "postgres"].merging(options) { $1 }, checkMode: checkMode)
    }

    @Test func `the server checks the new file and uses it`() throws {
        try withServerFile { (own) throws in
            let options: [String: JSONValue] = [
                "contype": "local", "users": "hba_nobody", "method": "reject", "reload": true,
            ]
            let done = try serverReply(own, options)
            #expect(done["changed"] == true, "\(done["msg"] ?? "")")
            #expect(try serverReply(own, options)["changed"] == false)
            try server.execute("DROP ROLE IF EXISTS hba_nobody", "CREATE ROLE hba_nobody LOGIN")
            defer { try? server.execute("DROP ROLE hba_nobody") }
            // The reload takes a moment to reach the server's listener.
            var isRefused = false
            for _ in 0..<100 where !isRefused {
                isRefused = (try? server.session(user: "hba_nobody")) == nil
                if !isRefused { usleep(20_000) }
            }
            #expect(isRefused)
            #expect(try serverReply(own, options.merging(["state": "absent"]) { $1 })["changed"] == true)
        }
    }

    @Test func `a file that the server refuses is put back`() throws {
        try withServerFile { (own) throws in
            let before = try text(of: own)
            // The module leaves the meaning of a method's options to the server.
            let options: [String: JSONValue] = [
                "contype": "host", "method": "ldap", "address": "all", "options": "nonsense=1",
                "validate": true,
            ]
            let refused = try serverReply(own, options)
            #expect(refused["failed"] == true)
            #expect(refused["msg"]?.string?.contains("the previous one is back: ") == true)
            #expect(refused["msg"]?.string?.contains("line ") == true)
            #expect(try text(of: own) == before)
        }
    }

    @Test func `a file of another server is not checked by this one`() throws {
        try write("local all all peer\n")
        for checkMode in [true, false] {
            let refused = try serverReply(path, rule.merging(["validate": true]) { $1 }, checkMode: checkMode)
            #expect(refused["msg"]?.string?.contains("the server reads ") == true)
            #expect(try text(of: path) == "local all all peer\n")
        }
    }

    @Test func `a role that may not look is told before anything is written`() throws {
        try server.execute(
            "DROP ROLE IF EXISTS hba_limited", "CREATE ROLE hba_limited LOGIN IN ROLE pg_read_all_settings")
        defer { try? server.execute("DROP ROLE hba_limited") }
        try withServerFile { (own) throws in
            let before = try text(of: own)
            let refused = try serverReply(
                own, rule.merging(["validate": true, "login_user": "hba_limited"]) { $1 })
            #expect(refused["msg"] == "permission denied to read pg_hba_file_rules")
            #expect(try text(of: own) == before)
        }
    }

    @Test func `a server that does not answer leaves the file alone`() throws {
        try write("local all all peer\n")
        let refused = try reply(
            rule.merging(["validate": true, "connect_params": ["port": "1", "host": "/nonexistent"]]) { $1 })
        #expect(refused["failed"] == true)
        #expect(try text(of: path) == "local all all peer\n")
    }
}
