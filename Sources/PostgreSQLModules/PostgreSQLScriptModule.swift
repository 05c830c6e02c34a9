import ModuleKit
import SQLClient

/// `postgresql_script`: a file of SQL on the target, sent as one text.
public enum PostgreSQLScriptModule: Module {
    /// The options.
    public struct Arguments: ModuleArguments {
        let path: FilePath
        let detectChanges: Bool
        let shared: FreeSQLArguments

        /// Declares and reads the options.
        public init(form: inout ArgumentForm) {
            path = form.required("path", doc: "The file, on the target.")
            detectChanges = form.defaulted(
                "detect_changes", to: false,
                doc:
                    "Report a change only when the script wrote something, as the server's transaction id tells. Otherwise a "
                    + "script that ran counts as a change, whatever it did.")
            shared = FreeSQLArguments(form: &form)
        }
    }

    /// Largest script, in bytes; what is larger is data and belongs into a dump or COPY.
    private static let scriptBytesMax = 64 * 1024 * 1024

    /// Stands for the rows of a statement that counts none, as database drivers have it.
    private static let uncounted = -1

    /// The name inside the collection.
    public static let name = "postgresql_script"

    /// What a person reads.
    public static let manual = Manual(
        summary: "Run a file of SQL on a PostgreSQL server",
        description: [
            "Sends the whole file as one text. Unless the file controls transactions itself, all of it takes effect or "
                + "nothing does. psql's backslash commands and COPY FROM STDIN are not SQL for the server and fail."
        ],
        differences: [
            "With `detect_changes`, `changed` is true only when the script wrote something. A script that controls "
                + "transactions itself is then judged by its command tags.",
            "Check mode reads the file and connects, and reports `changed` without running the script.",
        ],
        seeAlso: ["postgresql_query", "postgresql_db"],
        examples: [
            ManualExample(
                "Functions of the appointments",
                [
                    "login_db": "mairie", "path": "/etc/vigie/mairie/rdv.sql",
                    "search_path": ["rdv", "referentiel"],
                ]),
            ManualExample(
                "A script that bears repetition and tells whether it did anything",
                ["login_db": "mairie", "path": "/etc/vigie/mairie/reprise.sql", "detect_changes": true]),
        ],
        returns: [
            ManualReturn("query", type: "str", sample: "SELECT 1", doc: "The script, values filled in."),
            ManualReturn(
                "query_result", type: "list", sample: [["n": 1]], doc: "Rows of the last statement."),
            ManualReturn(
                "statusmessage", type: "str", sample: "CREATE FUNCTION", doc: "Tag of the last statement."),
            ManualReturn(
                "rowcount", type: "int", sample: 0,
                doc: "Rows that the last statement returned or touched; -1 when it counts none."),
        ])

    /// Runs the script.
    public static func run(_ arguments: Arguments, in context: ModuleContext) throws(ModuleFailure) -> Reply {
        let bytes = try context.host.contents(of: arguments.path.text, limitBytes: scriptBytesMax)
        guard let script = String(validating: bytes, as: UTF8.self) else {
            throw .host("\(arguments.path.text) is not UTF-8 text", hint: "which encoding has the file?")
        }
        let statement = try PlaceholderText.statement(script, arguments.shared.values)
        let session = try arguments.shared.session(module: name, in: context)
        defer { session.close() }
        let text = statement.text(for: session.dialect)
        if context.checkMode {
            return reply(
                SQLResult(), changed: true, text: text, context,
                warnings: arguments.shared.warnings + [
                    "check mode does not run the script: it may change nothing"
                ])
        }
        do throws(SQLFailure) {
            let run = try execute(text, session)
            if run.leavesTransactionOpen { throw SQLFailure.refused(openTransaction) }
            return reply(
                run.last, changed: run.changed || !arguments.detectChanges, text: text, context,
                warnings: arguments.shared.warnings)
        } catch {
            throw FreeSQLArguments.failure(error, text: arguments.path.text, in: context)
        }
    }

    private static let openTransaction = SQLServerMessage(
        sqlState: "25000", text: "the script begins a transaction and does not end it, so it was rolled back",
        hint: "is a COMMIT missing at the end?")

    /// Asks within the script's own transaction whether it wrote anything.
    private static let writeProbe = "\n;SELECT pg_catalog.pg_current_xact_id_if_assigned() IS NOT NULL"

    private static func execute(
        _ text: String, _ session: any SQLSession
    ) throws(SQLFailure) -> ScriptRun {
        var results: [SQLResult]
        do throws(SQLFailure) {
            results = try session.executeScript(text + writeProbe)
        } catch {
            // 25001: a statement that must stand alone (VACUUM). It ran nothing, so it may be sent alone.
            guard error.sqlState == "25001", isOneStatement(text) else { throw error }
            results = try session.executeScript(text)
            return ScriptRun(
                results: results, wrote: results.contains { CommandTag.saysChanged($0.status) },
                makesTable: false)
        }
        let wrote = results.popLast()?.rows.first?.first?.bool ?? false
        return ScriptRun(results: results, wrote: wrote, makesTable: FreeSQLText.makesTable(text))
    }

    /// Whether nothing but white space follows the first semicolon.
    private static func isOneStatement(_ text: String) -> Bool {
        guard let end = text.firstIndex(of: ";") else { return true }
        return text[text.index(after: end)...].allSatisfy(\.isWhitespace)
    }

    private static func reply(
        _ result: SQLResult, changed: Bool, text: String, _ context: ModuleContext, warnings: [String]
    ) -> Reply {
        Reply(
            changed: changed,
            facts: [
                "query": .string(text), "query_result": ResultRows(host: context.host).json(result),
                "statusmessage": .string(result.status),
                "rowcount": .int(Int64(result.rowCount ?? uncounted)),
            ], warnings: warnings)
    }
}

/// What a script did.
private struct ScriptRun {
    let results: [SQLResult]
    /// Whether the implicit transaction of the script wrote.
    let wrote: Bool
    /// Whether a table was made out of a SELECT, which has the tag of a SELECT.
    let makesTable: Bool

    private var control: [String] { results.map(\.status).filter(CommandTag.controlsTransaction) }

    var last: SQLResult { results.last ?? SQLResult() }

    var leavesTransactionOpen: Bool { control.last == "BEGIN" || control.last == "START TRANSACTION" }

    var changed: Bool {
        control.isEmpty ? wrote : makesTable || results.contains { CommandTag.saysWritten($0.status) }
    }
}
