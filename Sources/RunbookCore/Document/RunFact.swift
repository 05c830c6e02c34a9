/// What a document may know of the run that executes it: `run.<fact>`.
public enum RunFact: String, Hashable, Sendable, CaseIterable {
    /// Full identifier of the run.
    case id
    /// Short identifier, fit for names of databases and files.
    case shortID = "short_id"
    /// The present moment; it changes between attempts and at resume.
    case now
    /// When the run was opened; it never changes.
    case startedAt = "started_at"
    /// The account that opened the run.
    case `operator`
    /// The host on which the run was opened.
    case host
    /// What the steps came to: `done`, `stopped`, `rolled-back` or `rollback-incomplete`; only in `finally`.
    case result

    /// The type of the fact.
    public var type: ValueType {
        switch self {
        case .now, .startedAt: .time
        case .id, .shortID, .operator, .host, .result: .string
        }
    }
}
