import BackupKit
import ModuleKit
import SQLClient

/// `postgresql_backup`: logical backups that are either complete and verified, or not there.
public enum PostgreSQLBackupModule: Module {
    /// The options.
    public typealias Arguments = PostgreSQLBackupArguments

    /// The name inside the collection.
    public static let name = "postgresql_backup"

    /// What a person reads.
    public static let manual = Manual(
        summary: "Back PostgreSQL databases up",
        description: [
            "Dumps databases with pg_dump into a repository. A backup appears under its name only when every program "
                + "succeeded, every file is durable, the dump was read back to its end and the manifest is written; a run "
                + "that dies leaves nothing but work for the next one to move aside.",
            "With `min_interval` the task is idempotent: a complete backup that is young enough makes it change nothing.",
            "Row counts in the manifest are counted in the snapshot that pg_dump reads, so that a restore can be compared "
                + "with them exactly.",
        ],
        notes: [
            "Check mode connects, looks at sizes, space, the lock and the catalogue, and returns the plan.",
            "`site`, `cluster` and `backup_id` name the folder: `<repository>/<site>/postgresql/<cluster>/<backup_id>/`.",
        ],
        seeAlso: ["postgresql_db", "postgresql_audit"],
        examples: [
            ManualExample(
                "Nightly backup of the town hall's database",
                [
                    "repository": "/var/backups/vigie", "databases": ["mairie"], "min_interval": "20h",
                    "login_user": "svc_sauvegarde",
                ]),
            ManualExample(
                "Everything, ahead of an upgrade",
                [
                    "repository": "/var/backups/vigie", "label": "avant 15.19", "keep_until": "2027-12-31",
                    "compression": "zstd", "compression_level": 3,
                ]),
        ],
        returns: [
            ManualReturn(
                "backup_id", type: "str", sample: "20261122T214803Z-logical-7f3a", doc: "The backup."),
            ManualReturn(
                "path", type: "str",
                sample: "/var/backups/vigie/local/postgresql/main/20261122T214803Z-logical-7f3a",
                doc: "Its folder."),
            ManualReturn("bytes_raw", type: "int", sample: 834_666_496, doc: "Bytes out of pg_dump."),
            ManualReturn("bytes_stored", type: "int", sample: 326_107_136, doc: "Bytes on disk."),
            ManualReturn("duration_s", type: "float", sample: 33.29, doc: "Seconds."),
            ManualReturn("throughput", type: "float", sample: 25.1, doc: "Raw megabytes per second."),
            ManualReturn(
                "sha256", type: "dict", sample: ["mairie.dump.zst": "9f86d0…"], doc: "Hash of every file."),
            ManualReturn(
                "verify", type: "dict", sample: ["level": "structure", "result": "ok"],
                doc: "What was proven."),
            ManualReturn(
                "catalog_entry", type: "dict", sample: ["seq": 412], doc: "The line of the catalogue."),
            ManualReturn(
                "plan", type: "dict", returned: "in check mode", sample: ["databases": ["mairie"]],
                doc: "What would be done."),
        ])

    /// Makes the backup, unless a young one is there.
    public static func run(_ arguments: Arguments, in context: ModuleContext) throws(ModuleFailure) -> Reply {
        try arguments.connection.requireTrusted(arguments.databases + arguments.exclude)
        let wishes = try BackupWishes(arguments)
        let session = try arguments.connection.session(
            database: arguments.database, module: name, in: context)
        defer { session.close() }
        let source = try BackupSource.observe(session)
        let work = try BackupWork(
            arguments: arguments, wishes: wishes, source: source, session: session, context: context)
        return context.checkMode ? try work.plan() : try work.perform()
    }
}
