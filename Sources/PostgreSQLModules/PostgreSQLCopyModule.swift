import ModuleKit
import SQLClient

/// `postgresql_copy`: rows between a table and a file or program of the server.
public enum PostgreSQLCopyModule: Module {
    /// The options.
    public struct Arguments: ModuleArguments {
        let copyTo: FilePath?
        let copyFrom: FilePath?
        let source: String?
        let destination: String?
        let columns: [String]
        let isProgram: Bool
        let options: ArgumentDictionary
        let database: String?
        let connection: PostgreSQLConnectionArguments

        /// Declares and reads the options.
        public init(form: inout ArgumentForm) {
            copyTo = form.optional(
                "copy_to", aliases: ["to"],
                doc: "File or program, on the server, that gets the rows of `src`.")
            copyFrom = form.optional(
                "copy_from", aliases: ["from"],
                doc: "File or program, on the server, whose rows are added to the table `dst`.")
            source = form.optional(
                "src", aliases: ["source"], doc: "Table, or a SELECT, whose rows `copy_to` gets.")
            destination = form.optional(
                "dst", aliases: ["destination"], doc: "Table that gets the rows of `copy_from`.")
            columns = form.defaulted(
                "columns", to: [], aliases: ["column"],
                doc: "Columns of the table, in the order of the file. All of them when empty.")
            isProgram = form.defaulted(
                "program", to: false, doc: "`copy_to` or `copy_from` is a command for the server's shell.")
            options = form.defaulted(
                "options", to: ArgumentDictionary([:]),
                doc: "Options of COPY, such as `format: csv`, `header: true` or `null: NULL`.")
            database = form.optional("login_db", aliases: ["db"], doc: "Database to connect to.")
            connection = PostgreSQLConnectionArguments(form: &form)
            form.rule(.mutuallyExclusive(["copy_from", "copy_to"]))
            form.rule(.mutuallyExclusive(["copy_from", "src"]))
            form.rule(.mutuallyExclusive(["copy_to", "dst"]))
            form.rule(.requiredOneOf(["copy_from", "copy_to"]))
        }
    }

    /// The name inside the collection.
    public static let name = "postgresql_copy"

    /// What a person reads.
    public static let manual = Manual(
        summary: "Copy rows between a PostgreSQL table and a file or program",
        description: [
            "Runs COPY. The file or program is the server's: it is opened by the server's own account, and the login role needs "
                + "`pg_read_server_files`, `pg_write_server_files` or `pg_execute_server_program`, or is a superuser.",
            "`copy_from` adds rows: running the task again adds them again.",
        ],
        differences: [
            "`copy_from` is changed only when there were rows. `copy_to` writes its file each time and is therefore always "
                + "changed.",
            "Check mode runs neither COPY nor the SELECT: it looks whether the table, its columns and the rights are there, and "
                + "asks for no row of the SELECT. It warns of a file that `copy_from` would not find.",
            "File names, columns and options are quoted where they must be; a column with capitals or blanks may be written "
                + "as it is stored, in double quotes or not quoted when it could not be a name otherwise.",
            "In the statement the options stand in alphabetical order, not in the task's.",
            "`rowcount` is returned.",
        ],
        seeAlso: ["postgresql_query", "postgresql_script", "postgresql_db"],
        examples: [
            ManualExample(
                "Streets from the register of addresses",
                [
                    "login_db": "mairie", "copy_from": "/srv/import/voies.csv", "dst": "referentiel.voie",
                    "columns": ["code", "nom"], "options": ["format": "csv", "header": true],
                ]),
            ManualExample(
                "Appointments of the day, compressed",
                [
                    "login_db": "mairie", "src": "SELECT * FROM rdv.rdv WHERE jour = current_date",
                    "copy_to": "gzip > /srv/export/rdv.csv.gz", "program": true, "options": ["format": "csv"],
                ]),
        ],
        returns: [
            ManualReturn("src", type: "str", sample: "referentiel.voie", doc: "Where the rows come from."),
            ManualReturn("dst", type: "str", sample: "/srv/export/voies.csv", doc: "Where the rows go."),
            ManualReturn(
                "queries", type: "list",
                sample: ["COPY \"voie\" FROM '/srv/import/voies.csv' (format csv)"],
                doc: "The statement that was executed, or would be in check mode."),
            ManualReturn(
                "rowcount", type: "int", returned: "when COPY was executed", sample: 1204,
                doc: "Rows that were copied."),
        ])

    /// Copies.
    public static func run(_ arguments: Arguments, in context: ModuleContext) throws(ModuleFailure) -> Reply {
        try requireTrusted(arguments)
        let ends = try CopyEnds(arguments)
        let session = try arguments.connection.session(
            database: arguments.database, module: name, in: context)
        defer { session.close() }
        let columns = try ends.columns(session)
        let statement = try ends.statement(columns: columns, options: CopyOptions.clause(arguments.options))
        var warnings = arguments.connection.warnings(database: arguments.database)
        let shown = statement.shown(for: session.dialect)
        var facts: [String: JSONValue] = [
            "src": .string(ends.shownSource), "dst": .string(ends.shownDestination),
            "queries": [.string(shown)],
        ]
        if context.checkMode {
            warnings += try CopyCheck(ends: ends, session: session).warnings()
            return Reply(changed: true, facts: facts, warnings: warnings)
        }
        let result: SQLResult
        do throws(SQLFailure) {
            result = try session.execute(statement)
        } catch {
            throw FreeSQLArguments.failure(error, text: shown, in: context)
        }
        let rows = result.rowCount ?? 0
        facts["rowcount"] = .int(Int64(rows))
        let isChanged = ends.direction == .to || rows > 0
        return Reply(changed: isChanged, facts: facts, warnings: warnings)
    }

    private static func requireTrusted(_ arguments: Arguments) throws(ModuleFailure) {
        let options = arguments.options.members.map { "\($0.key) \($0.value.asParameterText)" }
        try arguments.connection.requireTrusted(
            [arguments.copyTo?.text, arguments.copyFrom?.text, arguments.source, arguments.destination]
                + arguments.columns + options)
    }
}
