import SQLClient

/// Keeps what a task sent to the server, for `-vvv`.
final class StatementTrace {
    private(set) var entries: [JSONValue] = []

    /// Most statements that are kept.
    private static let entriesMax = 1000

    func add(_ statement: String, rows: Int, seconds: Double) {
        guard entries.count < Self.entriesMax else { return }
        entries.append([
            "statement": .string(statement), "rows": .int(Int64(rows)),
            "milliseconds": .double((seconds * 1e6).rounded() / 1e3),
        ])
    }
}

/// Opens sessions that report their statements to a trace.
struct TracingConnector: SQLConnector {
    let base: any SQLConnector
    let trace: StatementTrace
    let host: any HostServices

    func connect(_ parameters: [SQLConnectionParameter]) throws(SQLFailure) -> any SQLSession {
        TracingSession(base: try base.connect(parameters), trace: trace, host: host)
    }
}

private final class TracingSession: SQLSession {
    let base: any SQLSession
    let trace: StatementTrace
    let host: any HostServices

    init(base: any SQLSession, trace: StatementTrace, host: any HostServices) {
        self.base = base
        self.trace = trace
        self.host = host
    }

    var dialect: SQLDialect { base.dialect }
    var serverVersion: Int { base.serverVersion }
    var database: String { base.database }
    var usedPassword: Bool { base.usedPassword }

    func execute(_ statement: SQLStatement) throws(SQLFailure) -> SQLResult {
        let start = host.monotonicSeconds()
        let result = try base.execute(statement)
        trace.add(
            statement.shown(for: dialect), rows: result.rows.count, seconds: host.monotonicSeconds() - start)
        return result
    }

    func forEachRecord(of statement: SQLStatement, _ body: (SQLRecord) -> Void) throws(SQLFailure) {
        let start = host.monotonicSeconds()
        var rows = 0
        try base.forEachRecord(of: statement) { record in
            rows += 1
            body(record)
        }
        trace.add(statement.shown(for: dialect), rows: rows, seconds: host.monotonicSeconds() - start)
    }

    func executeScript(_ text: String) throws(SQLFailure) -> [SQLResult] {
        let start = host.monotonicSeconds()
        let results = try base.executeScript(text)
        trace.add(text, rows: results.last?.rows.count ?? 0, seconds: host.monotonicSeconds() - start)
        return results
    }

    func takeNotices() -> [String] { base.takeNotices() }
    func close() { base.close() }
}
