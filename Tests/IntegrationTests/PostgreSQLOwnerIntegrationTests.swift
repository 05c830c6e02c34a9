import SQLClient
import Testing

@testable import ModuleKit

/// How an object of a kind is made, and how it goes when it is not part of the test's database.
private struct KindCase: Sendable {
    let kind: String
    let create: @Sendable (String) -> SQLStatement
    var drop: (@Sendable (String) -> SQLStatement)?
    /// What stands behind the name.
    var signature = ""

    init(
        _ kind: String, signature: String = "", drop: (@Sendable (String) -> SQLStatement)? = nil,
        create: @escaping @Sendable (String) -> SQLStatement
    ) {
        self.kind = kind
        self.create = create
        self.drop = drop
        self.signature = signature
    }

    static let all = [
        KindCase("aggregate", signature: "(float8)") {
            "CREATE AGGREGATE \(identifier: $0) (float8) (SFUNC = float8pl, STYPE = float8)"
        },
        KindCase("collation") { "CREATE COLLATION \(identifier: $0) (locale = 'C')" },
        KindCase("conversion") {
            "CREATE CONVERSION \(identifier: $0) FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8"
        },
        KindCase("database", drop: { "DROP DATABASE IF EXISTS \(identifier: $0)" }) {
            "CREATE DATABASE \(identifier: $0) TEMPLATE template0"
        },
        KindCase("domain") { "CREATE DOMAIN \(identifier: $0) AS int" },
        KindCase("event_trigger") {
            "CREATE EVENT TRIGGER \(identifier: $0) ON ddl_command_end EXECUTE FUNCTION own_event()"
        },
        KindCase("foreign_data_wrapper") { "CREATE FOREIGN DATA WRAPPER \(identifier: $0)" },
        KindCase("foreign_table") { "CREATE FOREIGN TABLE \(identifier: $0) (i int) SERVER own_server" },
        KindCase("function", signature: "(int, text)") {
            "CREATE FUNCTION \(identifier: $0)(a int, b text) RETURNS int LANGUAGE sql AS 'SELECT 1'"
        },
        KindCase("language") { "CREATE LANGUAGE \(identifier: $0) HANDLER plpgsql_call_handler" },
        KindCase("matview") { "CREATE MATERIALIZED VIEW \(identifier: $0) AS SELECT 1 AS i" },
        KindCase("procedure", signature: "(a integer)") {
            "CREATE PROCEDURE \(identifier: $0)(a int) LANGUAGE sql AS 'SELECT 1'"
        },
        KindCase("publication") { "CREATE PUBLICATION \(identifier: $0)" },
        KindCase("routine") {
            "CREATE FUNCTION \(identifier: $0)() RETURNS int LANGUAGE sql AS 'SELECT 1'"
        },
        KindCase("schema") { "CREATE SCHEMA \(identifier: $0)" },
        KindCase("sequence") { "CREATE SEQUENCE \(identifier: $0)" },
        KindCase("server") { "CREATE SERVER \(identifier: $0) FOREIGN DATA WRAPPER own_wrapper" },
        KindCase("statistics") { "CREATE STATISTICS \(identifier: $0) ON a, b FROM own_base" },
        KindCase("table") { "CREATE TABLE \(identifier: $0) (i int)" },
        KindCase("tablespace", drop: { "DROP TABLESPACE IF EXISTS \(identifier: $0)" }) {
            "CREATE TABLESPACE \(identifier: $0) LOCATION \(literal: TestServer.emptyFolder("own") ?? "")"
        },
        KindCase("text_search_configuration") {
            "CREATE TEXT SEARCH CONFIGURATION \(identifier: $0) (COPY = simple)"
        },
        KindCase("text_search_dictionary") {
            "CREATE TEXT SEARCH DICTIONARY \(identifier: $0) (TEMPLATE = simple)"
        },
        KindCase("type") { "CREATE TYPE \(identifier: $0) AS ENUM ('a')" },
        KindCase("view") { "CREATE VIEW \(identifier: $0) AS SELECT 1 AS i" },
    ]

    /// Kinds that share a catalog need names of their own.
    func stored(_ name: String) -> String { "\(name) \(kind.prefix(24))" }

    func given(_ name: String) -> JSONValue {
        .string("\"" + stored(name).replacing("\"", with: "\"\"") + "\"" + signature)
    }
}

/// `postgresql_owner` in a database of its own on a real server.
@Suite(.serialized, .enabled(if: TestServer.current != nil, TestServer.skipReason))
final class PostgreSQLOwnerIntegrationTests {
    let server: TestServer
    private static let database = "own_d"
    private static let roles = ["own_super", "own \"new\"", "own_old", "own_login", "own_member"]
    private static let newOwner = "own \"new\""

    init() throws {
        server = try #require(TestServer.current)
        try removeAll()
        try server.execute(
            "CREATE ROLE own_super SUPERUSER LOGIN", "CREATE ROLE \(identifier: Self.newOwner)",
            "CREATE ROLE own_old", "CREATE ROLE own_login LOGIN", "CREATE ROLE own_member",
            "CREATE DATABASE own_d TEMPLATE template0")
        try inside("GRANT CREATE ON SCHEMA public TO PUBLIC")
    }

    deinit {
        try? removeAll()
    }

    private func removeAll() throws {
        try server.execute("DROP DATABASE IF EXISTS own_d")
        for role in Self.roles { try server.execute("DROP ROLE IF EXISTS \(identifier: role)") }
    }

    private func inside(_ statements: SQLStatement...) throws {
        let session = try server.session(database: Self.database)
        for statement in statements { _ = try session.execute(statement) }
        session.close()
    }

    private func reply(_ options: [String: JSONValue], checkMode: Bool = false) throws -> [String: JSONValue]
    {
        let own: [String: JSONValue] = ["login_db": .string(Self.database), "new_owner": "own_super"]
        return try server.reply("postgresql_owner", own.merging(options) { $1 }, checkMode: checkMode)
    }

    /// Large objects, which have a number, are tested below.
    @Test(arguments: ["own_x", "Own \"é\". x"]) func `every kind of object changes its owner once`(
        name: String
    ) throws {
        try inside(
            "CREATE FUNCTION own_event() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'",
            "CREATE FOREIGN DATA WRAPPER own_wrapper",
            "CREATE SERVER own_server FOREIGN DATA WRAPPER own_wrapper",
            "CREATE TABLE own_base (a int, b int)")
        for task in KindCase.all {
            let stored = task.stored(name)
            if let drop = task.drop { try inside(drop(stored)) }
            try inside(task.create(stored))
            defer { if let drop = task.drop { try? inside(drop(stored)) } }
            let options: [String: JSONValue] = [
                "obj_type": .string(task.kind), "obj_name": task.given(name),
            ]
            let promised = try reply(options, checkMode: true)
            let done = try reply(options)
            #expect(promised == done, "\(task.kind)")
            #expect(done["changed"] == true, "\(task.kind): \(done["msg"] ?? "")")
            let again = try reply(options)
            #expect(again["changed"] == false, "\(task.kind)")
            #expect(again["failed"] == nil, "\(task.kind)")
            #expect(again["queries"] == [], "\(task.kind)")
        }
        #expect(KindCase.all.count == 24)
    }

    @Test func `a large object has a number`() throws {
        let session = try server.session(database: Self.database)
        let created = try session.records("SELECT lo_creat(-1)::text AS number")
        let number = try #require(created.first?.text("number"))
        let options: [String: JSONValue] = ["obj_type": "large_object", "obj_name": .string(number)]
        #expect(try reply(options)["queries"] == ["ALTER LARGE OBJECT \(number) OWNER TO \"own_super\""].json)
        #expect(try reply(options)["changed"] == false)
        let wrong = try reply(options.merging(["obj_name": "1; DROP TABLE t"]) { $1 })
        #expect(wrong["msg"] == "1; DROP TABLE t is not the number of a large object")
    }

    @Test func `check mode only reads, and an unchanged task needs two statements`() throws {
        try inside("CREATE TABLE public.own_t (i int)")
        let table: [String: JSONValue] = [
            "obj_type": "table", "obj_name": "own_t", "login_user": "own_super",
        ]
        let roles: [String: JSONValue] = ["reassign_owned_by": ["own_old"], "login_user": "own_super"]
        try inside("CREATE TABLE public.own_o (i int)", "ALTER TABLE public.own_o OWNER TO own_old")
        for (options, mostWhenDone) in [(table, 2), (roles, 1)] {
            let checked = try statements(changed: true) { try reply(options, checkMode: true) }
            #expect(!checked.isEmpty)
            #expect(checked.allSatisfy { $0.contains(": SELECT") }, "\(checked)")
            _ = try reply(options)
            let unchanged = try statements(changed: false) { try reply(options) }
            #expect(unchanged.count == mostWhenDone, "\(unchanged)")
        }
    }

    private func statements(changed: Bool, _ task: () throws -> [String: JSONValue]) throws -> [Substring] {
        let log = try server.logged {
            let reply = try task()
            #expect(reply["changed"] == .bool(changed), "\(reply)")
        }
        return log.split(separator: "\n").filter {
            $0.contains("own_super@") && ($0.contains("statement: ") || $0.contains("execute "))
        }
    }

    // MARK: Names

    @Test func `an object of the same name in another schema is another object`() throws {
        try inside(
            "CREATE SCHEMA a", "CREATE TABLE public.own_t (i int)", "CREATE TABLE a.own_t (i int)",
            "ALTER TABLE public.own_t OWNER TO own_super")
        let other: [String: JSONValue] = ["obj_type": "table", "obj_name": "a.own_t"]
        #expect(try reply(other)["queries"] == ["ALTER TABLE \"a\".\"own_t\" OWNER TO \"own_super\""])
        #expect(try reply(other)["changed"] == false)
        let elsewhere = try reply(other.merging(["obj_name": "postgres.a.own_t"]) { $1 })
        #expect(elsewhere["msg"]?.string?.contains("is in another database than own_d") == true)
        #expect(try reply(other.merging(["obj_name": "own_d.a.own_t"]) { $1 })["changed"] == false)
    }

    @Test func `functions are found as SQL finds them, and shown as playbooks expect`() throws {
        try inside(
            "CREATE FUNCTION public.own_f(x int, VARIADIC y text[]) RETURNS int LANGUAGE sql AS 'SELECT 1'",
            "CREATE FUNCTION public.own_f(x float8) RETURNS int LANGUAGE sql AS 'SELECT 1'",
            "CREATE FUNCTION public.\"select\"() RETURNS int LANGUAGE sql AS 'SELECT 1'",
            "CREATE FUNCTION public.own_g() RETURNS int LANGUAGE sql AS 'SELECT 1'")
        func give(_ name: String, kind: String = "function") throws -> [String: JSONValue] {
            try inside(
                "ALTER FUNCTION own_f(int, text[]) OWNER TO postgres",
                "ALTER FUNCTION own_f(float8) OWNER TO postgres", "ALTER FUNCTION own_g() OWNER TO postgres")
            return try reply(["obj_type": .string(kind), "obj_name": .string(name)])
        }
        for (name, shown) in [
            ("OWN_G", "own_g"), ("public.own_g()", "public.own_g()"), ("own_f(float8)", "own_f(float8)"),
            ("own_f(x double precision)", "own_f(x double precision)"),
            ("own_f(x int, variadic y _text)", "own_f(x int, variadic y _text)"),
            ("own_f(int, text[])", "own_f(int, text[])"), ("select", "\"select\""),
        ] {
            let expected: JSONValue = ["ALTER FUNCTION \(shown) OWNER TO \"own_super\""].json
            let given = try give(name)
            #expect(given["queries"] == expected, "\(name): \(given["msg"] ?? "")")
        }
        let ambiguous = try give("own_f")
        #expect(ambiguous["msg"] == "function name \"own_f\" is not unique")
        #expect(ambiguous["hint"]?.string?.contains("(x double precision)") == true)
        #expect(try give("own_f(date)")["msg"] == "function \"own_f(date)\" does not exist")
        #expect(try give("own_g", kind: "procedure")["msg"] == "procedure \"own_g\" does not exist")
    }

    @Test func `a comment in a signature stays out of the statement`() throws {
        try inside("CREATE FUNCTION public.own_f(int) RETURNS int LANGUAGE sql AS 'SELECT 1'")
        let given = try reply(["obj_type": "function", "obj_name": "own_f(int /* x */)"])
        #expect(given["queries"] == ["ALTER FUNCTION own_f(integer) OWNER TO \"own_super\""])
        let hostile = try reply([
            "obj_type": "function", "obj_name": "own_f(int) OWNER TO own_old; DROP TABLE t; --)",
        ])
        #expect(hostile["failed"] == true)
        #expect(hostile["changed"] == false)
    }

    @Test func `what cannot be is told before, also in check mode`() throws {
        try inside("CREATE FOREIGN DATA WRAPPER own_wrapper")
        for checkMode in [true, false] {
            let nobody = try reply(
                ["new_owner": "own nobody", "obj_type": "schema", "obj_name": "public"], checkMode: checkMode)
            #expect(nobody["msg"] == "Role 'own nobody' does not exist")
            let wrapper = try reply(
                [
                    "new_owner": .string(Self.newOwner), "obj_type": "foreign_data_wrapper",
                    "obj_name": "own_wrapper",
                ], checkMode: checkMode)
            #expect(wrapper["msg"]?.string?.contains("only a superuser can") == true)
            let gone = try reply(["obj_type": "view", "obj_name": "own_gone"], checkMode: checkMode)
            #expect(gone["msg"] == "view \"own_gone\" does not exist")
            for reply in [nobody, wrapper, gone] { #expect(reply["hint"]?.string?.hasSuffix("?") == true) }
        }
        #expect(try reply(["obj_name": "x"])["failed"] == true)
        #expect(try reply([:])["msg"]?.string?.contains("one of the following is required") == true)
    }

    // MARK: Everything of a role

    @Test func `everything of roles goes to another, once`() throws {
        try inside(
            "CREATE TABLE public.own_t (i int)", "ALTER TABLE public.own_t OWNER TO own_old",
            "CREATE SCHEMA own_s AUTHORIZATION own_old")
        let options: [String: JSONValue] = [
            "new_owner": .string(Self.newOwner), "reassign_owned_by": ["own_old"],
        ]
        let promised = try reply(options, checkMode: true)
        let done = try reply(options)
        #expect(promised == done)
        #expect(done["queries"] == ["REASSIGN OWNED BY \"own_old\" TO \"own \"\"new\"\"\""])
        let owned = done["diff"]?.object?["before"]?.object?["owned"]?.object?["own_old"]?.object
        #expect(owned?["objects"] == ["table own_t", "schema own_s"])
        #expect(try reply(options)["changed"] == false)
    }

    /// Both belong to the role and stay with it: a count of them would never come to an end.
    @Test func `default privileges and user mappings are no reason to reassign`() throws {
        try inside(
            "ALTER DEFAULT PRIVILEGES FOR ROLE own_old GRANT SELECT ON TABLES TO PUBLIC",
            "CREATE FOREIGN DATA WRAPPER own_wrapper",
            "CREATE SERVER own_server FOREIGN DATA WRAPPER own_wrapper",
            "CREATE USER MAPPING FOR own_old SERVER own_server")
        let kept = try reply(["reassign_owned_by": ["own_old"]])
        #expect(kept["failed"] == nil, "\(kept["msg"] ?? "")")
        #expect(kept["changed"] == false)
    }

    @Test func `an object of another database is that database's task`() throws {
        try server.execute("CREATE SCHEMA own_elsewhere AUTHORIZATION own_old")
        defer { try? server.execute("DROP SCHEMA IF EXISTS own_elsewhere") }
        #expect(try reply(["reassign_owned_by": ["own_old"]])["changed"] == false)
        let there = try reply(["reassign_owned_by": ["own_old"], "login_db": "postgres"])
        #expect(there["changed"] == true)
    }

    @Test(arguments: ["postgres", "pg_monitor"])
    func `roles of the server itself keep what they own`(role: String) throws {
        let refused = try reply(["reassign_owned_by": [.string(role)]])
        #expect(refused["msg"]?.string?.contains("the database system itself needs them") == true)
    }

    @Test func `roles that do not exist fail, or are passed over with a warning`() throws {
        let options: [String: JSONValue] = ["reassign_owned_by": ["own_gone"]]
        #expect(try reply(options)["msg"] == "Role 'own_gone' does not exist")
        let lenient = try reply(options.merging(["fail_on_role": false]) { $1 })
        #expect(lenient["changed"] == false)
        #expect(lenient["warnings"] == ["Role 'own_gone' does not exist, pass"])
    }

    // MARK: Limited rights

    @Test func `a login role gives away what it may, and is told what it may not`() throws {
        try inside(
            "CREATE TABLE public.own_mine (i int)", "ALTER TABLE public.own_mine OWNER TO own_login",
            "CREATE TABLE public.own_theirs (i int)", "GRANT own_member TO own_login")
        func give(_ table: String, _ role: String) throws -> [String: JSONValue] {
            try reply([
                "login_user": "own_login", "obj_type": "table", "obj_name": .string(table),
                "new_owner": .string(role),
            ])
        }
        #expect(try give("own_mine", "own_member")["changed"] == true)
        #expect(try give("own_mine", "own_member")["changed"] == false)
        #expect(try give("own_theirs", "postgres")["changed"] == false)
        let refused = try give("own_theirs", "own_member")
        #expect(refused["failed"] == true)
        #expect(refused["changed"] == false)
        #expect(refused["sqlstate"] == "42501")
        #expect(refused["statement"] == "ALTER TABLE \"own_theirs\" OWNER TO \"own_member\"")
    }
}

extension [String] {
    fileprivate var json: JSONValue { .strings(self) }
}
