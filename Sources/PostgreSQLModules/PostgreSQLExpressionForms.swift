import ModuleKit
import SQLClient

/// The server's own wording of expressions: two that mean the same to its parser and planner read the same.
///
/// `EXPLAIN` without `ANALYZE` parses, simplifies and prints an expression and reads no row; all that the planner may run
/// are functions that are declared immutable, on constants. The server lets a read-only transaction do so: it is a read,
/// fit for check mode. Expressions to compare must go through it together, the stored one too: the planner
/// folds constants in both.
enum PostgreSQLExpressionForms {
    /// Most expressions of one statement; the server's limit for a select list is 1664.
    private static let expressionsMax = 1600

    /// The wording of each expression, in their order.
    ///
    /// - Parameter relation: The table whose columns they may use.
    static func forms(
        of expressions: [SQLStatement], from relation: SQLIdentifier?, _ session: any SQLSession,
        host: any HostServices
    ) throws(ModuleFailure) -> [String] {
        // ONLY: one scan and one way to write a column, for a partitioned table too.
        let source: SQLStatement = relation.map { " FROM ONLY \(identifier: $0)" } ?? ""
        var forms: [String] = []
        for start in stride(from: 0, to: expressions.count, by: expressionsMax) {
            let group = expressions[start...].prefix(expressionsMax)
            let list = group.joined(separator: ", ")
            // With a bound value the server takes one statement only: no text can smuggle in a second one.
            let rows = try session.observedRecords(
                """
                EXPLAIN (VERBOSE, COSTS OFF, FORMAT JSON)
                SELECT \(statement: list)\(statement: source)
                 WHERE \(value: .bool(true))
                """)
            let document = rows.first?.text("QUERY PLAN").flatMap { host.json(of: $0) }
            let plan = document?.array?.first?.object?["Plan"]?.object
            let output = (plan?["Output"]?.array ?? []).compactMap(\.string)
            guard output.count == group.count else {
                throw .impossible(
                    "the server does not show expressions of table "
                        + (relation?.parts.joined(separator: ".") ?? "-"),
                    hint: "is the table of a kind that EXPLAIN VERBOSE does not print?")
            }
            forms += output
        }
        return forms
    }
}
