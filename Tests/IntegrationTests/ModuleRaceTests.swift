import Glibc
import SQLClient
import Testing

@testable import ModuleKit

/// Modules whose changes lock no row of a catalog.
private let locklessModules: Set = [
    "postgresql_alter_system", "postgresql_pg_hba", "postgresql_set", "postgresql_slot",
]

private let racers = 4

/// Keeps every session from writing to the catalogs of one database and to the shared ones, while all may read.
private struct CatalogLock {
    private static let attemptsMax = 500
    private let session: any SQLSession

    /// Never waits while it holds a part of the locks: that would be a deadlock with the tests beside.
    init(_ server: TestServer, database: String) throws {
        session = try server.session(database: database)
        let tables = try session.records(
            """
            SELECT quote_ident(relname) AS name
              FROM pg_catalog.pg_class
             WHERE relnamespace = 'pg_catalog'::regnamespace
               AND relkind = 'r'
             ORDER BY relname
            """
        ).compactMap { $0.text("name") }
        let names = tables.map { "pg_catalog.\($0)" }.joined(separator: ", ")
        for attempt in 1... {
            do {
                _ = try session.execute("BEGIN")
                _ = try session.executeScript("LOCK TABLE \(names) IN SHARE ROW EXCLUSIVE MODE NOWAIT")
                return
            } catch {
                guard attempt < Self.attemptsMax else { throw error }
                _ = try session.execute("ROLLBACK")
                usleep(10_000)
            }
        }
    }

    func release() throws {
        _ = try session.execute("ROLLBACK")
        session.close()
    }
}

/// Tasks that meet at the same object: all have made their plan before the first of them may change anything.
extension ModuleConvergenceTests {
    @Test(arguments: convergenceCases) func `tasks that create the same object at once all succeed`(
        task: ConvergenceCase
    ) throws {
        try server.execute(task.needs)
        _ = try server.reply(task.module, task.absent)
        defer { _ = try? server.reply(task.module, task.absent) }
        for var options in [task.options, task.absent] {
            // A concurrent build by another session may take hours: it is told, and nobody waits for it.
            if task.module == "postgresql_idx" { options["concurrent"] = false }
            let replies = try racing(task.module, Array(repeating: options, count: racers))
            #expect(replies.count == racers)
            for reply in replies { #expect(reply["failed"] == nil, "\(reply["msg"] ?? "")") }
            #expect(replies.contains { $0["changed"] == true })
            #expect(try server.reply(task.module, options)["changed"] == false)
        }
    }

    @Test(arguments: convergenceCases.filter { $0.options["comment"] != nil })
    func `tasks that change the same object at once all succeed`(task: ConvergenceCase) throws {
        defer { _ = try? server.reply(task.module, task.absent) }
        _ = try server.reply(task.module, task.options.merging(["comment": "before"]) { $1 })
        for reply in try racing(task.module, Array(repeating: task.options, count: racers)) {
            #expect(reply["failed"] == nil, "\(reply["msg"] ?? "")")
        }
        #expect(try server.reply(task.module, task.options)["changed"] == false)
    }

    @Test func `tasks that write different things into one catalog row all succeed`() throws {
        let role: [String: JSONValue] = ["name": "conv_row"]
        _ = try server.reply("postgresql_user", role)
        defer { _ = try? server.reply("postgresql_user", role.merging(["state": "absent"]) { $1 }) }
        let settings = ["work_mem", "maintenance_work_mem", "temp_buffers", "effective_cache_size"]
        let tasks = settings.map { setting in role.merging(["configuration": [setting: "4MB"]]) { $1 } }
        for reply in try racing("postgresql_user", tasks) {
            #expect(reply["changed"] == true, "\(reply["msg"] ?? "")")
        }
        let rows = try server.session().records(
            "SELECT rolconfig FROM pg_catalog.pg_roles WHERE rolname = 'conv_row'")
        #expect(rows.first?.texts("rolconfig").sorted() == settings.map { "\($0)=4MB" }.sorted())
    }

    @Test func `tasks that grant on the same table at once all succeed`() throws {
        let roles = (0..<racers).map { "conv_grantee_\($0)" }
        for role in roles { _ = try server.reply("postgresql_user", ["name": .string(role)]) }
        try server.execute("DROP TABLE IF EXISTS conv_granted", "CREATE TABLE conv_granted (n integer)")
        defer {
            try? server.execute("DROP TABLE conv_granted")
            for role in roles { try? server.execute("DROP ROLE \(identifier: role)") }
        }
        let tasks = roles.map { role -> [String: JSONValue] in
            ["objs": "conv_granted", "privs": "SELECT", "roles": .string(role), "login_db": "postgres"]
        }
        for reply in try racing("postgresql_privs", tasks) {
            #expect(reply["changed"] == true, "\(reply["msg"] ?? "")")
        }
        for task in tasks { #expect(try server.reply("postgresql_privs", task)["changed"] == false) }
    }

    @Test(arguments: convergenceCases.filter { !locklessModules.contains($0.module) })
    func `a task that waits too long for a lock says so`(task: ConvergenceCase) throws {
        try server.execute(task.needs)
        _ = try server.reply(task.module, task.absent)
        let lock = try CatalogLock(server, database: database(of: task.options))
        var options = task.options
        options["connect_params"] = ["options": "-c lock_timeout=200ms"]
        let reply = try server.reply(task.module, options)
        try lock.release()
        #expect(reply["failed"] == true)
        #expect(reply["sqlstate"] == "55P03", "\(reply["msg"] ?? "")")
        #expect(reply["hint"] == "which session holds the lock?")
        #expect(reply["changed"] == false)
        _ = try server.reply(task.module, task.absent)
    }

    private func database(of options: [String: JSONValue]) -> String {
        options["login_db"]?.string ?? "postgres"
    }

    /// The replies to tasks of several sessions, none of which could change anything before all had planned.
    private func racing(
        _ module: String, _ tasks: [[String: JSONValue]]
    ) throws -> [[String: JSONValue]] {
        try server.execute(
            """
            DO $$ BEGIN
                CREATE ROLE conv_racer SUPERUSER LOGIN;
            EXCEPTION WHEN duplicate_object THEN NULL;
            END $$
            """)
        let database = database(of: tasks.first ?? [:])
        let lock = try CatalogLock(server, database: database)
        let server = server
        let threads = tasks.map { options in
            let own = options.merging(["login_user": "conv_racer", "login_db": .string(database)]) { $1 }
            return ReplyThread { try server.reply(module, own) }
        }
        let isExpectedToWait = !locklessModules.contains(module)
        if isExpectedToWait { try waitUntilBlocked(count: tasks.count) }
        try lock.release()
        return threads.map { $0.reply() }
    }

    private func waitUntilBlocked(count: Int) throws {
        let watcher = try server.session()
        for _ in 0..<200 {
            let blocked = try watcher.records(
                """
                SELECT pid
                  FROM pg_catalog.pg_stat_activity
                 WHERE usename = 'conv_racer'
                   AND wait_event_type = 'Lock'
                """)
            if blocked.count == count { return }
            usleep(10_000)
        }
    }
}
