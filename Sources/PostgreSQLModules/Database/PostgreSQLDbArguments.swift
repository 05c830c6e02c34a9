import ModuleKit
import SQLClient

/// The options of `postgresql_db`.
public struct PostgreSQLDbArguments: ModuleArguments {
    let name: String
    let connection: PostgreSQLConnectionArguments
    let owner: String
    let template: String
    let encoding: String
    let collate: String
    let ctype: String
    let icuLocale: String
    let localeProvider: String
    let connectionLimit: String
    let tablespace: String
    let comment: String?
    let configuration: ArgumentDictionary
    let resetUnspecifiedConfiguration: Bool
    let force: Bool
    let target: FilePath
    let targetOptions: String
    let dumpExtraArguments: String?
    let maintenanceDatabase: String
    let state: Wish

    enum Wish: String, ArgumentChoice {
        case absent, dump, present, rename, restore
    }

    /// Declares and reads the options.
    public init(form: inout ArgumentForm) {
        name = form.required("name", aliases: ["db"], doc: "Name of the database.")
        state = form.defaulted(
            "state", to: .present,
            doc:
                "Whether the database exists; `rename` gives it the name `target`, `dump` writes it to the file `target`, "
                + "`restore` loads that file into it.")
        owner = form.defaulted(
            "owner", to: "", doc: "Role that owns the database. Left as it is when empty.")
        template = form.defaulted("template", to: "", doc: "Template for a new database.")
        encoding = form.defaulted(
            "encoding", to: "",
            doc: "Encoding of a new database; that of an existing one must be the same.")
        collate = form.defaulted(
            "lc_collate", to: "", doc: "Collation order; that of an existing database must be the same.")
        ctype = form.defaulted(
            "lc_ctype", to: "",
            doc: "Character classification; that of an existing database must be the same.")
        icuLocale = form.defaulted(
            "icu_locale", to: "",
            doc: "ICU locale (PostgreSQL 15 and later); an existing one must be the same.")
        localeProvider = form.defaulted(
            "locale_provider", to: "",
            doc:
                "Locale provider, `libc`, `icu` or `builtin` (PostgreSQL 15 and later); an existing one must be the "
                + "same.")
        connectionLimit = form.defaulted(
            "conn_limit", to: "",
            doc: "Most concurrent connections, -1 for no limit. Left as it is when empty.")
        tablespace = form.defaulted(
            "tablespace", to: "", doc: "Tablespace of the database. Left as it is when empty.")
        comment = form.optional(
            "comment",
            doc: "Comment on the database. An empty text removes it; left as it is when omitted.")
        configuration = form.defaulted(
            "configuration", to: ArgumentDictionary([:]),
            doc: "Settings of all sessions in the database (`ALTER DATABASE … SET`), name to value.")
        resetUnspecifiedConfiguration = form.defaulted(
            "reset_unspecified_configuration", to: false,
            doc: "Reset the settings of the database that `configuration` does not name.")
        force = form.defaulted(
            "force", to: false, doc: "With `state: absent`, end the sessions in the database first.")
        target = form.defaulted(
            "target", to: FilePath(""),
            doc:
                "With `state: dump` or `restore`, the file; its suffix tells what is in it: `.sql` (SQL text), `.pgc` (custom), "
                + "`.tar`, `.dir` (a folder), and SQL text compressed as `.gz`, `.bz2` or `.xz`; any other suffix is SQL text. "
                + "`<name>.sql` in the current folder when empty. With `state: rename`, the new name.")
        targetOptions = form.defaulted(
            "target_opts", to: "",
            doc: "Further options for pg_dump, or for pg_restore or psql, as for a shell; no shell runs them."
        )
        dumpExtraArguments = form.optional(
            "dump_extra_args", doc: "Further options for pg_dump, with `state: dump`.")
        maintenanceDatabase = form.defaulted(
            "maintenance_db", to: "postgres", aliases: ["login_db"],
            doc: "Database to connect to while working on the other one.")
        connection = PostgreSQLConnectionArguments(form: &form)
    }
    /// Refuses suspicious options when the task does not trust its input.
    func requireTrusted() throws(ModuleFailure) {
        try connection.requireTrusted(
            [
                owner, connectionLimit, encoding, name, template, tablespace, comment,
            ] + configuration.members.flatMap { [$0.key, $0.value.asParameterText] })
    }
}
