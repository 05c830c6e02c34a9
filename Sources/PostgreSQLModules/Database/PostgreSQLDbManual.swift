import ModuleKit

extension PostgreSQLDbModule {
    /// What a person reads.
    public static let manual = Manual(
        summary: "Create, change, rename, drop, dump or restore a PostgreSQL database",
        description: [
            "Brings a database into the wanted state. What cannot be changed later (encoding, locale) is compared and "
                + "a difference is a failure, never a silent success.",
            "A dump is written beside its target, read back to its end, and only then takes the target's name: a failed or killed "
                + "dump leaves the previous one as it was. The file has mode 0600. For many databases, with a manifest, row "
                + "counts and a catalogue, use `postgresql_backup`.",
            "A restore reads the whole file first and refuses one that is damaged or has no end mark. It then loads everything in "
                + "one transaction, or nothing: a database that is already filled stays as it is.",
        ],
        differences: [
            "Dump: every program's exit status counts, also the compressor's; the end mark of SQL text is required, archives are "
                + "read by pg_restore. Theirs reports `changed` for a truncated file when the disk is full at its last block.",
            "Restore of what pg_dump made: psql stops at the first error and one transaction holds everything; pg_restore runs "
                + "with `--exit-on-error --single-transaction`. Theirs reports `changed` when statements failed. With `--jobs`, "
                + "`--create` or `--transaction-size` in `target_opts`, for pg_dumpall's files, and for SQL that pg_dump did "
                + "not make, there is no such transaction; `target_opts: --set=ON_ERROR_STOP=0` brings theirs back for SQL text.",
            "`target_opts` and `dump_extra_args` are split into words as a shell does, but no shell runs them: pipes, "
                + "redirections and `$` are refused. So is a password in them, which every user of the host could see, and "
                + "`--file`, since `target` is the file. For SQL text `--compress` is refused, too: the suffix of `target` says "
                + "whether and how it is compressed.",
            "`CREATE SCHEMA public` at the head of a dump of that schema alone is run with `IF NOT EXISTS`.",
            "A custom archive is restored by pg_restore whatever its suffix. A folder that holds an earlier dump is replaced as "
                + "a file is.",
            "Check mode of dump and restore connects, looks for programs, folder and file, proves the file of a restore, and "
                + "returns the command. Theirs looks at nothing and says unchanged.",
            "`session_role` holds for SQL text too.",
            "`executed_commands` and `diff` are the same in check mode as in a real run; only for `state: rename` the list is empty in "
                + "check mode, as theirs is.",
            "`configuration` has the settings of the database, as that of postgresql_user has those of a role. Settings of one "
                + "role in the database are left alone.",
            "In check mode an owner or tablespace that does not exist fails as the real run would.",
            "Locale names are compared as the operating system does: `fr_FR.UTF-8` and `fr_FR.utf8` are the same.",
        ],
        seeAlso: ["postgresql_schema", "postgresql_user", "postgresql_backup"],
        examples: [
            ManualExample(
                "Database of the town hall",
                [
                    "name": "mairie", "owner": "own_mairie", "encoding": "UTF8", "template": "template0",
                    "comment": "Base de la mairie",
                    "configuration": ["timezone": "Europe/Paris", "search_path": "referentiel, public"],
                ]),
            ManualExample(
                "Rename a database", ["name": "mairie_neuve", "state": "rename", "target": "mairie"]),
            ManualExample(
                "Dump to a compressed file",
                ["name": "mairie", "state": "dump", "target": "/var/backups/mairie.sql.gz"]),
            ManualExample(
                "Dump without the journal, for pg_restore",
                [
                    "name": "mairie", "state": "dump", "target": "/var/backups/mairie.pgc",
                    "dump_extra_args": "--exclude-table-data='journal.*'",
                ]),
            ManualExample(
                "Restore as the owner",
                [
                    "name": "mairie", "state": "restore", "target": "/var/backups/mairie.pgc",
                    "session_role": "own_mairie", "target_opts": "--no-owner",
                ]),
            ManualExample(
                "Drop a database that is in use", ["name": "essai", "state": "absent", "force": true]),
        ],
        returns: [
            ManualReturn("db", type: "str", sample: "mairie", doc: "Name of the database."),
            ManualReturn(
                "executed_commands", type: "list",
                sample: ["CREATE DATABASE \"mairie\" OWNER \"own_mairie\""],
                doc:
                    "Statements, or the command of a dump or restore, that were executed, or would be in check mode."
            ),
            ManualReturn(
                "cmd", type: "str", returned: "for dump and restore",
                sample:
                    "/usr/lib/postgresql/15/bin/pg_dump --dbname=mairie --format=custom --file=/var/backups/mairie.pgc",
                doc: "The command as a person would write it; passwords are never part of it."),
            ManualReturn(
                "target", type: "str", returned: "for dump and restore", sample: "/var/backups/mairie.pgc",
                doc: "The file."),
            ManualReturn(
                "rc", type: "int", returned: "for dump and restore, not in check mode", sample: 0,
                doc: "Exit status of the program, 128 and more for a signal."),
            ManualReturn(
                "msg", type: "str", returned: "for dump and restore, not in check mode", sample: "COPY 1204",
                doc: "The end of what the program wrote, or why it failed."),
            ManualReturn(
                "stderr", type: "str", returned: "for dump and restore, not in check mode", sample: "",
                doc: "The end of what the programs said on standard error."),
        ])
}
