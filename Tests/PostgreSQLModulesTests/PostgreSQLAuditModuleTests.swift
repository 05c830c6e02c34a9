import SQLClient
import TestKit
import Testing

@testable import ModuleKit
@testable import PostgreSQLModules

/// Rows as PostgreSQL 15.20 gave them, cut to the roles and objects that the tests are about.
private enum Recorded {
    static func server(canReadAll: Bool, login: String = "postgres") -> SQLResult {
        SQLResult(
            columns: [
                "version", "database", "database_owner", "login", "is_superuser", "is_in_recovery", "day",
                "can_read_passwords", "can_read_host_rules",
            ],
            rows: [
                [
                    .text("15.20 (Debian 15.20-0+deb12u1)"), .text("audit_probe"), .int(10), .text(login),
                    .bool(canReadAll), .bool(false), .text("2026-11-23"), .bool(canReadAll),
                    .bool(canReadAll),
                ]
            ])
    }

    static func roles(withPasswords: Bool) -> SQLResult {
        func row(
            _ id: Int64, _ name: String, superuser: Bool = false, login: Bool = false,
            comment: SQLValue = .null,
            password: String = "none"
        ) -> [SQLValue] {
            [
                .int(id), .text(name), .bool(superuser), .bool(login), .bool(superuser), .bool(superuser),
                comment,
                withPasswords ? .text(password) : .null,
            ]
        }
        return SQLResult(
            columns: [
                "id", "name", "is_superuser", "can_login", "is_replication", "bypasses_rls", "comment",
                "password",
            ],
            rows: [
                row(16391, "a_group", comment: .text("c")),
                row(16392, "a_login", login: true, comment: .text("c")),
                row(16397, "a_md5", login: true, comment: .text("c"), password: "md5"),
                row(16393, "a_owner", comment: .text("c")),
                row(16395, "a_seen", login: true, comment: .text("c")),
                row(4571, "pg_execute_server_program"),
                row(10, "postgres", superuser: true, login: true, comment: .text("c")),
            ])
    }

    static let memberships = SQLResult(
        columns: ["role", "member", "has_admin", "inherits", "can_set"],
        rows: [
            [.int(4571), .int(16391), .bool(false), .bool(true), .bool(true)],
            [.int(16391), .int(16392), .bool(false), .bool(true), .bool(true)],
        ])

    static let settings = SQLResult(
        columns: ["name", "setting", "source"],
        rows: [
            ["allow_system_table_mods", "off", "default"], ["data_checksums", "on", "default"],
            ["fsync", "on", "default"], ["full_page_writes", "on", "default"],
            ["ignore_system_indexes", "off", "default"], ["log_connections", "off", "default"],
            ["log_disconnections", "off", "default"],
            ["password_encryption", "scram-sha-256", "configuration file"],
            ["zero_damaged_pages", "off", "default"],
        ].map { $0.map(SQLValue.text) })

    static let ownerships = SQLResult(
        columns: ["owner", "database", "schema", "kind", "count", "examples"],
        rows: [
            [
                .int(16392), .text("audit_probe"), .text("app"), .text("tables"), .int(1),
                .array([.text("mine")]),
            ]
        ])

    static let routines = SQLResult(
        columns: [
            "id", "schema", "name", "arguments", "is_procedure", "is_trigger", "owner", "settings",
        ],
        rows: [
            [
                .int(16406), .text("app"), .text("loose"), .text("i integer, t text"), .bool(false),
                .bool(false),
                .int(10), .array([]),
            ]
        ])

    static let tables = SQLResult(
        columns: [
            "id", "schema", "name", "owner", "is_forced", "is_partition", "policy", "command",
            "is_permissive",
            "policy_roles",
        ],
        rows: [
            [
                .int(16399), .text("app"), .text("closed"), .int(16393), .bool(false), .bool(false), .null,
                .null,
                .null, .null,
            ],
            [
                .int(16402), .text("app"), .text("shared"), .int(16393), .bool(false), .bool(false),
                .text("seen"),
                .text("*"), .bool(true), .array([.int(16395)]),
            ],
        ])

    static let grants = SQLResult(
        columns: [
            "class", "id", "schema", "name", "column", "grantee", "privilege", "is_default",
        ],
        rows: [
            [
                .text("database"), .int(16389), .null, .text("audit_probe"), .null, .int(0), .text("CONNECT"),
                .bool(true),
            ],
            [
                .text("routine"), .int(16406), .text("app"), .text("loose"), .null, .int(0), .text("EXECUTE"),
                .bool(true),
            ],
            [
                .text("table"), .int(16402), .text("app"), .text("shared"), .null, .int(16392),
                .text("SELECT"),
                .bool(false),
            ],
        ])

    static let hostRules = SQLResult(
        columns: [
            "file", "line", "type", "databases", "users", "address", "netmask", "method", "is_broken",
        ],
        rows: [
            [
                .text("pg_hba.conf"), .int(1), .text("local"), .array([.text("all")]), .array([.text("all")]),
                .null, .null, .text("trust"), .bool(false),
            ]
        ])

    static func answers(canReadAll: Bool) -> [Result<SQLResult, SQLFailure>] {
        let server = server(canReadAll: canReadAll, login: canReadAll ? "postgres" : "a_monitor")
        let all = [
            SQLResult(), SQLResult(), server, roles(withPasswords: canReadAll), memberships, settings,
            ownerships, routines, tables, grants,
        ]
        return (all + (canReadAll ? [hostRules] : [])).map(Result.success)
    }
}

@Suite struct PostgreSQLAuditModuleTests {
    private func session(canReadAll: Bool = true) -> ScriptedSession {
        ScriptedSession(answers: Recorded.answers(canReadAll: canReadAll), serverVersion: 150_020)
    }

    private func reply(
        _ options: [String: JSONValue] = [:], _ session: ScriptedSession
    ) -> AnyModule.Outcome {
        let module = AnyModule(PostgreSQLAuditModule.self, connector: ScriptedConnector(session))
        return module.perform(
            AnyModule.Task(
                options: options.merging(["login_db": "audit_probe"]) { $1 }, checkMode: false,
                diffMode: false,
                noLog: false, verbosity: 0,
                coercion: CoercionContext(environment: [:], parseJSON: { _ in nil })),
            OperatingSystem())
    }

    private func rules(_ outcome: AnyModule.Outcome, _ status: String) -> [String] {
        (outcome.reply["findings"]?.array ?? []).compactMap {
            $0.object?["status"]?.string == status ? $0.object?["rule"]?.string : nil
        }
    }

    @Test func `an audit is twelve statements in one session, and each of them only reads`() {
        let session = session()
        _ = reply([:], session)
        #expect(session.statements.count == 12)
        #expect(session.isClosed)
        #expect(session.statements[0].contains("'default_transaction_read_only', 'on'"))
        #expect(session.statements[0].contains("'lock_timeout', '1s'"))
        #expect(session.statements[1] == "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        #expect(session.statements.last == "ROLLBACK")
        for statement in session.statements[2..<11] { #expect(statement.hasPrefix("SELECT ")) }
        #expect(!session.statements.contains { $0.contains("information_schema.") })
    }

    @Test func `the number of statements does not grow with rules or findings`() {
        let session = session()
        _ = reply(["rules": ["PG-CFG-01"]], session)
        #expect(session.statements.count == 12)
    }

    @Test func `defects are found and nothing is changed`() {
        let outcome = reply([:], session())
        #expect(outcome.failed == false)
        #expect(outcome.reply["changed"] == false)
        #expect(
            rules(outcome, "fail") == [
                "PG-ACL-06", "PG-ROL-02", "PG-ROL-07", "PG-NET-01", "PG-OBJ-01", "PG-OBJ-03", "PG-PWD-01",
                "PG-ACL-03", "PG-LOG-01", "PG-LOG-01", "PG-RLS-03", "PG-RLS-04",
            ])
        #expect(rules(outcome, "not_evaluated") == [])
        #expect(outcome.reply["server"]?.object?["version_num"] == 150_020)
        #expect(outcome.reply["rules_evaluated"]?.array?.count == AuditCatalogue.rules.count)
    }

    @Test func `a login that may not look gets reasons, not passes`() {
        let session = session(canReadAll: false)
        let outcome = reply(["fail_on": "low", "rules": ["PG-PWD-01", "PG-NET-01", "PG-CFG-01"]], session)
        #expect(session.statements.count == 11)
        #expect(!session.statements.contains { $0.contains("rolpassword IS NULL") })
        #expect(outcome.failed == false)
        #expect(rules(outcome, "not_evaluated") == ["PG-NET-01", "PG-PWD-01"])
        #expect(rules(outcome, "pass") == ["PG-CFG-01"])
        #expect(outcome.reply["warnings"]?.array?.count == 1)
    }

    @Test func `an unreadable pg_hba file costs one rule, not the audit`() {
        let session = session()
        session.answers[10] = .failure(
            .refused(SQLServerMessage(sqlState: "58P01", text: "could not open file \"pg_hba.conf\"")))
        let outcome = reply([:], session)
        #expect(outcome.failed == false)
        #expect(rules(outcome, "not_evaluated") == ["PG-NET-01"])
        #expect(session.statements.last == "ROLLBACK")
    }

    @Test(arguments: ["critical", "high", "medium", "low"])
    func `a threshold fails the task and names the rules`(threshold: String) {
        let outcome = reply(["fail_on": .string(threshold), "rules": ["PG-ROL-02", "PG-ACL-03"]], session())
        #expect(outcome.failed)
        #expect(outcome.reply["failed"] == true)
        #expect(outcome.reply["changed"] == false)
        #expect(outcome.reply["msg"]?.string?.contains("PG-ROL-02") == true)
        #expect(outcome.reply["findings"]?.array?.count == 2)
    }

    @Test func `a waived finding does not fail the task, an expired waiver does`() {
        func waiver(_ day: String) -> JSONValue {
            [["key": "PG-ROL-02-*", "reason": "r", "author": "a", "expires_on": .string(day)]]
        }
        let rules: JSONValue = ["PG-ROL-02", "PG-AUD-01"]
        let valid = reply(["fail_on": "medium", "rules": rules, "waivers": waiver("2026-11-23")], session())
        #expect(!valid.failed)
        #expect(self.rules(valid, "waived") == ["PG-ROL-02"])
        let expired = reply(
            ["fail_on": "medium", "rules": rules, "waivers": waiver("2026-11-22")], session())
        #expect(expired.failed)
        #expect(self.rules(expired, "fail") == ["PG-ROL-02", "PG-AUD-01"])
    }

    @Test(
        arguments: [
            (["rules": ["PG-XXX-*"]], "no rule fits: PG-XXX-*"),
            (["exclude": ["PG-ROL-1"]], "no rule fits: PG-ROL-1"),
            (["exclude": ["*"]], "rules and exclude leave no rule to apply"),
            (["waivers": [["key": "x"]]], "waivers: entry 1: reason is missing"),
            (["declared": ["admins": ["x"]]], "declared: unknown key admins"),
            (["fail_on": "severe"], "value of fail_on must be one of"),
        ] as [([String: JSONValue], String)])
    func `a wrong option is told before the server is asked`(options: [String: JSONValue], text: String) {
        let session = session()
        let outcome = reply(options, session)
        #expect(outcome.failed)
        #expect(outcome.reply["msg"]?.string?.contains(text) == true, "\(outcome.reply["msg"] ?? "")")
        #expect(session.statements == [])
    }

    @Test func `an old server is told, not half audited`() {
        let session = ScriptedSession(serverVersion: 120_022)
        let outcome = reply([:], session)
        #expect(outcome.failed)
        #expect(outcome.reply["msg"]?.string?.contains("needs PostgreSQL 13") == true)
    }

    @Test func `a refused catalog fails the task with the server's words`() {
        let session = session()
        session.answers[3] = .failure(
            .permissionDenied(
                SQLServerMessage(sqlState: "42501", text: "permission denied for view pg_roles")))
        let outcome = reply([:], session)
        #expect(outcome.failed)
        #expect(outcome.reply["sqlstate"] == "42501")
    }

    @Test func `memberships are asked for in the words of the version`() {
        func statement(_ version: Int) -> String {
            AuditQueries.memberships(AuditVersions(server: version)).shown(for: .postgreSQL)
        }
        #expect(statement(150_020).contains("u.rolinherit"))
        #expect(statement(160_000).contains("m.set_option"))
        #expect(
            AuditQueries.hostRules(AuditVersions(server: 130_000)).shown(for: .postgreSQL)
                .contains("'pg_hba.conf'::text"))
    }
}
