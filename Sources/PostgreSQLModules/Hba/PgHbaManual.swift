import ModuleKit

/// What a person reads about `postgresql_pg_hba`.
enum PgHbaManual {
    static let manual = Manual(
        summary: "Add, change or remove rules of a pg_hba.conf",
        description: [
            "Works on the file itself, without a connection. A rule is found by its type, databases, users and source; method, "
                + "options and comment are what can change. Every other line stays where and as it is: order, comments, "
                + "includes and continued lines.",
            "PostgreSQL takes the first rule that fits. A new rule is therefore placed before the first one that is wider than "
                + "itself; with `sort_rules: false` it comes last.",
            "The file is replaced as a whole: a crash leaves the old file or the new one. Owner, group and mode are kept. With "
                + "`validate` the server checks the new file before the task succeeds, with `reload` it starts to use it.",
        ],
        differences: [
            "Rules that are there are never re-sorted, and comments stay with their rules. Of `sort_rules` remains where new "
                + "rules go, and that a changed rule closes up with the one above it; `overwrite` sorts the rules of the task.",
            "`validate` and `reload` are new.",
            "`comment` is compared too; when it is omitted, the comment of a changed rule stays.",
            "`state: absent` removes every rule with the same type, databases, users and source.",
            "An unknown key in `rules` is refused: mistyped, it would widen the rule to everyone.",
            "`overwrite` without a rule is refused. A file that is understood by PostgreSQL but has lists like `a, b` is read.",
            "`owner`, `group` and `mode` are kept on a change, and set when they differ although no rule does.",
            "A new file has mode 0600. SELinux labels are those of a new file in the folder.",
        ],
        notes: [
            "Rules in included files are not looked at.",
            "Two statements for `validate`, three with `reload` too, only when the file changes; none otherwise.",
        ],
        seeAlso: ["postgresql_audit", "postgresql_alter_system"],
        examples: [
            ManualExample(
                "The application comes from its own network",
                [
                    "dest": "/etc/postgresql/17/main/pg_hba.conf", "contype": "hostssl",
                    "databases": "mairie",
                    "users": "guichet", "address": "10.20.0.0/16", "method": "scram-sha-256",
                    "comment": "counters, since 2026",
                ]),
            ManualExample(
                "Remove the access of a former provider and use the new file at once",
                [
                    "dest": "/etc/postgresql/17/main/pg_hba.conf", "contype": "host", "users": "prestataire",
                    "address": "203.0.113.7/32", "state": "absent", "backup": true, "reload": true,
                ]),
            ManualExample(
                "Several rules with common values",
                [
                    "dest": "/etc/postgresql/17/main/pg_hba.conf", "rules_behavior": "combine",
                    "contype": "hostssl",
                    "address": "2001:db8::/64", "method": "scram-sha-256",
                    "rules": [
                        ["users": "etat_civil", "databases": "mairie"],
                        ["users": "urbanisme", "databases": "mairie", "comment": "planning office"],
                    ],
                ]),
            ManualExample("Read the rules", ["dest": "/etc/postgresql/17/main/pg_hba.conf"]),
        ],
        returns: [
            ManualReturn(
                "msgs", type: "list", sample: ["Adding rule local\tall\tall\tpeer", "Changed", "Writing"],
                doc: "What was done."),
            ManualReturn(
                "backup_file", type: "str", returned: "when a backup was made",
                sample: "/etc/postgresql/17/main/pg_hba.conf.4711.2026-05-01@08:30:00~",
                doc: "The copy of the old file."),
            ManualReturn(
                "pg_hba", type: "list",
                sample: [["db": "all", "method": "md5", "src": "samehost", "type": "host", "usr": "all"]],
                doc: "The rules of the file after the task, in their order."),
            ManualReturn(
                "pg_hba_string", type: "str", sample: "local\tall\tall\tpeer\n",
                doc: "The text of the file after the task."),
        ])
}
