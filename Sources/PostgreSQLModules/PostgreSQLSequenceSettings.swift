import SQLClient

/// What a sequence counts like.
struct PostgreSQLSequenceSettings: Equatable {
    /// Types that a sequence can have, with their limits.
    ///
    /// Source: PostgreSQL 17 manual, 8.1 "Numeric Types" and `CREATE SEQUENCE`.
    private static let limits: [String: ClosedRange<Int64>] = [
        "smallint": -32_768...32_767,
        "integer": -2_147_483_648...2_147_483_647,
        "bigint": Int64.min...Int64.max,
    ]

    /// `smallint`, `integer` or `bigint`.
    var dataType: String
    var increment: Int64
    var minimum: Int64
    var maximum: Int64
    var start: Int64
    var cache: Int64
    var isCycle: Bool

    /// The settings that a task gives; what it leaves out is `nil`.
    struct Wish: Equatable {
        var dataType: String?
        var increment: Int64?
        var minimum: Int64?
        var maximum: Int64?
        var start: Int64?
        var cache: Int64?
        var isCycle: Bool?
    }

    private static func range(_ dataType: String) -> ClosedRange<Int64> {
        limits[dataType] ?? Int64.min...Int64.max
    }

    /// What the server makes of a new sequence.
    ///
    /// Source: PostgreSQL 17 manual, `CREATE SEQUENCE`.
    init(new wish: Wish) {
        dataType = wish.dataType ?? "bigint"
        let range = Self.range(dataType)
        increment = wish.increment ?? 1
        let isAscending = increment > 0
        minimum = wish.minimum ?? (isAscending ? 1 : range.lowerBound)
        maximum = wish.maximum ?? (isAscending ? range.upperBound : -1)
        start = wish.start ?? (isAscending ? minimum : maximum)
        cache = wish.cache ?? 1
        isCycle = wish.isCycle ?? false
    }

    /// Settings as the catalog has them.
    init(
        dataType: String, increment: Int64, minimum: Int64, maximum: Int64, start: Int64, cache: Int64,
        isCycle: Bool
    ) {
        self.dataType = dataType
        self.increment = increment
        self.minimum = minimum
        self.maximum = maximum
        self.start = start
        self.cache = cache
        self.isCycle = isCycle
    }

    /// What the server makes of this sequence when it is altered.
    ///
    /// A limit that was the limit of the old type becomes the limit of the new one.
    /// Source: PostgreSQL 17 manual, `ALTER SEQUENCE`.
    func altered(_ wish: Wish) -> Self {
        var altered = self
        if let dataType = wish.dataType, dataType != self.dataType {
            altered.dataType = dataType
            let (old, new) = (Self.range(self.dataType), Self.range(dataType))
            if minimum == old.lowerBound { altered.minimum = new.lowerBound }
            if maximum == old.upperBound { altered.maximum = new.upperBound }
        }
        altered.increment = wish.increment ?? increment
        altered.minimum = wish.minimum ?? altered.minimum
        altered.maximum = wish.maximum ?? altered.maximum
        altered.start = wish.start ?? start
        altered.cache = wish.cache ?? cache
        altered.isCycle = wish.isCycle ?? isCycle
        return altered
    }

    /// The settings of a wish as clauses, in the order of the manual.
    static func clauses(_ wish: Wish) -> SQLStatement {
        var clauses: [SQLStatement] = []
        if let dataType = wish.dataType { clauses.append("AS \(userText: dataType)") }
        if let increment = wish.increment { clauses.append("INCREMENT BY \(integer: increment)") }
        if let minimum = wish.minimum { clauses.append("MINVALUE \(integer: minimum)") }
        if let maximum = wish.maximum { clauses.append("MAXVALUE \(integer: maximum)") }
        if let start = wish.start { clauses.append("START WITH \(integer: start)") }
        if let cache = wish.cache { clauses.append("CACHE \(integer: cache)") }
        if let isCycle = wish.isCycle { clauses.append(isCycle ? "CYCLE" : "NO CYCLE") }
        return clauses.reduce("") { "\(statement: $0) \(statement: $1)" }
    }

    /// What must be told to the server to get from these settings to the wanted ones; `nil` when nothing.
    func difference(to wanted: Self, wish: Wish) -> Wish? {
        let difference = Wish(
            dataType: wanted.dataType == dataType ? nil : wanted.dataType,
            increment: wanted.increment == increment ? nil : wanted.increment,
            // The type brings its limits; only limits that the task gives are written out.
            minimum: wanted.minimum == minimum ? nil : wish.minimum,
            maximum: wanted.maximum == maximum ? nil : wish.maximum,
            start: wanted.start == start ? nil : wanted.start,
            cache: wanted.cache == cache ? nil : wanted.cache,
            isCycle: wanted.isCycle == isCycle ? nil : wanted.isCycle)
        return difference == Wish() ? nil : difference
    }
}
