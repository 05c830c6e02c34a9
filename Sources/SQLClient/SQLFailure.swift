/// What a server said about a statement it refused.
public struct SQLServerMessage: Hashable, Sendable {
    /// Five characters, as the SQL standard has them.
    public var sqlState: String
    /// The primary text, in the server's language.
    public var text: String
    /// More about the error, or empty.
    public var detail: String
    /// The server's own hint, or empty.
    public var hint: String

    /// Describes a message.
    public init(sqlState: String, text: String, detail: String = "", hint: String = "") {
        self.sqlState = sqlState
        self.text = text
        self.detail = detail
        self.hint = hint
    }
}

/// Everything that can go wrong between us and a database server.
///
/// The cases are what a caller can act upon; the translation from an engine's codes is one table in that
/// engine's client.
public enum SQLFailure: Error, Hashable, Sendable {
    /// The client library is not on this host.
    case libraryMissing(library: String, package: String, reason: String)
    /// Nobody answers at that address.
    case unreachable(server: String, reason: String)
    /// The server answered and refused the login (password, role, hba line, missing database).
    case loginRefused(server: String, role: String, reason: String, sqlState: String)
    /// The connection broke; whether the statement took effect is not known.
    case connectionLost(server: String, reason: String)
    case permissionDenied(SQLServerMessage)
    case alreadyExists(SQLServerMessage)
    case missing(SQLServerMessage)
    /// Other objects depend on the one to be dropped.
    case dependentObjects(SQLServerMessage)
    /// The object is used by another session.
    case inUse(SQLServerMessage)
    case lockTimeout(SQLServerMessage)
    /// Cancelled by a timeout or by a person.
    case cancelled(SQLServerMessage)
    /// Deadlock, serialization failure or a catalog row that two sessions wrote: trying again may succeed.
    case conflict(SQLServerMessage)
    /// Anything else that the server refused.
    case refused(SQLServerMessage)
    /// The server (or the login role) cannot do what was asked.
    case unsupported(feature: String, needs: String)
    /// A result over the limit of the caller.
    case resultTooLarge(limitBytes: Int)

    /// The server's message, when a server refused a statement.
    public var serverMessage: SQLServerMessage? {
        switch self {
        case .permissionDenied(let message), .alreadyExists(let message), .missing(let message),
            .dependentObjects(let message), .inUse(let message), .lockTimeout(let message),
            .cancelled(let message), .conflict(let message), .refused(let message):
            message
        case .libraryMissing, .unreachable, .loginRefused, .connectionLost, .unsupported, .resultTooLarge:
            nil
        }
    }

    /// The SQLSTATE, where one is known.
    public var sqlState: String? {
        if case .loginRefused(_, _, _, let state) = self { return state.isEmpty ? nil : state }
        return serverMessage?.sqlState
    }

    /// One line that names the object and says what happened.
    public var message: String {
        switch self {
        case .libraryMissing(let library, let package, let reason):
            return "client library missing: \(library) (\(reason)); install package \(package)"
        case .unreachable(let server, let reason):
            return "unable to connect to \(server): \(reason)"
        case .loginRefused(let server, let role, let reason, _):
            return "unable to connect to \(server) as \(role): \(reason)"
        case .connectionLost(let server, let reason):
            return "connection to \(server) lost: \(reason)"
        case .unsupported(let feature, let needs):
            return "\(feature) is not available here: needs \(needs)"
        case .resultTooLarge(let limitBytes):
            return "result is larger than the limit of \(limitBytes) bytes"
        case .permissionDenied(let message), .alreadyExists(let message), .missing(let message),
            .dependentObjects(let message), .inUse(let message), .lockTimeout(let message),
            .cancelled(let message), .conflict(let message), .refused(let message):
            return message.detail.isEmpty ? message.text : "\(message.text): \(message.detail)"
        }
    }

    /// A question that tells a person where to look; `nil` where the message says it all.
    public var hint: String? {
        if let serverHint = serverMessage?.hint, !serverHint.isEmpty { return serverHint }
        return switch self {
        case .libraryMissing: "is the package installed on the target, for its architecture?"
        case .unreachable(_, let reason) where Self.isAboutTLS(reason):
            "do ssl_mode, ca_cert, ssl_cert and ssl_key fit the server and its certificate?"
        case .unreachable: "is the server running, and does it listen on this host, port or socket folder?"
        case .loginRefused: "do the role, its password and the line in pg_hba.conf fit together?"
        case .connectionLost: "did the server restart, or was the session terminated?"
        case .permissionDenied: "does the login role own the object or hold the privilege?"
        case .lockTimeout: "which session holds the lock?"
        case .inUse: "which sessions use it (pg_stat_activity)?"
        case .dependentObjects: "which of the dependent objects may go or change owner first?"
        case .cancelled: "is statement_timeout too short for this statement?"
        case .conflict: "does another task change the same object at the same time?"
        case .resultTooLarge: "can the query return fewer rows?"
        case .alreadyExists, .missing, .refused, .unsupported: nil
        }
    }

    private static func isAboutTLS(_ reason: String) -> Bool {
        ["SSL", "certificate", "private key", "channel binding"].contains { reason.contains($0) }
    }
}
