import Glibc
import PostgreSQLClient
import SQLClient
import Testing

@testable import ModuleKit

private let suffixes = [
    "sql", "tar", "pgc", "dir", "sql.gz", "sql.bz2", "sql.xz", "tar.gz", "dir.xz", "unknown",
]

@Suite(.serialized, .enabled(if: TestServer.current != nil, TestServer.skipReason))
struct PostgreSQLDbIntegrationTests {
    let fixture: DumpFixture

    init() throws {
        fixture = try DumpFixture("dbt")
    }

    // MARK: What goes well

    @Test(arguments: suffixes) func `what is dumped is what is restored, and the file is private`(
        suffix: String
    ) throws {
        let name = "x." + suffix
        let dumped = try fixture.dump(name)
        #expect(dumped["changed"] == true, "\(dumped["msg"] ?? "")")
        #expect(dumped["rc"] == 0)
        #expect(fixture.folder.names == [name])
        #expect(try fixture.folder.mode(name) == (suffix == "dir" ? 0o700 : 0o600))
        if suffix == "dir" {
            #expect(shell("find \(fixture.folder.path) -type f -perm /077 | grep -q .") != 0)
        }
        let command = try #require(dumped["cmd"]?.string)
        #expect(dumped["executed_commands"] == [.string(command)])
        #expect(command.contains("pg_dump") && command.contains(name) && !command.contains(".vigie-"))
        let restored = try fixture.restore(name)
        #expect(restored["changed"] == true, "\(restored["msg"] ?? "")")
        #expect(restored["rc"] == 0)
        #expect(try fixture.rows() == 50000)
    }

    @Test(arguments: suffixes) func `check mode promises the command, and does nothing`(
        suffix: String
    ) throws {
        let name = "x." + suffix
        let promisedDump = try fixture.dump(name, checkMode: true)
        #expect(fixture.folder.names == [])
        let done = try fixture.dump(name)
        #expect(promisedDump["changed"] == true)
        #expect(promisedDump["executed_commands"] == done["executed_commands"])
        let promisedRestore = try fixture.restore(name, checkMode: true)
        #expect(try fixture.rows() == nil)
        #expect(promisedRestore["changed"] == true)
        #expect(promisedRestore["executed_commands"] == (try fixture.restore(name))["executed_commands"])
    }

    @Test func `the command can be pasted into a shell`() throws {
        let name = "x.sql.gz"
        let dumped = try fixture.dump(name, ["dump_extra_args": "-t '\"T able\"'"])
        let command = try #require(dumped["cmd"]?.string)
        #expect(unlink("\(fixture.folder.path)/\(name)") == 0)
        #expect(shell(command) == 0)
        let restored = try fixture.restore(name, checkMode: true)
        #expect(shell(try #require(restored["cmd"]?.string) + " > /dev/null") == 0)
        #expect(try fixture.rows() == 50000)
    }

    @Test(arguments: ["a=b", "postgres://x/y", "it's \"odd\"", "dbname=postgres", "back\\slash 'x'", "çà"])
    func `a database with an odd name is that database`(name: String) throws {
        try fixture.server.execute(
            "DROP DATABASE IF EXISTS \(identifier: name)", "CREATE DATABASE \(identifier: name)")
        defer { try? fixture.server.execute("DROP DATABASE IF EXISTS \(identifier: name) WITH (FORCE)") }
        _ = try fixture.dump("x.pgc")
        #expect(try fixture.restore("x.pgc", ["name": .string(name)])["changed"] == true)
        #expect(try fixture.dump("y.sql", ["name": .string(name)])["changed"] == true)
        #expect(try fixture.restore("y.sql")["changed"] == true)
        #expect(try fixture.rows() == 50000)
    }

    @Test func `a later dump takes the place of the earlier one`() throws {
        for name in ["x.sql", "x.dir"] {
            #expect(try fixture.dump(name)["changed"] == true)
            #expect(try fixture.dump(name, ["target_opts": "--schema-only"])["changed"] == true)
            #expect(fixture.folder.names == [name])
            try fixture.server.execute(
                "DROP DATABASE IF EXISTS \(identifier: fixture.copy) WITH (FORCE)",
                "CREATE DATABASE \(identifier: fixture.copy)")
            #expect(try fixture.restore(name)["changed"] == true)
            #expect(try fixture.rows() == 0)
            #expect(shell("rm -rf \(fixture.folder.path)/\(name)") == 0)
        }
    }

    @Test(arguments: ["x.sql", "x.pgc", "x.sql.gz"]) func `the session role owns what is restored`(
        name: String
    ) throws {
        try fixture.server.execute(
            """
            DO $$ BEGIN
                CREATE ROLE "dbt Role";
            EXCEPTION WHEN duplicate_object THEN NULL;
            END $$
            """, "ALTER DATABASE \(identifier: fixture.copy) OWNER TO \"dbt Role\"")
        try fixture.server.execute("GRANT ALL ON SCHEMA public TO \"dbt Role\"", database: fixture.copy)
        _ = try fixture.dump(name, ["dump_extra_args": "--no-owner"])
        let options: [String: JSONValue] = [
            "session_role": "dbt Role", "target_opts": name.hasSuffix("pgc") ? "--no-owner" : "",
        ]
        let restored = try fixture.restore(name, options)
        #expect(restored["changed"] == true, "\(restored["msg"] ?? "")")
        let owner = try fixture.server.session(database: fixture.copy).records(
            "SELECT tableowner AS name FROM pg_tables WHERE tablename = 'T able'")
        #expect(owner.first?.text("name") == "dbt Role")
        #expect(try fixture.dump("y.sql", ["session_role": "dbt Role"])["failed"] == true)
        try fixture.server.execute(
            "DROP DATABASE \(identifier: fixture.copy) WITH (FORCE)", "DROP ROLE \"dbt Role\"")
    }

    @Test func `a dump of the schema public alone is restored by its owner`() throws {
        #expect(try fixture.dump("x.sql.gz", ["target_opts": "-n public"])["changed"] == true)
        let restored = try fixture.restore("x.sql.gz")
        #expect(restored["changed"] == true, "\(restored["msg"] ?? "")")
        #expect(try fixture.rows() == 50000)
    }

    @Test func `a custom archive of any name is restored by pg_restore`() throws {
        #expect(try fixture.dump("x.dump", ["target_opts": "-Fc"])["changed"] == true)
        let restored = try fixture.restore("x.dump")
        #expect(restored["cmd"]?.string?.contains("pg_restore") == true)
        #expect(try fixture.rows() == 50000)
    }

    @Test func `a parallel restore is possible, and finds the positions in the file`() throws {
        #expect(try fixture.dump("x.pgc")["changed"] == true)
        #expect(try fixture.restore("x.pgc", ["target_opts": "-j 2"])["changed"] == true)
        #expect(try fixture.rows() == 50000)
    }

    // MARK: The other states

    @Test func `a rename lists nothing in check mode, as the peer, and is shown in the diff`() throws {
        for name in ["dbt_old", "dbt_new"] {
            try fixture.server.execute("DROP DATABASE IF EXISTS \(identifier: name)")
        }
        try fixture.server.execute("CREATE DATABASE dbt_old")
        let options: [String: JSONValue] = ["name": "dbt_old", "state": "rename", "target": "dbt_new"]
        let promised = try fixture.server.reply("postgresql_db", options, checkMode: true)
        #expect(promised["changed"] == true)
        #expect(promised["executed_commands"] == [])
        let done = try fixture.server.reply("postgresql_db", options)
        #expect(done["executed_commands"] == ["ALTER DATABASE \"dbt_old\" RENAME TO \"dbt_new\""])
        #expect(promised["diff"] == done["diff"])
        #expect(try fixture.server.reply("postgresql_db", options)["changed"] == false)
        try fixture.server.execute("DROP DATABASE dbt_new")
    }

    // MARK: Settings

    @Test func `settings of a database are set, compared and taken back, those of roles left alone`() throws {
        let server = fixture.server
        _ = try server.reply("postgresql_db", ["name": "dbt_set", "state": "absent"])
        defer { _ = try? server.reply("postgresql_db", ["name": "dbt_set", "state": "absent"]) }
        func reply(_ more: [String: JSONValue]) throws -> JSONValue {
            let options = more.merging(["name": "dbt_set"]) { $1 }
            let promised = try server.reply("postgresql_db", options, checkMode: true)
            let done = try server.reply("postgresql_db", options)
            #expect(promised == done, "\(done["msg"] ?? "")")
            #expect(try server.reply("postgresql_db", options)["changed"] == false)
            return done["executed_commands"] ?? .null
        }
        _ = try reply([:])
        try server.execute("ALTER ROLE postgres IN DATABASE dbt_set SET work_mem = '3MB'")
        #expect(
            try reply(["configuration": ["work_mem": "8MB", "search_path": "a, \"B c\""]])
                == [
                    "ALTER DATABASE \"dbt_set\" SET \"search_path\" TO 'a', 'B c'",
                    "ALTER DATABASE \"dbt_set\" SET \"work_mem\" TO '8MB'",
                ])
        #expect(try reply([:]) == [], "what is not named stays")
        #expect(
            try reply(["configuration": ["work_mem": "9MB"], "reset_unspecified_configuration": true])
                == [
                    "ALTER DATABASE \"dbt_set\" RESET \"search_path\"",
                    "ALTER DATABASE \"dbt_set\" SET \"work_mem\" TO '9MB'",
                ])
        #expect(
            try reply(["reset_unspecified_configuration": true])
                == ["ALTER DATABASE \"dbt_set\" RESET \"work_mem\""])
        let refused = try server.reply(
            "postgresql_db", ["name": "dbt_set", "configuration": ["no_such_setting": "1"]])
        #expect(refused["msg"] == "unrecognized configuration parameter \"no_such_setting\"")
        let rows = try server.session().records(
            """
            SELECT count(*) AS n
              FROM pg_db_role_setting AS s
              JOIN pg_database AS d ON d.oid = s.setdatabase
             WHERE d.datname = 'dbt_set'
            """)
        #expect(rows.first?.int("n") == 1)
    }
}
