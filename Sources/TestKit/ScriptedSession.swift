import SQLClient

/// A session that answers from a script and keeps what it was asked: for tests of planning, never of SQL itself.
///
/// It stands for no real server: whether a statement works is proven by the integration tests.
public final class ScriptedSession: SQLSession {
    /// Answers to the statements, in order; a statement after the last one gets an empty result.
    public var answers: [Result<SQLResult, SQLFailure>]
    /// The statements so far, as a person may see them.
    public private(set) var statements: [String] = []
    /// Notices for the next `takeNotices`.
    public var notices: [String] = []
    /// Whether `close` was called.
    public private(set) var isClosed = false

    /// As given.
    public let dialect: SQLDialect
    /// As given.
    public let serverVersion: Int
    /// A fixed name.
    public let database = "scripted"
    /// Never.
    public let usedPassword = false

    /// A session with these answers.
    public init(
        answers: [Result<SQLResult, SQLFailure>] = [], dialect: SQLDialect = .postgreSQL,
        serverVersion: Int = 150_018
    ) {
        self.answers = answers
        self.dialect = dialect
        self.serverVersion = serverVersion
    }

    /// Notes the statement and gives the next answer.
    public func execute(_ statement: SQLStatement) throws(SQLFailure) -> SQLResult {
        statements.append(statement.shown(for: dialect))
        // Transaction control needs no answer in the script.
        if ["BEGIN", "COMMIT", "ROLLBACK"].contains(statements.last) { return SQLResult() }
        return answers.isEmpty ? SQLResult() : try answers.removeFirst().get()
    }

    /// Notes the text and gives the next answer.
    public func executeScript(_ text: String) throws(SQLFailure) -> [SQLResult] {
        [try execute(SQLStatement(userText: text))]
    }

    /// Gives the notices once.
    public func takeNotices() -> [String] {
        defer { notices = [] }
        return notices
    }

    /// Notes that the session ended.
    public func close() { isClosed = true }
}

/// Hands out one scripted session, or a failure.
public struct ScriptedConnector: SQLConnector {
    private let answer: Result<ScriptedSession, SQLFailure>

    /// Answers every connection with this session.
    public init(_ session: ScriptedSession) { answer = .success(session) }

    /// Refuses every connection.
    public init(failing failure: SQLFailure) { answer = .failure(failure) }

    /// The session, or the failure.
    public func connect(_ parameters: [SQLConnectionParameter]) throws(SQLFailure) -> any SQLSession {
        try answer.get()
    }
}
