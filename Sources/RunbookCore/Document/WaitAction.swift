/// What a step waits for: it looks again and again, and changes nothing.
public struct WaitAction: Hashable, Sendable {
    /// What must come true.
    public enum Condition: Hashable, Sendable {
        /// A request that is answered as expected.
        case http(HTTPAction)
        /// A query that returns a row.
        case sql(SQLAction)
        /// A text for `sh -c` that ends with status 0.
        case run(String)
        /// A program that ends with status 0.
        case argv([Template])
        /// A moment. The run suspends until then.
        case until(Expression)
        /// Nothing but time.
        case pause
    }

    /// What must come true.
    public var condition: Condition
    /// Between two looks.
    public var interval: Duration
    /// How long it may take; then the step has failed. For a pause, how long it is.
    public var limit: Duration

    /// Between two looks, unless a document says otherwise.
    public static let intervalDefault = Duration.seconds(10)
    /// How long it may take, unless a document says otherwise.
    public static let limitDefault = Duration.seconds(600)

    /// Something to wait for.
    public init(
        condition: Condition, interval: Duration = intervalDefault, limit: Duration = limitDefault
    ) {
        self.condition = condition
        self.interval = interval
        self.limit = limit
    }
}
