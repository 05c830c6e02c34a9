import PostgreSQLModules
import SQLClient
import Testing

@testable import ModuleKit

/// What the server's log says of tasks that `ModuleConvergenceTests` does not cover, and that none is forgotten.
@Suite(.serialized, .enabled(if: TestServer.current != nil, TestServer.skipReason))
struct ModuleCheckModeTests {
    let server: TestServer

    init() throws {
        server = try #require(TestServer.current)
    }

    @Test(arguments: CheckedTask.all) func `check mode sends nothing but reads`(task: CheckedTask) throws {
        try server.execute(task.needs)
        let log = try StatementLog(server)
        let first = try log.statements(task.module, task.options, checkMode: true)
        for statement in first { #expect(statement.isRead, "\(statement.text)") }
        #expect(first.count <= task.statementsMax, "\(first.map(\.text))")
        #expect(first.isEmpty == (task.statementsMax == 0))
    }

    @Test(arguments: CheckedTask.all) func `a check changes nothing that a second one would see`(
        task: CheckedTask
    ) throws {
        try server.execute(task.needs)
        let volatile: Set = ["conn_err_msg", "execution_time_ms"]
        let first = try server.reply(task.module, task.options, checkMode: true)
        let second = try server.reply(task.module, task.options, checkMode: true)
        #expect(first["changed"] == second["changed"])
        #expect(Set(first.keys).subtracting(volatile) == Set(second.keys).subtracting(volatile))
        #expect(first["queries"] == second["queries"])
    }

    @Test(arguments: CheckedTask.all.filter(\.converges))
    func `an unchanged task needs at most three statements`(task: CheckedTask) throws {
        try server.execute(task.needs)
        _ = try server.reply(task.module, task.options)
        let statements = try StatementLog(server).statements(task.module, task.options, checkMode: false)
        #expect((1...3).contains(statements.count), "\(statements.map(\.text))")
        #expect(try server.reply(task.module, task.options)["changed"] == false)
    }

    /// The server alone knows what a query does: a check runs it, in a transaction that is always rolled back.
    @Test func `a query in check mode is run and rolled back, and nothing else is sent`() throws {
        try server.execute(
            "DROP TABLE IF EXISTS public.checked_rows", "CREATE TABLE public.checked_rows (id int)")
        let insert = "INSERT INTO public.checked_rows VALUES (1), (2)"
        let statements = try StatementLog(server).statements(
            "postgresql_query", ["query": .string(insert)], checkMode: true, mayWrite: true)
        #expect(statements.map(\.text) == ["BEGIN", insert, "ROLLBACK"])
        let reply = try server.reply("postgresql_query", ["query": .string(insert)], checkMode: true)
        #expect(reply["changed"] == true)
        #expect(reply["rowcount"] == 2)
        let rows = try server.session().records("SELECT count(*) AS n FROM public.checked_rows")
        #expect(rows.first?.int("n") == 0)
        try server.execute("DROP TABLE public.checked_rows")
    }

    /// What ends the transaction would take the rest of the check out of it.
    @Test func `a query that commits is refused in check mode before it runs`() throws {
        for query in ["COMMIT", "SELECT 1; COMMIT; CREATE TABLE public.checked_left ()"] {
            let reply = try server.reply("postgresql_query", ["query": .string(query)], checkMode: true)
            #expect(reply["failed"] == true)
            #expect(reply["msg"]?.string?.contains("COMMIT") == true)
        }
        let left = try server.session().records("SELECT to_regclass('public.checked_left') IS NOT NULL AS it")
        #expect(left.first?.bool("it") == false)
    }

    /// `ROLLBACK TO` is one whose tag is that of ROLLBACK.
    @Test func `savepoints may be used in check mode`() throws {
        let query: JSONValue = ["SAVEPOINT a", "SELECT 1 AS n", "ROLLBACK TO SAVEPOINT a", "SELECT 2 AS n"]
        let reply = try server.reply("postgresql_query", ["query": query], checkMode: true)
        #expect(reply["query_result"] == [["n": 2]], "\(reply["msg"] ?? "")")
    }

    @Test func `a transaction that ends unseen is told`() throws {
        let reply = try server.reply(
            "postgresql_query",
            [
                "query": #"SELECT '\''; COMMIT; --'"#,
                "connect_params": ["options": "-c standard_conforming_strings=off"],
            ], checkMode: true)
        #expect(reply["failed"] == true)
        #expect(reply["msg"]?.string?.contains("was not rolled back") == true, "\(reply["msg"] ?? "")")
    }

    @Test func `access rules are edited without a server`() throws {
        let log = try server.logged {
            let reply = try server.reply(
                "postgresql_pg_hba",
                [
                    "dest": "/nonexistent/pg_hba.conf", "create": true, "contype": "local", "method": "peer",
                    "login_user": "conv_hba",
                ], checkMode: true)
            #expect(reply["changed"] == true, "\(reply["msg"] ?? "")")
        }
        #expect(!log.contains("conv_hba"))
    }

    // MARK: Nothing is forgotten

    @Test func `every module is in a test of check mode`() {
        let covered = Set(convergenceCases.map(\.module) + CheckedTask.all.map(\.module))
        #expect(TestServer.modules.map(\.name).filter { !covered.contains($0) } == [])
    }

    /// What has no state that could be shown before and after: files, programs, free SQL, and modules that only read.
    private static let modulesWithoutDiff: Set = [
        "postgresql_audit", "postgresql_backup", "postgresql_copy", "postgresql_info", "postgresql_ping",
        "postgresql_query", "postgresql_script", "postgresql_user_obj_stat_info",
    ]

    @Test func `every module with a state shows it before and after`() throws {
        let without = TestServer.modules.filter { !$0.hasDiff }.map(\.name)
        #expect(Set(without) == Self.modulesWithoutDiff)
        for task in convergenceCases {
            let reply = try server.reply(task.module, task.absent, checkMode: true)
            #expect(reply["diff"]?.object?.keys.sorted() == ["after", "before"], "\(task.testDescription)")
        }
    }

    @Test(arguments: [("postgresql_privs", "type"), ("postgresql_db", "state")])
    func `every kind of these modules is in a test of check mode`(module: String, option: String) throws {
        let declarations = try #require(TestServer.modules.first { $0.name == module }).declarations
        let declaration = try #require(declarations.first { $0.name == option })
        let version = try server.session().serverVersion
        let covered = Set(
            (convergenceCases.filter { $0.module == module }.flatMap { [$0.options, $0.absent] }
                + CheckedTask.all.filter { $0.module == module }.map(\.options))
                .map { $0[option] ?? declaration.defaultValue ?? .null })
        let missing = (declaration.choices ?? []).map(JSONValue.string).filter { !covered.contains($0) }
        #expect(!(declaration.choices ?? []).isEmpty)
        #expect(missing == (module == "postgresql_privs" && version < 150_000 ? ["parameter"] : []))
    }
}
