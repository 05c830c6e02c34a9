/// One connection to one database, used by one thread.
public protocol SQLSession: AnyObject {
    /// How this server writes names and literals.
    var dialect: SQLDialect { get }

    /// The server's version as one number in the engine's own form (PostgreSQL: 150018 is 15.18).
    var serverVersion: Int { get }

    /// The name of the database that the session is connected to.
    var database: String { get }

    /// Whether the server asked for a password and got one when the session was opened.
    var usedPassword: Bool { get }

    /// Executes one statement with its bound values.
    func execute(_ statement: SQLStatement) throws(SQLFailure) -> SQLResult

    /// Hands over the rows of one statement as they come, so that many rows need no more memory than one.
    ///
    /// When it throws, some rows may have been handed over.
    func forEachRecord(of statement: SQLStatement, _ body: (SQLRecord) -> Void) throws(SQLFailure)

    /// Executes a text of one or more statements as a person wrote it, without bound values.
    ///
    /// - Returns: One result per statement.
    func executeScript(_ text: String) throws(SQLFailure) -> [SQLResult]

    /// Messages (notices, warnings) that the server sent since the last call.
    func takeNotices() -> [String]

    /// Closes the connection; later calls fail with `connectionLost`.
    func close()
}

extension SQLSession {
    /// For clients that read a result as a whole.
    public func forEachRecord(of statement: SQLStatement, _ body: (SQLRecord) -> Void) throws(SQLFailure) {
        try records(statement).forEach(body)
    }

    /// The rows of a statement, addressed by column name.
    public func records(_ statement: SQLStatement) throws(SQLFailure) -> [SQLRecord] {
        try execute(statement).records
    }

    /// Runs the body between BEGIN and COMMIT; on a failure rolls back and rethrows it.
    public func transaction<Value>(_ body: () throws(SQLFailure) -> Value) throws(SQLFailure) -> Value {
        _ = try execute("BEGIN")
        let value: Value
        do throws(SQLFailure) {
            value = try body()
        } catch {
            // The first failure is the one to report; a failed ROLLBACK means that the server did it already.
            _ = try? execute("ROLLBACK")
            throw error
        }
        _ = try execute("COMMIT")
        return value
    }
}

/// Keyword and value of a connection, as the engine's client library names them.
public struct SQLConnectionParameter: Hashable, Sendable {
    /// The library's keyword (`host`, `sslmode`).
    public let keyword: String
    /// The value; always treated as a secret, since connection strings leak.
    public let value: Secret

    /// A parameter of a connection.
    public init(_ keyword: String, _ value: Secret) {
        self.keyword = keyword
        self.value = value
    }

    /// A parameter of a connection.
    public init(_ keyword: String, _ value: String) {
        self.init(keyword, Secret(value))
    }
}

/// Opens sessions of one engine.
public protocol SQLConnector {
    /// Opens a session.
    ///
    /// - Throws: `libraryMissing`, `unreachable` or `loginRefused`.
    func connect(_ parameters: [SQLConnectionParameter]) throws(SQLFailure) -> any SQLSession
}
