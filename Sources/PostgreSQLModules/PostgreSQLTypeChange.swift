/// Which changes of a column's type keep every value, or fail by the server's own check instead of cutting one.
///
/// The server itself would round `numeric(10,4)` to `numeric(10,2)`, or a float to an integer, without a word.
/// Source: PostgreSQL 17 manual, 8 "Data Types"; `ALTER TABLE` ("assignment cast").
enum PostgreSQLTypeChange {
    /// Types that hold every value of the key.
    private static let wider: [String: Set<String>] = [
        "smallint": ["integer", "bigint", "numeric", "real", "double precision"],
        "integer": ["bigint", "numeric", "double precision"],
        "bigint": ["numeric"],
        "real": ["double precision"],
        "character varying": ["text", "character varying"],
        "character": ["text", "character varying", "character"],
        "text": ["character varying"],
        "bit": ["bit varying", "bit"],
        "bit varying": ["bit varying"],
        "date": ["timestamp without time zone"],
        "cidr": ["inet"],
    ]

    /// Types with digits after the point: fewer of them would round.
    private static let rounding: Set<String> = [
        "numeric", "time without time zone", "time with time zone", "timestamp without time zone",
        "timestamp with time zone",
    ]

    /// Whether no value can get lost between two types, both in the server's wording.
    static func isLossless(from old: String, to new: String) -> Bool {
        let (old, new) = (parts(old), parts(new))
        if wider[old.base]?.contains(new.base) == true {
            return new.limits.isEmpty || !rounding.contains(new.base)
        }
        guard old.base == new.base else { return false }
        if new.limits.isEmpty { return true }
        guard rounding.contains(new.base), let before = old.limits.last, let after = new.limits.last else {
            return false
        }
        // numeric(10) has no digits after the point.
        let isNumeric = new.base == "numeric"
        return (isNumeric && new.limits.count == 1 ? 0 : after)
            >= (isNumeric && old.limits.count == 1 ? 0 : before)
    }

    /// `timestamp(3) with time zone` is `timestamp with time zone` with the limit 3.
    private static func parts(_ type: String) -> (base: String, limits: [Int]) {
        guard let open = type.firstIndex(of: "("), let close = type.lastIndex(of: ")"), open < close else {
            return (type, [])
        }
        let base = type[..<open] + type[type.index(after: close)...]
        let limits = type[type.index(after: open)..<close].split(separator: ",").compactMap { Int($0) }
        return (String(base), limits)
    }
}
