import ModuleKit
import SQLClient

/// Whether two conditions mean the same to the server.
enum ConditionLikeness: Equatable {
    case alike
    case different
    /// The session cannot tell, and why.
    case unknown(String)
}

extension SQLSession {
    /// Asks the server whether two conditions on a table mean the same.
    ///
    /// The planner writes both out again in one and the same way: casts, `BETWEEN`, `IN`, quotes and parentheses are then
    /// the same where the meaning is. Nothing is executed. The bound value makes the server refuse a second statement.
    ///
    /// - Throws: `ModuleFailure.impossible` for a condition that the server cannot read.
    func likeness(
        of stored: RowCondition, _ written: RowCondition, on table: SQLIdentifier
    ) throws(ModuleFailure) -> ConditionLikeness {
        let rows: [SQLRecord]
        do throws(SQLFailure) {
            rows = try records(
                """
                EXPLAIN (VERBOSE, COSTS OFF, FORMAT JSON)
                SELECT ARRAY[\(statement: stored.clause), \(statement: written.clause)]
                  FROM \(identifier: table)
                 WHERE \(value: .bool(true))::boolean
                """)
        } catch {
            let name = table.quoted(for: dialect)
            switch error {
            case .permissionDenied:
                return .unknown("the condition on \(name) cannot be compared: \(error.message)")
            case .missing, .refused:
                throw .impossible("the condition on \(name) is not valid: \(error.message)", hint: error.hint)
            case .libraryMissing, .unreachable, .loginRefused, .connectionLost, .alreadyExists,
                .dependentObjects, .inUse, .lockTimeout, .cancelled, .conflict, .unsupported,
                .resultTooLarge:
                throw .database(error)
            }
        }
        return PlannedPair(plan: rows.first?.text("QUERY PLAN") ?? "").isAlike ? .alike : .different
    }
}

/// The two expressions that a plan shows as one array.
struct PlannedPair {
    let plan: String

    /// Whether both are written alike.
    ///
    /// Inside the quotes of JSON, a quote has a backslash before it: the first bare one ends the array.
    var isAlike: Bool {
        guard let start = plan.firstRange(of: "\"ARRAY["),
            let end = plan[start.upperBound...].firstRange(of: "]\"")
        else { return false }
        let pair = Array(plan[start.upperBound..<end.lowerBound].utf8)
        let separator = Array(", ".utf8)
        guard pair.count > separator.count, (pair.count - separator.count).isMultiple(of: 2) else {
            return false
        }
        let half = (pair.count - separator.count) / 2
        return pair[half..<(half + separator.count)].elementsEqual(separator)
            && pair[..<half].elementsEqual(pair[(half + separator.count)...])
    }
}
