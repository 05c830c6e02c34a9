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
        let options: ArgumentDictionary
        let isProgram: Bool
        let database: String?
        let connection: PostgreSQLConnectionArguments

        /// Declares and reads the options.
        public init(form: inout ArgumentForm) {
            copyTo = form.optional(
                "copy_to", aliases: ["to"],
                doc: "File on the server that gets the rows, or with `program` a command that reads them.")
            copyFrom = form.optional(
                "copy_from", aliases: ["from"],
                doc: "File on the server that has the rows, or with `program` a command that writes them.")
            source = form.optional(
                "src", aliases: ["source"], doc: "Table whose rows are written, or a SELECT in place of it.")
            destination = form.optional(
                "dst", aliases: ["destination"], doc: "Table that gets the rows.")
            columns = form.defaulted(
                "columns", to: [], aliases: ["column"], doc: "Columns, in the order of the file; all when empty.")
            options = form.defaulted(
                "options", to: ArgumentDictionary([:]),
                doc: "Options of COPY, such as `format: csv` or `delimiter: ';'`.")
            isProgram = form.defaulted(
                "program", to: false, doc: "Whether the path is a command that the server executes.")
            database = form.optional("login_db", aliases: ["db"], doc: "Database with the table.")
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
        summary: "Copy rows between a PostgreSQL table and a file of the server",
        description: [
            "Has the server read or write a file, or a command's input or output, with COPY. The file is on the server's host "
                + "and is opened by the server's account.",
            "Needs a superuser or membership in `pg_read_server_files`, `pg_write_server_files` or "
                + "`pg_execute_server_program`.",
        ],
        differences: [
            "Reading a file is a change only when it had rows; writing one always is.",
            "Check mode looks for the table and its columns, or plans the SELECT without executing it, and reads nothing else.",
            "Columns are names: those that need quotes get them. Values of options are quoted or refused.",
            "A task without `copy_from` and `copy_to` is refused instead of doing nothing.",
        ],
        seeAlso: ["postgresql_query", "postgresql_script"],
        examples: [
            ManualExample(
                "Load the streets of the town",
                [
                    "copy_from": "/srv/import/voies.csv", "dst": "referentiel.voie", "login_db": "mairie",
                    "columns": ["code", "libelle"],
                    "options": ["format": "csv", "delimiter": ";", "header": true],
                ]),
            ManualExample(
                "Write yesterday's appointments for the archive",
                [
                    "copy_to": "/srv/export/rdv.csv", "login_db": "mairie",
                    "src": "SELECT * FROM rdv.rendez_vous WHERE debut::date = current_date - 1",
                    "options": ["format": "csv"],
                ]),
        ],
        returns: [
            ManualReturn("src", type: "str", sample: "/srv/import/voies.csv", doc: "Where rows came from."),
            ManualReturn("dst", type: "str", sample: "referentiel.voie", doc: "Where rows went to."),
            ManualReturn("rowcount", type: "int", sample: 4211, doc: "Rows that were copied."),
            ManualReturn(
                "queries", type: "list", sample: ["COPY \"referentiel\".\"voie\" FROM '/srv/import/voies.csv'"],
                doc: "Statement that was executed, or would be in check mode."),
        ])

    /// Copies.
    public static func run(_ arguments: Arguments, in context: ModuleContext) throws(ModuleFailure) -> Reply {
        let copy = try Copy(arguments)
        try arguments.connection.requireTrusted(
            [
                arguments.copyTo?.text, arguments.copyFrom?.text, arguments.source, arguments.destination,
            ] + arguments.options.members.map { "\($0.key) \($0.value.asParameterText)" }
                + arguments.columns)
        let session = try arguments.connection.session(
            database: arguments.database, module: name, in: context)
        defer { session.close() }
        let statement = try copy.statement(columns: quoted(arguments.columns, session))
        var rowCount = 0
        if context.checkMode {
            try copy.look(session)
        } else {
            do throws(SQLFailure) {
                rowCount = try session.execute(statement).rowCount ?? 0
            } catch {
                throw .change(error, statement: statement.shown(for: session.dialect), applied: [])
            }
        }
        return Reply(
            changed: context.checkMode || !copy.isReading || rowCount > 0,
            facts: [
                "src": .string(copy.source), "dst": .string(copy.destination),
                "rowcount": .int(Int64(rowCount)),
                "queries": .strings([statement.shown(for: session.dialect)]),
            ], warnings: arguments.connection.warnings(database: arguments.database))
    }

    /// Names as the server would quote them where they need it; spaces around them stay, since they are harmless and show.
    private static func quoted(
        _ columns: [String], _ session: any SQLSession
    ) throws(ModuleFailure) -> [SQLStatement] {
        guard !columns.isEmpty else { return [] }
        var names: [String] = []
        for column in columns {
            names.append(try PostgreSQLObjectName.identifier(trimmed(column), as: .column).parts.last ?? "")
        }
        let rows = try session.observedRecords(
            """
            SELECT ARRAY(SELECT pg_catalog.quote_ident(u.name)
                           FROM pg_catalog.unnest(\(value: .array(names.map(SQLValue.text)))::text[])
                                WITH ORDINALITY AS u (name, position)
                          ORDER BY u.position) AS names
            """)
        return zip(columns, rows.first?.texts("names") ?? []).map { column, name in
            SQLStatement(userText: (column.first?.isWhitespace == true ? " " : "") + name)
        }
    }

    private static func trimmed(_ text: String) -> String {
        String(text.drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed())
    }
}

/// One COPY, as a task describes it.
private struct Copy {
    let isReading: Bool
    let source: String
    let destination: String
    private let arguments: PostgreSQLCopyModule.Arguments
    /// The table; `nil` when a SELECT stands in its place.
    private let table: SQLIdentifier?

    init(_ arguments: PostgreSQLCopyModule.Arguments) throws(ModuleFailure) {
        self.arguments = arguments
        if let from = arguments.copyFrom {
            guard let table = arguments.destination, !table.isEmpty else {
                throw .impossible("dst param is necessary with copy_from", hint: nil)
            }
            isReading = true
            source = from.text
            destination = table
            self.table = try PostgreSQLObjectName.identifier(table, as: .table)
            return
        }
        guard let query = arguments.source, !query.isEmpty else {
            throw .impossible("src param is necessary with copy_to", hint: nil)
        }
        isReading = false
        source = query
        destination = arguments.copyTo?.text ?? ""
        let isQuery = query.uppercased().contains("SELECT ")
        table = isQuery ? nil : try PostgreSQLObjectName.identifier(query, as: .table)
    }

    func statement(columns: [SQLStatement]) throws(ModuleFailure) -> SQLStatement {
        var words: [SQLStatement] = ["COPY"]
        if let table {
            words.append("\(identifier: table)")
        } else {
            words.append("(\(userText: source))")
        }
        if !columns.isEmpty { words.append("(\(statement: columns.joined(separator: ",")))") }
        words.append(isReading ? "FROM" : "TO")
        if arguments.isProgram { words.append("PROGRAM") }
        words.append("\(literal: isReading ? source : destination)")
        if !arguments.options.members.isEmpty { words.append("(\(statement: try options()))") }
        return words.joined(separator: " ")
    }

    /// Options whose values are texts.
    ///
    /// Source: PostgreSQL 17 manual, COPY.
    private static let textOptions: Set<String> = [
        "DELIMITER", "NULL", "QUOTE", "ESCAPE", "ENCODING", "DEFAULT",
    ]

    private func options() throws(ModuleFailure) -> SQLStatement {
        var options: [SQLStatement] = []
        for (name, value) in arguments.options.members.sorted(by: { $0.key < $1.key }) {
            guard !name.isEmpty, name.utf8.allSatisfy(Self.isWordByte) else {
                throw .impossible("\"\(name)\" is not an option of COPY", hint: nil)
            }
            let text = value.asParameterText
            if Self.textOptions.contains(name.uppercased()) {
                options.append("\(userText: name) \(literal: text)")
                continue
            }
            // A word, a number, or columns in parentheses: nothing that could end the statement.
            guard text.utf8.allSatisfy({ Self.isWordByte($0) || " ,()*\".-".utf8.contains($0) }),
                !text.contains("--")
            else {
                throw .impossible(
                    "option \(name) of COPY does not take \"\(text)\"", hint: "is it a word or a list of columns?")
            }
            options.append("\(userText: text.isEmpty ? name : "\(name) \(text)")")
        }
        return options.joined(separator: ", ")
    }

    private static func isWordByte(_ byte: UInt8) -> Bool {
        (0x61...0x7A).contains(byte) || (0x41...0x5A).contains(byte) || (0x30...0x39).contains(byte)
            || byte == 0x5F || byte >= 0x80
    }

    /// Whether the table or the SELECT is there and may be used, without executing anything.
    func look(_ session: any SQLSession) throws(ModuleFailure) {
        do throws(SQLFailure) {
            if let table {
                _ = try session.execute("SELECT 1 FROM \(identifier: table) LIMIT 0")
            } else {
                _ = try session.execute("EXPLAIN \(userText: source)")
            }
        } catch {
            throw .database(error)
        }
    }
}
