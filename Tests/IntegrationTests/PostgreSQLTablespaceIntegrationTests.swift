import SQLClient
import Testing

@testable import ModuleKit

@Suite(.serialized, .enabled(if: TestServer.current != nil, TestServer.skipReason))
final class PostgreSQLTablespaceIntegrationTests {
    let server: TestServer
    private static let name = "ts \"x\". é"
    private static let renamed = "ts_renamed"
    private let folder: String

    init() throws {
        server = try #require(TestServer.current)
        folder = try #require(TestServer.emptyFolder("tablespace"))
        try removeAll()
        try server.execute("CREATE ROLE ts_owner", "CREATE ROLE ts_login LOGIN")
    }

    deinit {
        try? removeAll()
    }

    private func removeAll() throws {
        try server.execute("DROP DATABASE IF EXISTS ts_d", "DROP TABLE IF EXISTS public.ts_t")
        for name in [Self.name, Self.renamed, "ts_other"] {
            try server.execute("DROP TABLESPACE IF EXISTS \(identifier: name)")
        }
        try server.execute("DROP ROLE IF EXISTS ts_owner", "DROP ROLE IF EXISTS ts_login")
    }

    private func reply(_ options: [String: JSONValue] = [:], checkMode: Bool = false) throws
        -> [String: JSONValue]
    {
        let own: [String: JSONValue] = ["name": .string(Self.name), "login_db": "postgres"]
        return try server.reply("postgresql_tablespace", own.merging(options) { $1 }, checkMode: checkMode)
    }

    private func create() throws {
        #expect(try reply(["location": .string(folder)])["changed"] == true)
    }

    @Test func `a tablespace is made with all it shall have, and check mode promises it`() throws {
        let options: [String: JSONValue] = [
            "location": .string(folder), "owner": "ts_owner", "comment": "it's",
            "set": ["seq_page_cost": 2, "random_page_cost": 1.5],
        ]
        let promised = try reply(options, checkMode: true)
        let done = try reply(options)
        #expect(promised == done)
        let quoted = "\"ts \"\"x\"\". é\""
        #expect(
            done["queries"] == [
                "CREATE TABLESPACE \(quoted) LOCATION '\(folder)'".json,
                "ALTER TABLESPACE \(quoted) OWNER TO \"ts_owner\"".json,
                "ALTER TABLESPACE \(quoted) SET (random_page_cost = '1.5')".json,
                "ALTER TABLESPACE \(quoted) SET (seq_page_cost = '2')".json,
                "COMMENT ON TABLESPACE \(quoted) IS 'it''s'".json,
            ], "\(done)")
        #expect(done["owner"] == "ts_owner")
        #expect(done["options"] == ["random_page_cost": "1.5", "seq_page_cost": "2"])
        #expect(try reply(options)["changed"] == false)
    }

    @Test func `creating and dropping in check mode only reads`() throws {
        let create: [String: JSONValue] = ["location": .string(folder)]
        for options in [create, ["state": "absent"]] {
            let log = try server.logged {
                let promised = try reply(options, checkMode: true)
                #expect(promised["changed"] == true)
            }
            let own = log.split(separator: "\n").filter { $0.contains("ts \"") }
            #expect(!own.isEmpty)
            #expect(!own.contains { $0.contains("CREATE TABLESPACE") || $0.contains("DROP TABLESPACE") })
            #expect(try reply(options)["changed"] == true)
            #expect(try reply(options)["changed"] == false)
        }
    }

    /// The server stores it without: the second look after CREATE must know its own folder again.
    @Test func `a slash at the end of the location does not count`() throws {
        let options: [String: JSONValue] = ["location": .string(folder + "//")]
        let made = try reply(options)
        #expect(made["failed"] == nil, "\(made["msg"] ?? "")")
        #expect(made["location"] == .string(folder))
        #expect(try reply(options)["changed"] == false)
        let other = try reply(["location": "/elsewhere"])
        #expect(
            other["msg"]
                == .string("Tablespace '\(Self.name)' exists with different location '\(folder)'"))
    }

    @Test func `whoever makes it owns it without a word`() throws {
        let made = try reply(["location": .string(folder), "owner": "postgres"])
        #expect(made["queries"]?.array?.count == 1)
        #expect(made["owner"] == "postgres")
    }

    @Test func `options are set, compared as numbers, and reset`() throws {
        try create()
        #expect(try reply(["set": ["seq_page_cost": 4]])["changed"] == true)
        for same in ["4", "4.0", "4e0"] {
            #expect(try reply(["set": ["SEQ_page_cost": .string(same)]])["changed"] == false)
        }
        let reset = try reply(["set": ["seq_page_cost": "reset"]])
        #expect(reset["queries"]?.array?.first?.string?.hasSuffix("RESET (seq_page_cost)") == true)
        #expect(reset["options"] == [:])
        #expect(try reply(["set": ["seq_page_cost": "reset"]])["changed"] == false)
    }

    @Test func `renaming is done once, with the rest of the task`() throws {
        try create()
        let options: [String: JSONValue] = ["rename_to": .string(Self.renamed), "comment": "c"]
        let promised = try reply(options, checkMode: true)
        let done = try reply(options)
        #expect(promised == done)
        #expect(done["newname"] == .string(Self.renamed))
        #expect(done["queries"]?.array?.last == "COMMENT ON TABLESPACE \"ts_renamed\" IS 'c'")
        #expect(try reply(options)["changed"] == false)
        #expect(try reply(["comment": ""])["failed"] == true)
        let neither = try reply(["name": "ts_gone", "rename_to": "ts_gone_too"])
        #expect(neither["msg"] == "Tablespace ts_gone does not exist, nothing to rename")
    }

    /// CREATE TABLESPACE cannot be rolled back: nothing may be left of a task that must fail.
    @Test func `what must fail does so before anything is made`() throws {
        for checkMode in [true, false] {
            for (wrong, words) in [
                (["owner": "ts_nobody"], "Role 'ts_nobody' does not exist"),
                (["set": ["no_such": 1]], "\"no_such\" is not an option of tablespaces"),
                (["name": "pg_ts"], "unacceptable tablespace name \"pg_ts\""),
            ] as [([String: JSONValue], String)] {
                let refused = try reply(
                    wrong.merging(["location": .string(folder)]) { $1 }, checkMode: checkMode)
                #expect(refused["msg"]?.string?.hasPrefix(words) == true, "\(refused)")
                #expect(refused["hint"]?.string?.isEmpty == false)
            }
            #expect(try reply(checkMode: checkMode)["msg"]?.string?.contains("'location' parameter") == true)
        }
        #expect(try reply(["state": "absent"])["changed"] == false)
    }

    @Test func `a name that is taken is not given again`() throws {
        try create()
        for checkMode in [true, false] {
            let refused = try reply(["rename_to": "pg_default"], checkMode: checkMode)
            #expect(refused["msg"]?.string?.contains("already exists") == true, "\(refused)")
        }
    }

    @Test func `one that is in use stays, and is told by what`() throws {
        try create()
        try server.execute("CREATE TABLE public.ts_t (i int) TABLESPACE \(identifier: Self.name)")
        for (inUse, remove) in [
            ("table ts_t", "DROP TABLE public.ts_t"), ("database ts_d", "DROP DATABASE ts_d"),
        ] as [(String, SQLStatement)] {
            if inUse.hasPrefix("database") {
                try server.execute(
                    "CREATE DATABASE ts_d TEMPLATE template0 TABLESPACE \(identifier: Self.name)")
            }
            for checkMode in [true, false] {
                let refused = try reply(["state": "absent"], checkMode: checkMode)
                #expect(refused["msg"]?.string?.hasSuffix("is not empty: \(inUse)") == true, "\(refused)")
                #expect(refused["changed"] == false)
            }
            try server.execute(remove)
        }
        #expect(try reply(["state": "absent"])["changed"] == true)
    }

    @Test func `without superuser rights it may be looked at`() throws {
        try create()
        let login: [String: JSONValue] = ["login_user": "ts_login", "owner": "postgres"]
        #expect(try reply(login)["changed"] == false)
        let refused = try reply(login.merging(["owner": "ts_owner"]) { $1 })
        #expect(refused["sqlstate"] == "42501")
        #expect(refused["changed"] == false)
    }
}

extension String {
    fileprivate var json: JSONValue { .string(self) }
}
