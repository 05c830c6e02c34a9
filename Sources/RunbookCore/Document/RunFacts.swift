/// The facts of one run, as `run.*` shows them to expressions.
public struct RunFacts: Hashable, Sendable {
    /// Full identifier of the run.
    public let id: String
    /// Short identifier, fit for names of databases and files.
    public let shortID: String
    /// The present moment.
    public var now: RunbookTime
    /// When the run was opened.
    public let startedAt: RunbookTime
    /// The account that opened the run.
    public let `operator`: String
    /// The host on which the run was opened.
    public let host: String
    /// What the steps came to; `nil` before.
    public var result: RunResult?

    /// Facts gathered by the caller.
    public init(
        id: String, shortID: String, now: RunbookTime, startedAt: RunbookTime, operator: String, host: String
    ) {
        self.id = id
        self.shortID = shortID
        self.now = now
        self.startedAt = startedAt
        self.operator = `operator`
        self.host = host
    }

    /// The value of one fact.
    public func value(of fact: RunFact) -> RunbookValue {
        switch fact {
        case .id: .string(id)
        case .shortID: .string(shortID)
        case .now: .time(now)
        case .startedAt: .time(startedAt)
        case .operator: .string(`operator`)
        case .host: .string(host)
        case .result: result.map { .string($0.rawValue) } ?? .null
        }
    }
}
