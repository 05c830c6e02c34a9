import ModuleKit

extension PostgreSQLTableModule {
    /// What a person reads.
    public static let manual = Manual(
        summary: "Create, check, change, truncate or drop a PostgreSQL table",
        description: [
            "Brings a table into the wanted state: existence, owner, tablespace, storage parameters and columns.",
            "The columns of a table that exists already are compared with what the task writes: type, collation, NOT NULL, "
                + "default, identity, computed value, and the primary key. Only what is written is compared: `id integer` says "
                + "nothing about NOT NULL. Types and defaults are compared as the server understands them, not as text: `int` "
                + "and `integer`, `'5'` and `5` are the same.",
            "A difference fails the task and is named. With `converge: true` the table is changed where no value can get "
                + "lost: columns are added, types widened (`integer` to `bigint`, `varchar(20)` to `text`), NOT NULL and "
                + "defaults set or dropped, `unlogged` switched. A narrower type, another primary key, identity or computed "
                + "column stays an error.",
        ],
        differences: [
            "community.postgresql 4.2 leaves out `columns` and `unlogged` of an existing table in silence. Here they are "
                + "compared, and a difference is an error unless `converge: true` allows to change the table.",
            "`truncate` is changed only when the table, or one below it, takes up room; there it always is.",
            "A name without schema is looked for along the search path, where CREATE TABLE puts it, not only in `public`.",
            "`owner` together with `like` is set; a table that exists already is unchanged with `like`, not a failure.",
            "`rename` of a table that already has its new name is unchanged.",
            "Storage parameters are compared by value: `autovacuum_enabled=off` and `false` are the same.",
        ],
        notes: [
            "UNIQUE, CHECK, FOREIGN KEY and EXCLUDE constraints are made with the table, and not compared afterwards.",
            "A new type may rewrite the table, SET NOT NULL reads it, and both lock it meanwhile.",
            "To compare types and defaults the server is asked with EXPLAIN, which executes nothing.",
            "In check mode `state`, `owner`, `tablespace` and `storage_params` are those of the table as it is.",
        ],
        seeAlso: ["postgresql_idx", "postgresql_sequence", "postgresql_schema"],
        examples: [
            ManualExample(
                "Counters of the town hall",
                [
                    "table": "rdv.guichet", "login_db": "mairie", "owner": "own_rdv",
                    "columns": [
                        "id bigint GENERATED ALWAYS AS IDENTITY", "nom varchar(60) NOT NULL",
                        "ouvert boolean NOT NULL DEFAULT true", "PRIMARY KEY (id)",
                    ],
                    "storage_params": ["fillfactor=90"],
                ]),
            ManualExample(
                "The same with one more column, added to the table that exists",
                [
                    "table": "rdv.guichet", "login_db": "mairie",
                    "columns": ["nom text NOT NULL", "etage smallint DEFAULT 0"], "converge": true,
                ]),
            ManualExample(
                "Empty copy of another table",
                [
                    "table": "rdv.guichet_essai", "login_db": "mairie", "like": "rdv.guichet",
                    "including": "defaults,constraints,indexes",
                ]),
            ManualExample(
                "Empty a staging table", ["table": "import.lot", "login_db": "mairie", "truncate": true]),
            ManualExample(
                "Drop a table with the views that use it",
                ["table": "rdv.guichet_essai", "login_db": "mairie", "state": "absent", "cascade": true]),
        ],
        returns: [
            ManualReturn("table", type: "str", sample: "rdv.guichet", doc: "Name of the table, as given."),
            ManualReturn(
                "state", type: "str", sample: "present",
                doc: "Whether it exists; with `rename`, under its new name."),
            ManualReturn("owner", type: "str", sample: "own_rdv", doc: "Its owner."),
            ManualReturn(
                "tablespace", type: "str", sample: "",
                doc: "Its tablespace; empty for the database's default."),
            ManualReturn(
                "storage_params", type: "list", sample: ["fillfactor=90"], doc: "Its storage parameters."),
            ManualReturn(
                "queries", type: "list", sample: ["CREATE TABLE \"guichet\" (id int)"],
                doc: "Statements that were executed, or would be in check mode."),
        ])
}
