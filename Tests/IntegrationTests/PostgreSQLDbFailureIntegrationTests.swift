import Glibc
import PostgreSQLClient
import SQLClient
import Testing

@testable import ModuleKit

/// The experiments that `postgresql_db` of community.postgresql fails, and their like.
@Suite(.serialized, .enabled(if: TestServer.current != nil, TestServer.skipReason))
struct PostgreSQLDbFailureIntegrationTests {
    let fixture: DumpFixture

    init() throws {
        fixture = try DumpFixture("dbf")
    }

    // MARK: Experiments 1 to 4: a full disk

    @Test(
        .enabled(if: geteuid() == 0, "root is needed to mount a small file system"),
        arguments: ["x.sql", "x.pgc", "x.tar", "x.dir", "x.sql.gz"])
    func `a full disk is told, leaves nothing, and keeps the previous dump`(name: String) throws {
        try fixture.folder.limit(to: 16 << 20)
        #expect(try fixture.dump(name, ["target_opts": "--schema-only"])["changed"] == true)
        let listing =
            "cd \(fixture.folder.path) && find . -type f | sort | xargs sha256sum > /tmp/vigie-dump-sums-\(getpid())"
        #expect(shell(listing) == 0)
        try #require(mount("tmpfs", fixture.folder.path, "tmpfs", UInt(MS_REMOUNT), "size=65536") == 0)
        let failed = try fixture.dump(name)
        #expect(failed["failed"] == true)
        #expect(failed["changed"] == false)
        #expect(failed["rc"] != 0)
        #expect(failed["msg"]?.string?.lowercased().contains("space") == true, "\(failed["msg"] ?? "")")
        #expect(fixture.folder.names == [name])
        #expect(
            shell("cd \(fixture.folder.path) && sha256sum --quiet -c /tmp/vigie-dump-sums-\(getpid())") == 0)
        unlink("/tmp/vigie-dump-sums-\(getpid())")
    }

    @Test(.enabled(if: geteuid() == 0, "root is needed to mount a small file system"))
    func `a disk that is full at whatever page, the last one too, never makes a dump`() throws {
        let page = Int(getpagesize())
        #expect(try fixture.dump("x.sql.gz")["changed"] == true)
        let pages = (fixture.folder.size("x.sql.gz") + page - 1) / page
        for free in [1, pages / 2, pages - 2, pages - 1] {
            try fixture.folder.limit(to: free * page)
            let failed = try fixture.dump("x.sql.gz")
            #expect(failed["failed"] == true, "\(free) of \(pages) pages")
            #expect(fixture.folder.names == [])
        }
        try fixture.folder.limit(to: pages * page)
        #expect(try fixture.dump("x.sql.gz")["changed"] == true)
    }

    // MARK: Experiment 5: a killed program

    @Test(arguments: ["x.sql.gz", "x.pgc", "x.dir"]) func `a killed pg_dump leaves the previous dump alone`(
        name: String
    ) throws {
        #expect(try fixture.dump(name)["changed"] == true)
        let sums =
            "find \(fixture.folder.path) -type f | sort | xargs sha256sum | sha256sum > /tmp/vigie-kill-\(getpid())"
        #expect(shell(sums) == 0)
        let holder = try fixture.server.session(database: fixture.source)
        _ = try holder.execute("BEGIN")
        _ = try holder.execute("LOCK TABLE public.\"T able\" IN ACCESS EXCLUSIVE MODE")
        killInBackground()
        let failed = try fixture.dump(name)
        _ = try holder.execute("ROLLBACK")
        #expect(failed["failed"] == true)
        #expect(failed["rc"] == 137, "\(failed["msg"] ?? "")")
        #expect(fixture.folder.names == [name])
        #expect(
            shell(
                "find \(fixture.folder.path) -type f | sort | xargs sha256sum | sha256sum | cmp - /tmp/vigie-kill-\(getpid())"
            )
                == 0)
        unlink("/tmp/vigie-kill-\(getpid())")
    }

    /// Kills the pg_dump that this process runs for this suite's database, once it is there.
    private func killInBackground() {
        inBackground("sleep 0.2; kill -9 $pid")
    }

    /// Runs a script when pg_dump is there, beside the test.
    private func inBackground(_ script: String) {
        let find = "pgrep -P \(getpid()) -f -- '--dbname=\(fixture.source)'"
        shell(
            "(for i in $(seq 200); do if pid=$(\(find)); then \(script); exit; fi; sleep 0.05; done) > /dev/null 2>&1 &"
        )
    }

    // MARK: Experiments 6 and 7: what is restored

    @Test(arguments: ["x.sql", "x.sql.gz"]) func `a dump that is cut at the end of a line is refused`(
        name: String
    ) throws {
        #expect(try fixture.dump("x.sql")["changed"] == true)
        let cut = "cd \(fixture.folder.path) && head -n 25000 x.sql > y && mv y x.sql"
        #expect(shell(name == "x.sql" ? cut : cut + " && gzip x.sql") == 0)
        for checkMode in [true, false] {
            let refused = try fixture.restore(name, checkMode: checkMode)
            #expect(refused["failed"] == true)
            #expect(refused["changed"] == false)
            #expect(refused["msg"]?.string?.contains("no end mark") == true, "\(refused["msg"] ?? "")")
        }
        #expect(try fixture.rows() == nil)
    }

    @Test(arguments: ["x.pgc", "x.tar", "x.dir", "x.sql.gz", "x.sql.bz2", "x.sql.xz"])
    func `a damaged archive is refused before anything is loaded`(name: String) throws {
        #expect(try fixture.dump(name)["changed"] == true)
        let file = name == "x.dir" ? "$(ls x.dir/*.dat.gz | head -n 1)" : name
        #expect(shell("cd \(fixture.folder.path) && truncate -s $(($(stat -c %s \(file)) / 2)) \(file)") == 0)
        for checkMode in [true, false] {
            let refused = try fixture.restore(name, checkMode: checkMode)
            #expect(refused["failed"] == true)
            #expect(refused["msg"]?.string?.contains("is damaged") == true, "\(refused["msg"] ?? "")")
        }
        #expect(try fixture.rows() == nil)
    }

    @Test(arguments: ["x.sql", "x.sql.gz", "x.pgc", "x.tar", "x.dir"])
    func `a restore into a filled database changes nothing of it`(name: String) throws {
        #expect(try fixture.dump(name, ["target_opts": "--data-only"])["changed"] == true)
        try fixture.server.execute("CREATE TABLE public.\"T able\" (id int, h text)", database: fixture.copy)
        try fixture.server.execute("INSERT INTO public.\"T able\" VALUES (1, 'x')", database: fixture.copy)
        try fixture.server.execute(
            "ALTER TABLE public.\"T able\" ADD PRIMARY KEY (id)", database: fixture.copy)
        let failed = try fixture.restore(name)
        #expect(failed["failed"] == true)
        #expect(failed["changed"] == false)
        #expect(failed["rc"] != 0)
        #expect(failed["msg"]?.string?.contains("duplicate key") == true, "\(failed["msg"] ?? "")")
        #expect(try fixture.rows() == 1)
    }

    @Test func `a full dump into a filled database changes nothing of it`() throws {
        #expect(try fixture.dump("x.sql")["changed"] == true)
        #expect(try fixture.restore("x.sql")["changed"] == true)
        try fixture.server.execute("DELETE FROM public.\"T able\" WHERE id <= 40000", database: fixture.copy)
        let failed = try fixture.restore("x.sql")
        #expect(failed["failed"] == true)
        #expect(failed["msg"]?.string?.contains("already exists") == true, "\(failed["msg"] ?? "")")
        #expect(try fixture.rows() == 10000)
    }

    @Test(arguments: ["1", "0"]) func `only psql that stops at errors works in one transaction`(stop: String)
        throws
    {
        #expect(try fixture.dump("x.sql")["changed"] == true)
        try fixture.server.execute("CREATE TABLE public.\"T able\" (id int, h text)", database: fixture.copy)
        let reply = try fixture.restore("x.sql", ["target_opts": .string("-v ON_ERROR_STOP=\(stop)")])
        #expect(reply["cmd"]?.string?.contains("BEGIN") == (stop == "1"))
        #expect(reply["failed"] == (stop == "1" ? true : nil))
        #expect(try fixture.rows() == (stop == "1" ? 0 : 50000))
    }

    @Test func `a script stops at its first error, and is told to have changed something`() throws {
        #expect(
            shell(
                "cd \(fixture.folder.path) && echo 'CREATE TABLE a (); SELECT 1/0; CREATE TABLE b ();' > x.sql"
            )
                == 0)
        let failed = try fixture.restore("x.sql")
        #expect(failed["failed"] == true)
        #expect(failed["rc"] == 3)
        #expect(failed["changed"] == true)
        #expect(failed["msg"]?.string?.contains("division by zero") == true)
        #expect(try fixture.restore("x.sql", noLog: true)["msg"]?.string?.contains("already") == false)
        let went = try fixture.restore("x.sql", ["target_opts": "--set=ON_ERROR_STOP=0"])
        #expect(went["changed"] == true)
        #expect(went["stderr"]?.string?.contains("division by zero") == true)
    }

    // MARK: Experiment 8: what check mode tells

    @Test func `what cannot work is told in check mode as in a run`() throws {
        for checkMode in [true, false] {
            let missing = try fixture.dump("x.sql", ["name": "dbt_no"], checkMode: checkMode)
            #expect(missing["msg"] == "database \"dbt_no\" does not exist")
            let restored = try fixture.restore("x.sql", ["name": "dbt_no"], checkMode: checkMode)
            #expect(restored["msg"] == "database \"dbt_no\" does not exist")
            #expect(restored["hint"]?.string?.contains("earlier task") == true)
            let noFolder = try fixture.dump("no/x.sql", checkMode: checkMode)
            #expect(noFolder["msg"]?.string == "\(fixture.folder.path)/no: No such file or directory")
            let noFile = try fixture.restore("no.sql", checkMode: checkMode)
            #expect(noFile["msg"]?.string == "\(fixture.folder.path)/no.sql: No such file or directory")
            let role = try fixture.dump("x.sql", ["session_role": "dbt_no"], checkMode: checkMode)
            #expect(role["msg"]?.string?.contains("Could not switch role") == true)
            #expect(shell("touch \(fixture.folder.path)/empty.sql") == 0)
            #expect(
                try fixture.restore("empty.sql", checkMode: checkMode)["msg"]?.string?.contains("is empty")
                    == true)
        }
        #expect(fixture.folder.names == ["empty.sql"])
    }

    @Test func `check mode sends nothing but the login`() throws {
        let log = try fixture.server.logged {
            _ = try fixture.dump("x.sql", ["login_user": "postgres"], checkMode: true)
        }
        let own = log.split(separator: "\n").filter {
            $0.contains("@\(fixture.source)") && $0.contains("statement:")
        }
        #expect(own.isEmpty, "\(own)")
    }

    @Test func `options that need a shell, a password or another file are refused`() throws {
        for options in ["-n $(id)", "--file=x", "--dbname=postgresql://u:p@h/d", "-n 'x"] {
            for reply in [
                try fixture.dump("x.sql", ["target_opts": .string(options)]),
                try fixture.restore("x.sql", ["target_opts": .string(options)]),
            ] {
                #expect(reply["failed"] == true)
                #expect(reply["msg"]?.string?.contains("target_opts") == true, "\(reply["msg"] ?? "")")
            }
        }
        #expect(fixture.folder.names == [])
    }

    // MARK: Secrets and rights

    @Test func `a password is in no argument, no command and no reply`() throws {
        let holder = try fixture.server.session(database: fixture.source)
        _ = try holder.execute("BEGIN")
        _ = try holder.execute("LOCK TABLE public.\"T able\" IN ACCESS EXCLUSIVE MODE")
        let seen = fixture.folder.path + "/seen"
        inBackground(
            "cat /proc/[0-9]*/cmdline | tr '\\0' '\\n' | grep -c 'hunter2hunter[2]' > \(seen); sleep 0.2; kill -9 $pid"
        )
        let reply = try fixture.dump("x.sql", ["login_password": "hunter2hunter2"])
        _ = try holder.execute("ROLLBACK")
        #expect(reply["rc"] == 137, "\(reply["msg"] ?? "")")
        #expect(shell("test $(cat \(seen)) = 0") == 0)
        #expect(!"\(reply)".contains("hunter2"))
    }

    @Test func `a role without rights is told the table, and leaves no file`() throws {
        try fixture.server.execute(
            """
            DO $$ BEGIN
                CREATE ROLE dbt_weak LOGIN;
            EXCEPTION WHEN duplicate_object THEN NULL;
            END $$
            """)
        defer { try? fixture.server.execute("DROP ROLE dbt_weak") }
        for name in ["x.sql", "x.sql.gz", "x.pgc", "x.dir"] {
            let reply = try fixture.dump(name, ["login_user": "dbt_weak"])
            #expect(reply["failed"] == true)
            #expect(reply["rc"] == 1)
            #expect(reply["msg"]?.string?.contains("T able") == true, "\(reply["msg"] ?? "")")
            #expect(reply["stderr"]?.string?.contains("permission denied") == true)
            #expect(fixture.folder.names == [])
            let hidden = try fixture.dump(name, ["login_user": "dbt_weak"], noLog: true)
            #expect(hidden["msg"]?.string?.contains("T able") == false)
        }
    }
}
