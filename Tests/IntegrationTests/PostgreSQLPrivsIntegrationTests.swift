import SQLClient
import Testing

@testable import ModuleKit

@Suite(.serialized, .enabled(if: TestServer.current != nil, TestServer.skipReason))
final class PostgreSQLPrivsIntegrationTests {
    let server: TestServer
    private static let ann = "prv \"ann\""
    private static let roles = [ann, "prv_bob", "prv_own", "prv_group"]
    private static let schema = "prv \"s.é"

    init() throws {
        server = try #require(TestServer.current)
        try clean()
        for role in Self.roles { try server.execute("CREATE ROLE \(identifier: role)") }
        try server.execute(
            "CREATE SCHEMA \(identifier: Self.schema) AUTHORIZATION prv_own", "SET ROLE prv_own",
            "CREATE TABLE \(identifier: name("t.1")) (i int, j int)",
            "CREATE TABLE \(identifier: name("t 2")) (i int)",
            "CREATE VIEW \(identifier: name("v")) AS SELECT 1 AS one",
            "CREATE SEQUENCE \(identifier: name("q"))",
            "CREATE FUNCTION \(identifier: name("f \"x"))(a int, b text) RETURNS int LANGUAGE sql AS 'SELECT 1'",
            "CREATE PROCEDURE \(identifier: name("p"))(a int) LANGUAGE sql AS 'SELECT 1'",
            "CREATE TYPE \(identifier: name("ty")) AS (i int)")
    }

    deinit {
        try? clean()
    }

    private func name(_ object: String) -> SQLIdentifier { SQLIdentifier(schema: Self.schema, object) }

    private func clean() throws {
        try server.execute("DROP SCHEMA IF EXISTS \(identifier: Self.schema) CASCADE")
        for role in Self.roles {
            try server.execute(
                """
                DO $$ BEGIN
                    EXECUTE format('DROP OWNED BY %I', \(literal: role));
                EXCEPTION WHEN undefined_object THEN NULL;
                END $$
                """, "DROP ROLE IF EXISTS \(identifier: role)")
        }
    }

    private func reply(_ options: [String: JSONValue], checkMode: Bool = false) throws -> [String: JSONValue]
    {
        var own: [String: JSONValue] = ["login_db": "postgres", "roles": .string(Self.ann)]
        let hasSchema = ["table", "sequence", "function", "procedure", "type", "default_privs"]
        if hasSchema.contains(options["type"]?.string ?? "table") { own["schema"] = .string(Self.schema) }
        return try server.reply("postgresql_privs", own.merging(options) { $1 }, checkMode: checkMode)
    }

    /// Granted as promised, unchanged at the second run, revoked, and unchanged again.
    private func requireCycle(_ options: [String: JSONValue]) throws {
        let promised = try reply(options, checkMode: true)
        let granted = try reply(options)
        #expect(promised == granted)
        #expect(granted["changed"] == true, "\(granted["msg"] ?? "")")
        #expect(granted["queries"]?.array?.count == 1)
        let again = try reply(options)
        #expect(again["changed"] == false)
        #expect(again["queries"] == granted["queries"])
        let absent = options.merging(["state": "absent"]) { $1 }
        let revoked = try reply(absent)
        #expect(revoked["changed"] == true, "\(revoked["msg"] ?? "")")
        let gone = try reply(absent)
        #expect(gone["changed"] == false)
        #expect(gone["queries"] == revoked["queries"])
    }

    @Test(arguments: [
        ("table", "t.1,t 2,v", "SELECT,UPDATE"), ("table", "ALL_IN_SCHEMA", "ALL"),
        ("sequence", "q", "USAGE"),
        ("sequence", "ALL_IN_SCHEMA", "ALL"), ("function", "f \"x(int:text)", "EXECUTE"),
        ("function", "ALL_IN_SCHEMA", "ALL"), ("procedure", "p(integer)", "ALL"), ("type", "ty", "USAGE"),
        ("database", "postgres", "CREATE,TEMP"), ("schema", "prv \"s.é", "ALL"), ("language", "sql", "USAGE"),
        ("tablespace", "pg_default", "CREATE"), ("default_privs", "TABLES", "SELECT"),
    ])
    func `every kind is granted and revoked once`(kind: String, objects: String, privileges: String) throws {
        try requireCycle(["type": .string(kind), "objs": .string(objects), "privs": .string(privileges)])
    }

    @Test func `memberships, wrappers, servers and settings have the same cycle`() throws {
        try requireCycle(["type": "group", "objs": "prv_group,prv_bob"])
        try server.execute(
            "DROP FOREIGN DATA WRAPPER IF EXISTS prv_w CASCADE", "CREATE FOREIGN DATA WRAPPER prv_w",
            "CREATE SERVER prv_srv FOREIGN DATA WRAPPER prv_w")
        try requireCycle(["type": "foreign_data_wrapper", "objs": "prv_w", "privs": "ALL"])
        try requireCycle(["type": "foreign_server", "objs": "prv_srv", "privs": "USAGE"])
        try server.execute("DROP FOREIGN DATA WRAPPER prv_w CASCADE")
        let settings: [String: JSONValue] = [
            "type": "parameter", "objs": "work_mem,log_line_prefix", "privs": "SET,ALTER_SYSTEM",
        ]
        if try server.session().serverVersion >= 150_000 {
            try requireCycle(settings)
        } else {
            #expect(try reply(settings)["msg"] == "PostgreSQL version must be >= 15 for type=parameter. Exit")
        }
    }

    @Test(arguments: [
        #"quo"te"#, "it's", "dot.dot", " sp ace ", "100%", "SELECT", "back\\slash", "semi;colon", "$1",
        "a--b",
        "public", String(repeating: "é", count: 31), "日本語", "new\nline", #""quoted""#,
    ])
    func `odd names are names`(odd: String) throws {
        try server.execute(
            "CREATE TABLE \(identifier: name(odd)) (i int)",
            """
            CREATE FUNCTION \(identifier: name(odd))(int) RETURNS int LANGUAGE sql AS 'SELECT 1'
            """)
        try requireCycle(["objs": .string(odd), "privs": "SELECT"])
        try requireCycle([
            "type": "function", "objs": .string(odd + "(int)"), "privs": "EXECUTE", "grant_option": true,
        ])
    }

    @Test func `MAINTAIN exists from PostgreSQL 17 on`() throws {
        let options: [String: JSONValue] = ["objs": "v", "privs": "MAINTAIN"]
        if try server.session().serverVersion >= 170_000 {
            try requireCycle(options)
        } else {
            let refused = try reply(options)
            #expect(refused["msg"] == "invalid privilege type MAINTAIN for table")
            #expect(refused["hint"]?.string?.contains("PostgreSQL 17") == true)
        }
    }

    @Test func `only what is missing is granted`() throws {
        _ = try reply(["objs": "t.1", "privs": "SELECT"])
        let rest = try reply(["objs": "ALL_IN_SCHEMA", "privs": "SELECT"])
        #expect(
            rest["queries"] == [
                #"GRANT SELECT ON table "prv ""s.é"."t 2","prv ""s.é"."v" TO "prv ""ann""";"#
            ])
        #expect(
            try reply(["objs": "ALL_IN_SCHEMA", "privs": "SELECT,INSERT"])["queries"] == [
                #"GRANT INSERT ON ALL TABLES IN SCHEMA "prv ""s.é" TO "prv ""ann""";"#
            ])
    }

    @Test func `the grant option is given and taken by itself`() throws {
        _ = try reply(["objs": "v", "privs": "SELECT", "grant_option": true])
        #expect(try reply(["objs": "v", "privs": "SELECT"])["changed"] == false)
        let taken = try reply(["objs": "v", "privs": "SELECT", "grant_option": false])
        #expect(taken["queries"]?.array?.first?.string?.hasPrefix("REVOKE GRANT OPTION FOR SELECT") == true)
        #expect(try reply(["objs": "v", "privs": "SELECT", "grant_option": false])["changed"] == false)
    }

    // MARK: Grantors

    /// PostgreSQL revokes only what the grantor itself granted.
    @Test func `what another role granted is held, and only that role can end it`() throws {
        try server.execute("GRANT USAGE ON SCHEMA \(identifier: Self.schema) TO prv_group")
        _ = try reply(["objs": "v", "privs": "SELECT", "roles": "prv_group", "grant_option": true])
        _ = try reply(["objs": "v", "privs": "SELECT", "session_role": "prv_group"])
        #expect(try reply(["objs": "v", "privs": "SELECT"])["changed"] == false)
        let kept = try reply(["objs": "v", "privs": "SELECT", "state": "absent"])
        #expect(kept["changed"] == false)
        #expect(kept["warnings"]?.array?.first?.string?.contains("granted by prv_group") == true)
        // The server agrees with what check mode says.
        let refused = try reply(
            ["objs": "v", "privs": "SELECT", "state": "absent", "roles": "prv_group"], checkMode: true)
        #expect(refused["msg"]?.string?.hasPrefix("dependent privileges exist") == true)
        let ended = try reply(
            ["objs": "v", "privs": "SELECT", "state": "absent", "session_role": "prv_group"])
        #expect(ended["changed"] == true, "\(ended["msg"] ?? "")")
    }

    @Test func `a session without the right fails in check mode, too`() throws {
        let options: [String: JSONValue] = ["objs": "v", "privs": "SELECT", "session_role": "prv_bob"]
        #expect(try reply(options, checkMode: true)["msg"]?.string?.hasPrefix("permission denied") == true)
        // What is there already needs no right.
        _ = try reply(["objs": "v", "privs": "SELECT"])
        #expect(try reply(options)["changed"] == false)
        #expect(try reply(options.merging(["state": "absent"]) { $1 })["failed"] == true)
    }

    @Test func `a membership ends whoever granted it`() throws {
        try server.execute(
            "GRANT prv_group TO prv_bob WITH ADMIN OPTION", "SET ROLE prv_bob",
            "GRANT prv_group TO \(identifier: Self.ann)")
        let options: [String: JSONValue] = ["type": "group", "objs": "prv_group"]
        #expect(try reply(options)["changed"] == false)
        let ended = try reply(options.merging(["state": "absent"]) { $1 })
        #expect(ended["changed"] == true, "\(ended["msg"] ?? "")")
        #expect(try reply(options)["changed"] == true)
    }

    // MARK: Defaults and columns

    @Test func `everybody's default privileges count where there is no ACL`() throws {
        let execute: [String: JSONValue] = [
            "type": "function", "objs": "ALL_IN_SCHEMA", "privs": "EXECUTE", "roles": "PUBLIC",
        ]
        #expect(try reply(execute)["changed"] == false)
        let revoked = try reply(execute.merging(["state": "absent"]) { $1 })
        #expect(revoked["changed"] == true)
        #expect(try reply(execute.merging(["state": "absent"]) { $1 })["changed"] == false)
        #expect(try reply(execute.merging(["grant_option": true]) { $1 })["failed"] == true)
    }

    @Test func `revoking on a table ends privileges on its columns`() throws {
        try server.execute(
            "GRANT SELECT (i), UPDATE (j) ON \(identifier: name("t.1")) TO \(identifier: Self.ann)")
        let revoked = try reply(["objs": "t.1", "privs": "SELECT", "state": "absent"])
        #expect(revoked["changed"] == true)
        #expect(try reply(["objs": "t.1", "privs": "SELECT", "state": "absent"])["changed"] == false)
        let left = try server.session().records(
            """
            SELECT privilege_type AS p
              FROM information_schema.column_privileges
             WHERE grantee = \(value: .text(Self.ann))
            """)
        #expect(left.compactMap { $0.text("p") } == ["UPDATE"])
    }

    // MARK: Default privileges

    @Test func `default privileges become exactly those of the task, and absent ends the named ones`() throws
    {
        let options: [String: JSONValue] = ["type": "default_privs", "target_roles": "prv_own"]
        func run(_ objects: String, _ privileges: String, _ state: String = "present") throws -> [String] {
            let more: [String: JSONValue] = [
                "objs": .string(objects), "privs": .string(privileges), "state": .string(state),
            ]
            let done = try reply(options.merging(more) { $1 })
            #expect(done["failed"] == nil, "\(done["msg"] ?? "")")
            return done["changed"] == true ? done["queries"]?.array?.compactMap(\.string) ?? [] : []
        }
        #expect(try run("TABLES,SEQUENCES", "SELECT,UPDATE").count == 2)
        let narrowed = try run("TABLES", "SELECT")
        #expect(narrowed.count == 1)
        #expect(narrowed.first?.contains("REVOKE UPDATE ON TABLES") == true)
        #expect(try run("TABLES", "INSERT", "absent") == [])
        #expect(try run("TABLES", "ALL", "absent").count == 1)
        // What other kinds have stays.
        #expect(try run("SEQUENCES", "SELECT,UPDATE") == [])
    }

    /// `acldefault` and `pg_default_acl` name types and sequences by different letters.
    @Test func `everybody's default on future types can be revoked and comes back`() throws {
        for (objects, privileges) in [("TYPES", "USAGE"), ("FUNCTIONS", "EXECUTE")] {
            let options: [String: JSONValue] = [
                "type": "default_privs", "schema": "not-specified", "objs": .string(objects),
                "privs": .string(privileges), "roles": "PUBLIC", "target_roles": "prv_own",
            ]
            let absent = options.merging(["state": "absent"]) { $1 }
            #expect(try reply(options)["changed"] == false)
            #expect(try reply(absent)["changed"] == true)
            #expect(try reply(absent)["changed"] == false)
            #expect(try reply(options)["changed"] == true)
        }
    }

    // MARK: What is not there

    @Test func `what does not exist fails a grant and is nothing to revoke`() throws {
        #expect(try reply(["objs": "nix", "privs": "SELECT"])["msg"] == "table \"nix\" does not exist")
        let absent = try reply(["objs": "nix,v", "privs": "SELECT", "state": "absent"])
        #expect(absent["changed"] == false)
        #expect(absent["warnings"] == ["table \"nix\" does not exist: it holds no privileges"])
        let gone = try reply(["type": "database", "objs": "prv_gone", "privs": "ALL", "state": "absent"])
        #expect(gone["changed"] == false)
        #expect(try reply(["objs": "v", "privs": "SELECT", "roles": "prv_nix"])["failed"] == true)
        let passed = try reply([
            "objs": "v", "privs": "SELECT", "roles": "prv_nix,prv_bob", "fail_on_role": false,
        ])
        #expect(passed["changed"] == true)
        #expect(passed["warnings"] == ["Role 'prv_nix' does not exist, pass it"])
    }

    @Test func `a role that is gone holds nothing`() throws {
        let absent = try reply(["objs": "v", "privs": "SELECT", "roles": "prv_nix", "state": "absent"])
        #expect(absent["changed"] == false)
        #expect(absent["warnings"]?.array?.first == "Role 'prv_nix' does not exist, pass it")
    }

    @Test(
        arguments: [
            ["type": "table", "objs": "t", "schema": "public"], ["type": "database"],
            ["type": "schema", "objs": "s"],
            ["type": "default_privs", "objs": "TABLES", "schema": "public"],
        ] as [[String: JSONValue]])
    func `in a database that is gone there is nothing to revoke`(task: [String: JSONValue]) throws {
        let gone = task.merging(["login_db": "prv \"gone\"", "privs": "ALL"]) { $1 }
        for checkMode in [true, false] {
            let absent = try reply(gone.merging(["state": "absent"]) { $1 }, checkMode: checkMode)
            #expect(absent["failed"] == nil, "\(absent["msg"] ?? "")")
            #expect(absent["changed"] == false)
            #expect(
                absent["warnings"]
                    == ["database \"prv \"gone\"\" does not exist: nothing in it holds privileges"])
            #expect(try reply(gone, checkMode: checkMode)["failed"] == true)
        }
    }

    /// What is not in the database may be there although the database is not, and another refusal is no sign of its end.
    @Test func `a login that fails otherwise is a failure, with state absent too`() throws {
        let tasks: [[String: JSONValue]] = [
            ["type": "group", "objs": "prv_group", "login_db": "prv_gone"],
            ["type": "database", "objs": "postgres", "privs": "CREATE", "login_db": "prv_gone"],
            ["objs": "v", "privs": "SELECT", "login_db": "postgres", "login_user": "prv_nix"],
            ["objs": "v", "privs": "SELECT", "login_db": "prv_gone", "login_user": "prv_nix"],
            ["objs": "v", "privs": "SELECT", "connect_params": ["dbname": "prv_gone"]],
        ]
        for task in tasks {
            let refused = try reply(task.merging(["state": "absent"]) { $1 })
            #expect(refused["failed"] == true, "\(task)")
            #expect(refused["msg"]?.string?.contains("prv_") == true)
        }
    }

    @Test func `all of a schema needs a schema`() throws {
        let refused = try reply(["objs": "ALL_IN_SCHEMA", "privs": "SELECT", "schema": "not-specified"])
        #expect(refused["failed"] == true)
        let visible = try reply([
            "objs": "pg_class", "privs": "SELECT", "schema": "not-specified", "roles": "PUBLIC",
        ])
        #expect(visible["changed"] == false)
        #expect(visible["failed"] == nil)
    }
}
