import PostgreSQLClient
import SQLClient
import Testing

@testable import ModuleKit

/// Names that break what does not quote: quotes, dots, spaces, percent signs, non-ASCII, 63 bytes, reserved words.
private let oddNames = [
    #"quo"te"#, "it's", "dot.dot", "sp ace", "100%", "çà et là", "SELECT", "back\\slash", "semi;colon", "$1",
    "a--b",
    String(repeating: "x", count: 63), "日本語", "new\nline",
]

/// A task whose second run must change nothing.
struct ConvergenceCase: CustomTestStringConvertible, Sendable {
    let module: String
    let options: [String: JSONValue]
    let absent: [String: JSONValue]
    /// What a check and the run have in common.
    var promise = Promise.reply
    /// What must be there before.
    var needs: SQLStatement = "SELECT 1"

    /// How far a check tells what the run will; playbooks of the peer rely on the ways that are not the whole.
    enum Promise: Equatable {
        /// The whole reply.
        case reply
        /// The difference; a check shows the object as it is, and mostly no statements.
        case diff
    }

    var testDescription: String {
        let kinds = ["type", "obj_type", "state"].compactMap { options[$0]?.string }
        return ([module] + kinds).joined(separator: " ")
    }
}

private typealias Case = ConvergenceCase

/// One for each convergent module: every test with this argument asks the same of all of them.
let convergenceCases =
    [
        Case(
            module: "postgresql_ext",
            options: ["name": "btree_gist", "login_db": "template1", "version": "latest", "comment": "it's"],
            absent: ["name": "btree_gist", "login_db": "template1", "state": "absent"]),
        Case(
            module: "postgresql_idx",
            options: [
                "name": "conv_i", "table": "conv_base", "columns": ["LOWER(name)", "id DESC"],
                "cond": "id != 1",
                "storage_params": ["fillfactor=70"], "concurrent": false,
            ],
            // Of tasks that build one concurrently, the later ones are told that it is being built: no race.
            absent: ["name": "conv_i", "state": "absent", "concurrent": false], promise: .diff,
            needs: "CREATE TABLE IF NOT EXISTS public.conv_base (id int, name text)"),
        Case(
            module: "postgresql_publication",
            options: [
                "name": "conv_p", "tables": ["information_schema.sql_features"], "comment": "it's",
                "parameters": ["publish": "update, insert"],
            ],
            absent: ["name": "conv_p", "state": "absent"], promise: .diff),
        Case(
            module: "postgresql_slot", options: ["name": "conv_slot", "immediately_reserve": true],
            absent: ["name": "conv_slot", "state": "absent"], promise: .diff),
        Case(
            module: "postgresql_subscription",
            options: [
                "name": "conv_b", "login_db": "postgres", "publications": ["conv_p"], "comment": "it's",
                "connparams": ["host": "127.0.0.1", "port": 1, "password": "hunter2 é"],
                "subsparams": ["connect": false, "slot_name": "NONE", "synchronous_commit": "local"],
            ],
            absent: ["name": "conv_b", "login_db": "postgres", "state": "absent"], promise: .diff),
        Case(
            module: "postgresql_table",
            options: [
                "name": "conv_serial", "columns": ["id bigserial primary key", "nom text NOT NULL"],
                "storage_params": ["fillfactor=70"], "owner": "postgres",
            ],
            absent: ["name": "conv_serial", "state": "absent"], promise: .diff),
        Case(
            module: "postgresql_membership",
            options: ["groups": ["pg_read_all_settings"], "target_roles": ["postgres"]],
            absent: ["groups": ["pg_read_all_settings"], "target_roles": ["postgres"], "state": "absent"]),
        Case(
            module: "postgresql_privs",
            options: [
                "type": "schema", "objs": "public", "privs": "ALL", "roles": "pg_read_all_stats",
                "grant_option": true, "login_db": "postgres",
            ],
            absent: [
                "type": "schema", "objs": "public", "privs": "ALL", "roles": "pg_read_all_stats",
                "state": "absent", "login_db": "postgres",
            ]),
        Case(
            module: "postgresql_schema", options: ["name": "conv_s", "comment": "c", "owner": "postgres"],
            absent: ["name": "conv_s", "state": "absent"]),
        Case(
            module: "postgresql_sequence",
            options: ["name": "conv_q", "start": 5, "max": 99, "cycle": true, "owner": "pg_monitor"],
            absent: ["name": "conv_q", "state": "absent"]),
        Case(
            module: "postgresql_table",
            options: [
                "name": "public.conv_t", "owner": "pg_monitor", "storage_params": ["fillfactor=70"],
                "columns": [
                    "id int PRIMARY KEY", "name varchar(9) DEFAULT 'x'", "at timestamptz DEFAULT now()",
                ],
            ],
            absent: ["name": "public.conv_t", "state": "absent"], promise: .diff),
        Case(
            module: "postgresql_owner",
            options: [
                "obj_type": "table", "obj_name": "information_schema.sql_parts", "new_owner": "pg_monitor",
                "login_db": "postgres",
            ],
            absent: [
                "obj_type": "table", "obj_name": "information_schema.sql_parts", "new_owner": "postgres",
                "login_db": "postgres",
            ]),
        Case(
            module: "postgresql_tablespace",
            options: [
                "tablespace": "conv_ts", "location": .string(TestServer.emptyFolder("convergence") ?? ""),
                "owner": "pg_monitor", "set": ["seq_page_cost": 2], "comment": "it's",
            ],
            absent: ["tablespace": "conv_ts", "state": "absent"]),
        Case(
            module: "postgresql_user",
            options: [
                "name": "conv_u", "password": "hunter2 é", "role_attr_flags": "CREATEDB,NOINHERIT",
                "conn_limit": 3,
                "expires": "2031-05-01 12:00+02", "comment": "c",
                "configuration": ["search_path": "a, \"B c\""],
            ], absent: ["name": "conv_u", "state": "absent"]),
        Case(
            module: "postgresql_db",
            options: [
                "name": "conv_d", "owner": "postgres", "conn_limit": 7, "comment": "it's",
                "encoding": "UTF-8",
                "configuration": ["work_mem": "8MB", "search_path": "a, \"B c\""],
            ],
            absent: ["name": "conv_d", "state": "absent"]),
    ] + rarerConvergenceCases + privilegeConvergenceCases

@Suite(.serialized, .enabled(if: TestServer.current != nil, TestServer.skipReason))
struct ModuleConvergenceTests {
    let server: TestServer

    init() throws {
        server = try #require(TestServer.current)
    }

    @Test(arguments: convergenceCases) func `a second run changes nothing`(task: ConvergenceCase) throws {
        try server.execute(task.needs)
        _ = try server.reply(task.module, task.absent)
        #expect(try server.reply(task.module, task.options)["changed"] == true)
        let second = try server.reply(task.module, task.options)
        #expect(second["changed"] == false)
        #expect(second["diff"]?.object?["before"] == second["diff"]?.object?["after"])
        #expect(try server.reply(task.module, task.absent)["changed"] == true)
        #expect(try server.reply(task.module, task.absent)["changed"] == false)
    }

    @Test(arguments: convergenceCases) func `check mode promises what the real run does`(
        task: ConvergenceCase
    ) throws {
        try server.execute(task.needs)
        _ = try server.reply(task.module, task.absent)
        let promised = try server.reply(task.module, task.options, checkMode: true)
        let done = try server.reply(task.module, task.options)
        switch task.promise {
        case .reply: #expect(promised == done)
        case .diff: #expect(promised["diff"] == done["diff"] && done["diff"] != nil)
        }
        #expect(promised["changed"] == true)
        _ = try server.reply(task.module, task.absent)
    }

    @Test(arguments: convergenceCases) func `check mode sends nothing but reads`(task: ConvergenceCase) throws
    {
        try server.execute(task.needs)
        _ = try server.reply(task.module, task.absent)
        let statements = try StatementLog(server).statements(task.module, task.options, checkMode: true)
        #expect(!statements.isEmpty)
        for statement in statements { #expect(statement.isRead, "\(statement.text)") }
    }

    @Test(arguments: convergenceCases) func `an unchanged task needs at most three statements`(
        task: ConvergenceCase
    )
        throws
    {
        try server.execute(task.needs)
        _ = try server.reply(task.module, task.options)
        let statements = try StatementLog(server).statements(task.module, task.options, checkMode: false)
        #expect(!statements.isEmpty)
        #expect(statements.count <= 3, "\(statements.map(\.text))")
        _ = try server.reply(task.module, task.absent)
    }

    @Test(arguments: oddNames) func `odd names are names`(name: String) throws {
        let options: [String: JSONValue] = ["name": .string(name), "comment": .string(name)]
        for module in ["postgresql_schema", "postgresql_db"] {
            let made = try server.reply(module, options)
            #expect(made["changed"] == true, "\(made["msg"] ?? "")")
            #expect(try server.reply(module, options)["changed"] == false)
            #expect(try server.reply(module, ["name": .string(name), "state": "absent"])["changed"] == true)
        }
    }

    @Test(arguments: oddNames) func `roles may have odd names too`(name: String) throws {
        // A role's name may come quoted, therefore one with a quote must.
        let given = name.contains("\"") ? "\"" + name.replacing("\"", with: "\"\"") + "\"" : name
        let options: [String: JSONValue] = [
            "name": .string(given), "comment": .string(name), "password": "pässword",
        ]
        let made = try server.reply("postgresql_user", options)
        #expect(made["changed"] == true, "\(made["msg"] ?? "")")
        #expect(try server.reply("postgresql_user", options)["changed"] == false)
        #expect(
            try server.session().records(
                "SELECT 1 AS one FROM pg_roles WHERE rolname = \(value: .text(name))"
            ).count
                == 1)
        #expect(
            try server.reply("postgresql_user", ["name": .string(given), "state": "absent"])["changed"]
                == true)
    }
}
