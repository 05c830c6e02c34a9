import ModuleKit
import SQLClient

/// `postgresql_query`: SQL that a person wrote, statement by statement, in one transaction.
public enum PostgreSQLQueryModule: Module {
    /// The options.
    public struct Arguments: ModuleArguments {
        let query: JSONValue
        let shared: FreeSQLArguments
        let autocommit: Bool

        /// Declares and reads the options.
        public init(form: inout ArgumentForm) {
            query = form.required("query", doc: "One query, or a list of queries that share one transaction.")
            autocommit = form.defaulted(
                "autocommit", to: false,
                doc:
                    "Run each query outside a transaction block (VACUUM, CREATE DATABASE). Not possible in check mode."
            )
            shared = FreeSQLArguments(form: &form)
        }
    }

    /// The name inside the collection.
    public static let name = "postgresql_query"

    /// What a person reads.
    public static let manual = Manual(
        summary: "Run SQL queries on a PostgreSQL server",
        description: [
            "Runs one query or a list of queries, in one transaction unless `autocommit` is set, and returns the rows. "
                + "`changed` is false for SELECT and SHOW, and for INSERT, UPDATE, DELETE and MERGE that touched no row."
        ],
        differences: [
            "List arguments become arrays with quoted elements, whatever their elements contain.",
            "Of a text with several statements each one counts for `changed`, not only the last; so do `CREATE TABLE AS` and "
                + "`SELECT INTO`, although the server calls them SELECT.",
            "A query that returns no row has an empty list as its result; a statement that returns nothing has an empty "
                + "dictionary, as in community.postgresql.",
            "A failure shows the query with its placeholders, never the argument values; under `no_log` it shows no SQL.",
        ],
        notes: [
            "Check mode runs the queries in a transaction that is rolled back: free SQL cannot be planned otherwise. Effects "
                + "outside of transactions (sequences, functions that write elsewhere) remain. A query that ends the "
                + "transaction by itself, with COMMIT for example, is refused in check mode."
        ],
        seeAlso: ["postgresql_script", "postgresql_db"],
        examples: [
            ManualExample(
                "Requests of a kind",
                [
                    "login_db": "mairie",
                    "query": "SELECT count(*) AS n FROM demande.demande WHERE type_code = %s",
                    "positional_args": ["ETAT_CIVIL"],
                ]),
            ManualExample(
                "Two statements in one transaction",
                [
                    "login_db": "mairie",
                    "query": [
                        "UPDATE rdv.creneau SET capacite = 2 WHERE creneau_id = %(id)s",
                        "SELECT capacite FROM rdv.creneau WHERE creneau_id = %(id)s",
                    ],
                    "named_args": ["id": 42],
                ]),
        ],
        returns: [
            ManualReturn("query", type: "str", sample: "SELECT 1", doc: "The last query, values filled in."),
            ManualReturn("query_list", type: "list", sample: ["SELECT 1"], doc: "The queries as given."),
            ManualReturn("query_result", type: "list", sample: [["n": 1]], doc: "Rows of the last query."),
            ManualReturn(
                "query_all_results", type: "list", sample: [[["n": 1]]], doc: "Rows of every query."),
            ManualReturn(
                "rowcount", type: "int", sample: 1, doc: "Rows returned or touched, over all queries."),
            ManualReturn(
                "statusmessage", type: "str", sample: "SELECT 1", doc: "Command tag of the last query."),
            ManualReturn(
                "execution_time_ms", type: "list", sample: [0.52], doc: "Milliseconds of every query."),
        ])

    /// Runs the queries.
    public static func run(_ arguments: Arguments, in context: ModuleContext) throws(ModuleFailure) -> Reply {
        if arguments.autocommit, context.checkMode {
            throw .impossible("Using autocommit is mutually exclusive with check_mode", hint: nil)
        }
        let texts = try texts(arguments.query)
        var statements: [SQLStatement] = []
        for text in texts { statements.append(try PlaceholderText.statement(text, arguments.shared.values)) }
        if context.checkMode { try requireRollback(statements) }
        let session = try arguments.shared.session(module: name, in: context)
        defer { session.close() }
        var outcome = Outcome(rows: ResultRows(host: context.host))
        do throws(SQLFailure) {
            if !arguments.autocommit { _ = try session.execute("BEGIN") }
            for statement in statements {
                outcome.current = texts[outcome.results.count]
                let start = context.host.monotonicSeconds()
                let text = statement.text(for: session.dialect)
                let results = try session.executeScript(text)
                outcome.add(results, of: text, seconds: context.host.monotonicSeconds() - start)
            }
            if !arguments.autocommit {
                outcome.current = "COMMIT"
                _ = try session.execute(context.checkMode ? "ROLLBACK" : "COMMIT")
            }
        } catch {
            throw FreeSQLArguments.failure(error, text: outcome.current, in: context)
        }
        if context.checkMode, outcome.endedTransaction {
            throw .impossible(
                "the query ended the transaction of the check: what followed was not rolled back",
                hint: "shall the query leave COMMIT and ROLLBACK to the module?")
        }
        return outcome.reply(
            texts: texts, last: statements.last?.shown(for: session.dialect) ?? "",
            warnings: arguments.shared.warnings)
    }

    /// Refuses what would let a check change something.
    private static func requireRollback(_ statements: [SQLStatement]) throws(ModuleFailure) {
        guard
            let end = statements.lazy.compactMap({ FreeSQLText.transactionEnd(in: $0.text(for: .postgreSQL)) }
            )
            .first
        else { return }
        throw .impossible(
            "check mode does not run a query with \(end): the rest of it could not be rolled back",
            hint: "shall the query leave COMMIT and ROLLBACK to the module?")
    }

    private static func texts(_ query: JSONValue) throws(ModuleFailure) -> [String] {
        switch query {
        case .string(let text):
            return [text]
        case .array(let elements):
            let texts = elements.compactMap(\.string)
            if texts.count == elements.count { return texts }
        case .null, .bool, .int, .double, .object:
            break
        }
        throw .impossible("query argument must be of type string or list", hint: nil)
    }

    private struct Outcome {
        let rows: ResultRows
        var current = "BEGIN"
        var results: [JSONValue] = []
        var milliseconds: [JSONValue] = []
        var rowCount = 0
        var status = ""
        var changed = false
        /// Whether a statement ended the transaction although `FreeSQLText` did not see it: texts are cut by other
        /// rules where `standard_conforming_strings` is off.
        var endedTransaction = false

        /// A text may hold several statements; the last result counts, as drivers have it.
        mutating func add(_ all: [SQLResult], of text: String, seconds: Double) {
            let result = all.last ?? SQLResult()
            // Not ROLLBACK, which is also the tag of ROLLBACK TO SAVEPOINT.
            endedTransaction =
                endedTransaction || all.contains { ["COMMIT", "PREPARE TRANSACTION"].contains($0.status) }
            results.append(rows.json(result))
            milliseconds.append(.double((seconds * 1e7).rounded() / 1e4))
            rowCount += max(result.rowCount ?? 0, 0)
            status = result.status
            changed =
                changed || CommandTag.saysChanged(result.status)
                || all.dropLast().contains { CommandTag.saysWritten($0.status) }
                || (all.contains { $0.status.hasPrefix("SELECT") } && FreeSQLText.makesTable(text))
        }

        func reply(texts: [String], last: String, warnings: [String]) -> Reply {
            Reply(
                changed: changed,
                facts: [
                    "query": .string(last), "query_list": .strings(texts),
                    "query_result": results.last ?? [:],
                    "query_all_results": .array(results), "rowcount": .int(Int64(rowCount)),
                    "statusmessage": .string(status), "execution_time_ms": .array(milliseconds),
                ], warnings: warnings)
        }
    }
}
