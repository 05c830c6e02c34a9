import Digests
import ModuleKit
import SQLClient

/// `postgresql_audit`: what is dangerous about the roles, privileges and settings of a server?
public enum PostgreSQLAuditModule: Module {
    /// The options.
    public struct Arguments: ModuleArguments {
        let connection: PostgreSQLConnectionArguments
        let database: String
        let rules: [String]
        let exclude: [String]
        let declared: ArgumentDictionary
        let waivers: [ArgumentDictionary]
        let failOn: Threshold

        enum Threshold: String, ArgumentChoice {
            case none, critical, high, medium, low

            /// `nil` means that no finding fails the task.
            var severity: AuditSeverity? { AuditSeverity(rawValue: rawValue) }
        }

        /// Declares and reads the options.
        public init(form: inout ArgumentForm) {
            database = form.required(
                "login_db", aliases: ["db", "database"],
                doc: "Database to connect to; the rules about schemas, tables and functions look at this one."
            )
            rules = form.defaulted(
                "rules", to: ["*"],
                doc:
                    "Rules to apply, as globs over their ids (`PG-ROL-*`). A glob that fits no rule is an error."
            )
            exclude = form.defaulted(
                "exclude", to: [],
                doc: "Rules to leave out, as globs over their ids. A glob that fits no rule is an error.")
            declared = form.defaulted(
                "declared", to: ArgumentDictionary([:]),
                doc:
                    "Roles that may have power, as lists of names or globs under the keys `superusers` (PG-ROL-01, "
                    + "PG-ROL-02), `bypassrls` (PG-ROL-04), `replication` (PG-ROL-05), `server_files` (PG-ROL-02, "
                    + "PG-ROL-07) and `owners` (PG-OBJ-01).")
            waivers = form.defaulted(
                "waivers", to: [],
                doc:
                    "Findings that are accepted for a time: dictionaries with `key` (key of a finding, or a glob), "
                    + "`reason`, `author` and `expires_on` (last day, `YYYY-MM-DD`), all mandatory. After that day the "
                    + "finding counts again, and PG-AUD-01 reports the waiver.")
            failOn = form.defaulted(
                "fail_on", to: Threshold.none,
                doc:
                    "Fail the task when a finding that is not waived is at least this bad; `none` only reports."
            )
            connection = PostgreSQLConnectionArguments(form: &form)
        }
    }

    /// The name inside the collection.
    public static let name = "postgresql_audit"

    /// What a person reads.
    public static let manual = Manual(
        summary: "Audit the security of a PostgreSQL server",
        description: [
            "Reads roles, memberships, privileges, row-level security, functions, settings and, where it may, "
                + "`pg_hba.conf`, and applies the rules of its catalogue (docs/reference/audit-rules.md). It changes "
                + "nothing: one session, one read-only transaction, at most twelve statements.",
            "A rule that may not read what it needs answers `not_evaluated` with the reason, never `pass`.",
        ],
        notes: [
            "A role that holds only `pg_monitor` is enough for all rules but PG-PWD-01 and PG-NET-01. For these grant it "
                + "SELECT on the columns oid and rolpassword of pg_authid, SELECT on the view pg_hba_file_rules and EXECUTE "
                + "on the function pg_hba_file_rules(). Of a password only its kind leaves the server.",
            "`remediation_sql` is text for people: read it, adapt it, test it. The module never executes it.",
            "Statements are limited to 60 seconds, waits for a lock to one second. Days are days in UTC by the server's "
                + "clock.",
        ],
        seeAlso: ["postgresql_ping", "postgresql_query"],
        examples: [
            ManualExample(
                "Report everything, write the reply to a file later",
                ["login_db": "mairie", "login_user": "audit_lecture"]),
            ManualExample(
                "Stop the playbook at serious findings",
                [
                    "login_db": "mairie", "fail_on": "high", "exclude": ["PG-CFG-01"],
                    "declared": ["superusers": ["dba_*"], "replication": ["svc_replica"]],
                    "waivers": [
                        [
                            "key": "PG-ACL-03-*", "reason": "network is closed by the firewall",
                            "author": "RSSI", "expires_on": "2027-06-30",
                        ]
                    ],
                ]),
        ],
        returns: returns)

    private static let returns = [
        ManualReturn(
            "findings", type: "list",
            sample: [
                [
                    "rule": "PG-ROL-04", "severity": "high", "title": "Role passes row-level security",
                    "status": "fail", "key": "PG-ROL-04-77b2c0d9f35a1e64",
                    "object": [
                        "type": "role", "database": .null, "schema": .null, "name": "svc_export",
                        "column": .null,
                    ],
                    "evidence": "svc_export: holds BYPASSRLS", "path": [],
                    "remediation_sql": ["ALTER ROLE \"svc_export\" NOBYPASSRLS"],
                    "risk_of_remediation": "The role sees only the rows that policies give it.", "cis": "4.7",
                    "reason": .null, "waiver": .null,
                ]
            ],
            doc:
                "One entry per defect, failures first; a rule without defects gives one entry with status `pass`, "
                + "what could not be looked at one with `not_evaluated` and its `reason`, a waived defect one with "
                + "`waived` and the `waiver`."),
        ManualReturn(
            "summary", type: "dict",
            sample: [
                "status": ["fail": 3, "not_evaluated": 2, "waived": 1, "pass": 15],
                "failures": ["critical": 1, "high": 2, "medium": 0, "low": 0, "info": 0],
            ], doc: "Findings by status, and failing ones by severity."),
        ManualReturn(
            "rules_evaluated", type: "list", sample: ["PG-ROL-01", "PG-ROL-02"],
            doc: "Rules of which every part could be looked at."),
        ManualReturn(
            "server", type: "dict",
            sample: [
                "version": "15.18", "version_num": 150_018, "database": "mairie", "login": "audit_lecture",
                "login_is_superuser": false, "is_in_recovery": false, "day": "2026-11-22",
            ], doc: "What was audited, by whom and when."),
        ManualReturn(
            "msg", type: "str", returned: "when `fail_on` fails the task",
            sample: "3 findings of severity high or worse: PG-OBJ-01, PG-ROL-01", doc: "Why the task failed."),
    ]

    /// Reads the facts, applies the rules, answers.
    public static func run(_ arguments: Arguments, in context: ModuleContext) throws(ModuleFailure) -> Reply {
        try arguments.connection.requireTrusted([arguments.database])
        let policy = try AuditPolicy(
            declared: arguments.declared.members, waivers: arguments.waivers.map(\.members))
        let selection = AuditCatalogue.selection(
            include: arguments.rules.map(NamePattern.init), exclude: arguments.exclude.map(NamePattern.init))
        guard selection.unknown.isEmpty else {
            throw .impossible(
                "no rule fits: \(selection.unknown.joined(separator: ", "))",
                hint: "which ids are in docs/reference/audit-rules.md?")
        }
        guard !selection.rules.isEmpty else {
            throw .impossible("rules and exclude leave no rule to apply", hint: nil)
        }
        let facts = try facts(arguments, in: context)
        let report: AuditReport
        do throws(CryptoFailure) {
            report = try AuditReport(facts: facts, policy: policy, rules: selection.rules)
        } catch {
            throw .host(error.message, hint: error.hint)
        }
        return reply(report, failOn: arguments.failOn)
    }

    private static func facts(_ arguments: Arguments, in context: ModuleContext) throws(ModuleFailure)
        -> AuditFacts
    {
        let session = try arguments.connection.session(
            database: arguments.database, module: name, in: context)
        defer { session.close() }
        return try AuditFactsReader(session: session).facts()
    }

    private static func reply(_ report: AuditReport, failOn threshold: Arguments.Threshold) -> Reply {
        var reply = Reply(changed: false, facts: report.facts, warnings: report.warnings)
        guard let severity = threshold.severity else { return reply }
        let failures = report.failures(atLeast: severity)
        if !failures.isEmpty {
            let rules = Set(failures.map(\.rule)).sorted().joined(separator: ", ")
            reply.facts["failed"] = true
            reply.facts["msg"] = .string(
                "\(failures.count) findings of severity \(severity.rawValue) or worse: \(rules)")
        }
        return reply
    }
}
