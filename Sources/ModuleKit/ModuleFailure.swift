import SQLClient

/// Why a task fails, beyond what the database says.
public enum ModuleFailure: Error, Equatable, Sendable {
    /// The database failed.
    case database(SQLFailure)
    /// The wanted state cannot be reached, and why.
    case impossible(String, hint: String?)
    /// A change of the plan failed; `applied` changes of it were done and stay.
    case change(SQLFailure, statement: String, applied: [String])
    /// After applying, the module still finds something to do: a defect of the module.
    case notConverged(remaining: [String])
    /// A file or a program on the target.
    case host(String, hint: String?)

    /// One line for the reply.
    var message: String {
        switch self {
        case .database(let failure), .change(let failure, _, _): failure.message
        case .impossible(let text, _), .host(let text, _): text
        case .notConverged(let remaining):
            "the server accepted the changes, yet these are still needed: "
                + remaining.joined(separator: "; ")
        }
    }

    /// The statement that failed, where it was one of the plan.
    var statement: String? {
        switch self {
        case .change(_, let statement, _): statement
        case .database, .impossible, .host, .notConverged: nil
        }
    }

    var hint: String? {
        switch self {
        case .database(let failure), .change(let failure, _, _): failure.hint
        case .impossible(_, let hint), .host(_, let hint): hint
        case .notConverged:
            "does a trigger or another session undo them? otherwise report a defect of the module"
        }
    }

    var sqlState: String? {
        switch self {
        case .database(let failure), .change(let failure, _, _): failure.sqlState
        case .impossible, .host, .notConverged: nil
        }
    }
}
