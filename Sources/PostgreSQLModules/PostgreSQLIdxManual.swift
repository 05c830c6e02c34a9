import ModuleKit

extension PostgreSQLIdxModule {
    /// What a person reads.
    public static let manual = Manual(
        summary: "Create, check, rebuild or drop a PostgreSQL index",
        description: [
            "Brings an index into the wanted state. An index that exists already is compared with the task: type, columns, "
                + "expressions, collations, operator classes, order, condition, uniqueness, and, where the task gives them, "
                + "tablespace and storage parameters.",
            "Expressions and conditions are compared as the server understands them, not as text: `cond: id != 10` and the "
                + "stored `(id <> 10)` are the same.",
            "A difference fails the task and is named. With `converge: true` a new index is built beside the old one, which it "
                + "then replaces in one transaction; a comment is kept.",
        ],
        differences: [
            "community.postgresql 4.2 only looks whether an index of that name exists. Here another definition, or an index on "
                + "another table, is an error unless `converge: true` allows to build it anew.",
            "An INVALID index (a concurrent build that failed) is an error instead of a warning. With `converge: true` it is "
                + "repaired by REINDEX.",
            "`queries` lists all statements, in check mode too; `query` is empty in check mode, as it is there.",
            "In check mode a missing table, a partitioned table with `concurrent: true`, or an index that a constraint needs "
                + "fails as the real run would.",
        ],
        notes: [
            "A concurrent build runs outside a transaction: when it fails, the server leaves an INVALID index. Repair it "
                + "with `converge: true`.",
            "When the repair itself fails, the server may leave an index with the suffix `_ccnew`, which can be dropped.",
            "To compare expressions the server is asked with EXPLAIN, which executes nothing; the login role needs SELECT "
                + "on the table for it.",
            "An index that belongs to a constraint, serves a foreign key, or is the replica identity is never replaced.",
        ],
        seeAlso: ["postgresql_table"],
        examples: [
            ManualExample(
                "Appointments of a day",
                [
                    "idxname": "rdv_debut_idx", "login_db": "mairie", "schema": "rdv", "table": "rendez_vous",
                    "columns": ["debut", "guichet_id"],
                ]),
            ManualExample(
                "Open requests by name, without regard to case",
                [
                    "name": "demande_ouverte_idx", "login_db": "mairie", "schema": "demandes",
                    "table": "demande", "columns": ["lower(nom) text_pattern_ops", "recue_le DESC"],
                    "cond": "close_le IS NULL",
                ]),
            ManualExample(
                "Build it anew if it differs or is invalid",
                [
                    "name": "demande_numero_idx", "login_db": "mairie", "table": "demande",
                    "columns": ["numero"], "unique": true, "storage_params": ["fillfactor=90"],
                    "converge": true,
                ]),
            ManualExample(
                "Drop an index", ["name": "demande_numero_idx", "login_db": "mairie", "state": "absent"]),
        ],
        returns: [
            ManualReturn("name", type: "str", sample: "rdv_debut_idx", doc: "Name of the index."),
            ManualReturn(
                "state", type: "str", sample: "present",
                doc: "Whether it exists; in check mode, whether it did before."),
            ManualReturn("schema", type: "str", sample: "public", doc: "Its schema, or empty without index."),
            ManualReturn("tblname", type: "str", sample: "demande", doc: "Its table."),
            ManualReturn(
                "tblspace", type: "str", sample: "", doc: "Its tablespace; empty for the database's default."),
            ManualReturn("valid", type: "bool", sample: true, doc: "Whether queries can use it."),
            ManualReturn(
                "storage_params", type: "list", sample: ["fillfactor=90"], doc: "Its storage parameters."),
            ManualReturn(
                "query", type: "str",
                sample: "CREATE INDEX CONCURRENTLY \"i\" ON \"public\".\"t\" USING BTREE (id)",
                doc: "What was executed; empty in check mode."),
            ManualReturn(
                "queries", type: "list",
                sample: ["CREATE INDEX CONCURRENTLY \"i\" ON \"public\".\"t\" USING BTREE (id)"],
                doc: "Statements that were executed, or would be in check mode."),
        ])
}
