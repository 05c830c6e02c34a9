import Glibc
import PostgreSQLClient
import SQLClient
import Testing

@testable import ModuleKit

@Suite(.serialized, .enabled(if: TestServer.current != nil, TestServer.skipReason))
struct PostgreSQLCopyIntegrationTests {
    let server: TestServer
    private let file: String

    init() throws {
        server = try #require(TestServer.current)
        // The server's own account writes there.
        file = "\(server.socketFolder)/copyt-\(getpid()).txt"
        try server.execute(
            "DROP TABLE IF EXISTS \"copyt \"\"odd\"",
            "CREATE TABLE \"copyt \"\"odd\" (id int, \"order\" text, \"B c\" text)",
            "INSERT INTO \"copyt \"\"odd\" VALUES (1, 'a', 'x'), (2, 'b', NULL)")
    }

    private let table: JSONValue = #""copyt ""odd""#

    private func copy(_ options: [String: JSONValue], checkMode: Bool = false) throws -> [String: JSONValue] {
        try server.reply(
            "postgresql_copy", options.merging(["login_db": "postgres"]) { own, _ in own },
            checkMode: checkMode)
    }

    private func rows() throws -> Int64? {
        try server.session().records("SELECT count(*) AS n FROM \"copyt \"\"odd\"").first?.int("n")
    }

    @Test func `rows go to a file and come back, check mode promises the same statement`() throws {
        defer { unlink(file) }
        let out: [String: JSONValue] = [
            "src": table, "copy_to": .string(file), "columns": ["id", "order", "B c"],
            "options": ["format": "csv", "null": "N"],
        ]
        let promised = try copy(out, checkMode: true)
        #expect(access(file, F_OK) != 0)
        let done = try copy(out)
        #expect(done["changed"] == true, "\(done["msg"] ?? "")")
        #expect(done["rowcount"] == 2)
        #expect(promised["queries"] == done["queries"])
        #expect(
            done["queries"] == [
                .string(
                    "COPY \"copyt \"\"odd\" (id,\"order\",\"B c\") TO '\(file)' (format csv, null 'N')")
            ])
        let back = try copy([
            "dst": table, "copy_from": .string(file), "options": ["format": "csv", "null": "N"],
        ])
        #expect(back["changed"] == true, "\(back["msg"] ?? "")")
        #expect(try rows() == 4)
    }

    @Test func `nothing to copy is no change`() throws {
        let none = try copy(["dst": table, "copy_from": "true", "program": true])
        #expect(none["changed"] == false, "\(none["msg"] ?? "")")
        #expect(none["rowcount"] == 0)
        let one = try copy([
            "dst": table, "copy_from": "echo 7,z", "program": true, "columns": "id, order",
            "options": ["delimiter": ","],
        ])
        #expect(one["changed"] == true, "\(one["msg"] ?? "")")
        #expect(one["rowcount"] == 1)
    }

    @Test func `check mode only reads`() throws {
        try server.execute(
            """
            DO $$ BEGIN
                CREATE ROLE copyt_login SUPERUSER LOGIN;
            EXCEPTION WHEN duplicate_object THEN NULL;
            END $$
            """)
        let log = try server.logged {
            for options in [
                ["src": table, "copy_to": "/nowhere"],
                ["dst": table, "copy_from": "/nowhere", "columns": ["id"]],
                ["src": "SELECT 1 AS a, 2 AS a", "copy_to": "touch /tmp/copyt", "program": true],
                [
                    "src": "WITH x AS (DELETE FROM pg_class RETURNING 1) SELECT * FROM x",
                    "copy_to": "/nowhere",
                ],
                ["src": "SELECT 1) AS x; DROP TABLE \"copyt \"\"odd\"; --", "copy_to": "/nowhere"],
            ] as [[String: JSONValue]] {
                let own = options.merging(["login_user": "copyt_login"]) { $1 }
                _ = try copy(own, checkMode: true)
            }
        }
        let statements = log.split(separator: "\n").filter {
            $0.contains("copyt_login@") && ($0.contains("statement: ") || $0.contains("execute "))
        }
        #expect(!statements.isEmpty)
        for statement in statements { #expect(statement.contains(": SELECT"), "\(statement)") }
        #expect(try rows() == 2)
    }

    @Test func `check mode tells what the run would fail of`() throws {
        for (options, text) in [
            (["src": "copyt_no", "copy_to": "/x"], "copyt_no"),
            (["dst": "copyt_no", "copy_from": "/x"], "copyt_no"),
            (["dst": table, "copy_from": "/x", "columns": ["nope"]], "nope"),
            (["src": table, "copy_to": "/x", "columns": ["nope"]], "nope"),
            (["src": "SELECT nope", "copy_to": "/x"], "nope"),
            (["src": "SELECT 1", "copy_to": "/x", "columns": ["a"]], "SELECT"),
            (["copy_from": "/x"], "dst param is necessary with copy_from"),
            (["copy_to": "/x"], "src param is necessary with copy_to"), ([:], "copy_from"),
        ] as [([String: JSONValue], String)] {
            for checkMode in [true, false] {
                let reply = try copy(options, checkMode: checkMode)
                #expect(reply["failed"] == true)
                #expect(reply["queries"] == nil)
                #expect(reply["msg"]?.string?.contains(text) == true, "\(reply["msg"] ?? "")")
            }
        }
    }

    @Test func `a role that may not open files is told what it lacks`() throws {
        try server.execute(
            """
            DO $$ BEGIN
                CREATE ROLE copyt_weak LOGIN;
            EXCEPTION WHEN duplicate_object THEN NULL;
            END $$
            """, "GRANT ALL ON \"copyt \"\"odd\" TO copyt_weak")
        defer { try? server.execute("DROP OWNED BY copyt_weak", "DROP ROLE copyt_weak") }
        for (options, role) in [
            (["dst": table, "copy_from": "/x"], "pg_read_server_files"),
            (["src": table, "copy_to": "/x"], "pg_write_server_files"),
            (["src": table, "copy_to": "x", "program": true], "pg_execute_server_program"),
        ] as [([String: JSONValue], String)] {
            let own = options.merging(["login_user": "copyt_weak"]) { $1 }
            let reply = try copy(own, checkMode: true)
            #expect(reply["failed"] == true)
            #expect(reply["hint"]?.string?.contains(role) == true)
            #expect(try copy(own)["failed"] == true)
        }
    }

    @Test func `a file that is not there yet is a warning`() throws {
        let reply = try copy(["dst": table, "copy_from": "/copyt_no"], checkMode: true)
        #expect(reply["changed"] == true)
        #expect("\(reply["warnings"] ?? [])".contains("/copyt_no"))
    }
}
