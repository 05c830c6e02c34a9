import RunbookCore
import RunbookJournal
import SQLClient

/// Executes the actions that are SQL, within the executor.
struct SQLRunner {
    let context: RunContext

    /// What a transaction's end is known by, and the first row of what it returned.
    struct Answer {
        let row: [String: RunbookValue]
        let hasRows: Bool
    }

    /// Largest row that verifications and outputs may come from: facts, not data.
    static let rowBytesMax = 64 * 1024

    /// Libpq's variables and the keywords that they stand for: a document's environment reaches SQL steps too.
    ///
    /// Source: PostgreSQL 17 manual, 32.15 "Environment Variables".
    private static let keywords = [
        "PGHOST": "host", "PGPORT": "port", "PGUSER": "user", "PGDATABASE": "dbname",
        "PGPASSWORD": "password",
        "PGPASSFILE": "passfile", "PGSERVICE": "service", "PGSSLMODE": "sslmode",
        "PGSSLROOTCERT": "sslrootcert",
        "PGSSLCERT": "sslcert", "PGSSLKEY": "sslkey", "PGOPTIONS": "options",
        "PGCONNECT_TIMEOUT": "connect_timeout",
    ]

    func connect(_ sql: SQLAction, of step: Step, _ scope: Scope) throws(RuntimeFailure) -> Result<
        any SQLSession, SQLFailure
    > {
        var values: [String: String] = [:]
        for (variable, text) in try context.environment(of: step, in: scope) {
            if let keyword = Self.keywords[variable] { values[keyword] = text }
        }
        for (keyword, template) in [
            ("dbname", sql.database), ("host", sql.host), ("port", sql.port), ("user", sql.user),
        ] {
            if let template { values[keyword] = try context.rendered(template, scope, step.id) }
        }
        values["client_encoding"] = "UTF8"
        values["fallback_application_name"] = "runbook \(context.opening.shortID)"
        let parameters = values.sorted { $0.key < $1.key }.map { SQLConnectionParameter($0.key, $0.value) }
        do throws(SQLFailure) {
            return .success(try context.settings.connector.connect(parameters))
        } catch {
            return .failure(error)
        }
    }

    /// The statements of a text with their values.
    func statements(
        _ text: String, _ sql: SQLAction, _ scope: Scope, _ step: StepID
    ) throws(RuntimeFailure) -> [SQLStatement] {
        var values: [SQLValue] = []
        for argument in sql.arguments {
            do throws(EvaluationFailure) {
                values.append(Self.value(try argument.evaluate(in: scope)))
            } catch {
                throw .evaluation(step: step, error)
            }
        }
        var statements: [SQLStatement] = []
        for part in SQLSplitter.parts(of: text) {
            let own = SQLSplitter.renumbered(part)
            if let missing = own.positions.first(where: { $0 < 1 || $0 > values.count }) {
                throw .refused(
                    "step \(step): the statement uses $\(missing), and args has \(values.count) values")
            }
            statements.append(SQLStatement(userText: own.text, values: own.positions.map { values[$0 - 1] }))
        }
        return statements
    }

    /// The text of the body, expressions filled in.
    func text(of sql: SQLAction, _ scope: Scope, _ step: StepID) throws(RuntimeFailure) -> String {
        switch sql.body {
        case .query(let template), .transaction(let template):
            return try context.rendered(template, scope, step)
        case .file(let path):
            return String(
                decoding: try Files.read(Self.snapshot(of: path, in: context.folder)), as: UTF8.self)
        }
    }

    /// Where the run keeps its copy of a file that the document names.
    static func snapshot(of path: String, in folder: RunFolder) -> String {
        "\(folder.includesPath)/\(path.split(separator: "/").joined(separator: "_"))"
    }

    /// Executes statements in a row; the first row of the last result that has one is the answer's.
    func execute(_ statements: [SQLStatement], on session: any SQLSession) throws(SQLFailure) -> Answer {
        var row: [String: RunbookValue] = [:]
        var hasRows = false
        for statement in statements {
            let result = try session.execute(statement)
            guard !result.columns.isEmpty else { continue }
            hasRows = !result.rows.isEmpty
            row = [:]
            for (column, value) in zip(result.columns, result.rows.first ?? []) {
                row[column] = Self.value(value)
            }
        }
        return Answer(row: row, hasRows: hasRows)
    }

    private static func value(_ value: RunbookValue) -> SQLValue {
        switch value {
        case .null: .null
        case .string(let text): .text(text)
        case .int(let number): .int(number)
        case .bool(let truth): .bool(truth)
        case .duration(let duration): .text("\(DurationText.milliseconds(of: duration)) milliseconds")
        case .time(let time): .text(time.text)
        case .list(let items): .array(items.map(Self.value))
        case .map: .null
        }
    }

    private static func value(_ value: SQLValue) -> RunbookValue {
        switch value {
        case .null, .bytes: .null
        case .bool(let truth): .bool(truth)
        case .int(let number): .int(number)
        case .decimal(let digits): Int64(digits).map(RunbookValue.int) ?? .string(digits)
        case .double(let number): .string(String(number))
        case .text(let text), .json(let text): .string(text)
        case .array(let elements): .list(elements.map(Self.value))
        }
    }
}
