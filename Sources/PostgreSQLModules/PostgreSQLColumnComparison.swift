import ModuleKit
import SQLClient

/// Compares the columns that a task writes with those of the table.
///
/// Only what the task says is compared: `id integer` says nothing about NOT NULL or a default.
struct PostgreSQLColumnComparison {
    /// Something that is not as the task says.
    struct Difference: Equatable {
        let column: String
        /// What the table has and what the task says.
        let text: String
        /// What makes it so without losing a value; `nil` when only a person can decide how.
        let remedy: SQLStatement?
    }

    let table: SQLIdentifier
    let stored: [String: PostgreSQLTableColumn]
    let definition: PostgreSQLTableDefinition
    let primaryKey: [String]
    let session: any SQLSession
    let host: any HostServices

    /// A column of the task that the table has.
    private struct Pair {
        let stored: PostgreSQLTableColumn
        let wanted: PostgreSQLColumnDefinition
        /// The wanted type in the server's wording.
        let type: String

        var isSameType: Bool { type == stored.type }
    }

    /// The differences, in the order of the task.
    ///
    /// Takes one statement for types and one for expressions, each only if they are not written as the server does.
    func differences() throws(ModuleFailure) -> [Difference] {
        if let item = definition.unread.first {
            throw .impossible(
                "column definition \(item) of table \(label) has no name and type",
                hint: "is a comma or a quote missing?")
        }
        let pairs = try pairs()
        let expressions = try differentExpressions(pairs)
        let paired = Dictionary(pairs.map { ($0.wanted.name, $0) }, uniquingKeysWith: { $1 })
        var found: [Difference] = []
        for wanted in definition.columns {
            guard let pair = paired[wanted.name] else {
                found.append(
                    Difference(
                        column: wanted.name, text: "column \(wanted.name) is missing",
                        remedy: """
                            ALTER TABLE \(identifier: table) ADD COLUMN \(identifier: wanted.name) \
                            \(userText: wanted.text)
                            """))
                continue
            }
            found += type(pair) + nullability(pair)
            if expressions.contains(wanted.name) { found.append(expression(pair)) }
            found += generation(pair)
        }
        if !definition.primaryKey.isEmpty, definition.primaryKey != primaryKey {
            let actual = primaryKey.isEmpty ? "missing" : "(\(primaryKey.joined(separator: ", ")))"
            let wanted = definition.primaryKey.joined(separator: ", ")
            found.append(
                Difference(column: "", text: "primary key is \(actual), not (\(wanted))", remedy: nil))
        }
        return found
    }

    private var label: String { table.parts.joined(separator: ".") }

    /// The columns that both have, with the server's wording of the wanted type.
    private func pairs() throws(ModuleFailure) -> [Pair] {
        let both = definition.columns.compactMap { wanted in stored[wanted.name].map { ($0, wanted) } }
        let asked = both.filter { $0.0.type != $0.1.type }
        let forms = try forms(
            of: asked.flatMap { ["NULL::\(userText: $0.1.type)", "NULL::\(userText: $0.0.type)"] }, from: nil)
        var types: [String: String] = [:]
        for (position, (column, wanted)) in asked.enumerated() {
            let (new, old) = (forms[2 * position], forms[2 * position + 1])
            let shown = new.hasPrefix("NULL::") ? String(new.dropFirst("NULL::".count)) : wanted.type
            types[wanted.name] = new == old ? column.type : shown
        }
        return both.map { column, wanted in
            Pair(stored: column, wanted: wanted, type: types[wanted.name] ?? column.type)
        }
    }

    /// Names of the columns whose default or computing expression is another one.
    private func differentExpressions(_ pairs: [Pair]) throws(ModuleFailure) -> Set<String> {
        var different: Set<String> = []
        var asked: [(name: String, expressions: [SQLStatement])] = []
        var isComputed = false
        for pair in pairs {
            guard let wanted = Self.expression(of: pair.wanted) else { continue }
            let stored = pair.stored.expression ?? "NULL"
            if PostgreSQLTokens(stored).isSame(as: PostgreSQLTokens(wanted)) { continue }
            guard pair.isSameType else {
                different.insert(pair.wanted.name)
                continue
            }
            // Both in the column's type: DEFAULT '5' of an integer column is stored as 5.
            asked.append(
                (
                    pair.wanted.name,
                    [wanted, stored].map { "CAST((\(userText: $0)) AS \(userText: pair.stored.type))" }
                ))
            isComputed = isComputed || pair.wanted.defaultExpression == nil
        }
        let forms = try forms(of: asked.flatMap(\.expressions), from: isComputed ? table : nil)
        for (position, question) in asked.enumerated() where forms[2 * position] != forms[2 * position + 1] {
            different.insert(question.name)
        }
        return different
    }

    private static func expression(of wanted: PostgreSQLColumnDefinition) -> String? {
        if case .computed(let expression) = wanted.generation { return expression }
        return wanted.defaultExpression
    }

    private func forms(
        of expressions: [SQLStatement], from relation: SQLIdentifier?
    ) throws(ModuleFailure) -> [String] {
        do throws(ModuleFailure) {
            return try PostgreSQLExpressionForms.forms(of: expressions, from: relation, session, host: host)
        } catch {
            throw error.about("columns of table \(label)")
        }
    }

    private func type(_ pair: Pair) -> [Difference] {
        var found: [Difference] = []
        if !pair.isSameType {
            let isSafe = PostgreSQLTypeChange.isLossless(from: pair.stored.type, to: pair.type)
            found.append(
                Difference(
                    column: pair.wanted.name,
                    text: "column \(pair.wanted.name) is \(pair.stored.type), not \(pair.type)",
                    remedy: isSafe
                        ? alter(pair, "TYPE \(userText: pair.wanted.type)\(statement: Self.collation(pair))")
                        : nil))
        }
        if let levels = pair.wanted.collation, !pair.stored.collation.isMeant(by: levels) {
            found.append(
                Difference(
                    column: pair.wanted.name,
                    text: "collation of column \(pair.wanted.name) is \(pair.stored.collation.name)",
                    remedy: nil))
        }
        return found
    }

    /// A new type would bring its own default collation; the column keeps the one that it has.
    private static func collation(_ pair: Pair) -> SQLStatement {
        let collation = pair.stored.collation
        guard !collation.name.isEmpty, collation.name != "default" else { return "" }
        return " COLLATE \(identifier: SQLIdentifier(schema: collation.schema, collation.name))"
    }

    private func nullability(_ pair: Pair) -> [Difference] {
        guard let isNotNull = pair.wanted.isNotNull, isNotNull != pair.stored.isNotNull else { return [] }
        return [
            Difference(
                column: pair.wanted.name,
                text: "column \(pair.wanted.name) \(isNotNull ? "may be null" : "may not be null")",
                remedy: alter(pair, isNotNull ? "SET NOT NULL" : "DROP NOT NULL"))
        ]
    }

    private func expression(_ pair: Pair) -> Difference {
        let name = pair.wanted.name
        let actual = pair.stored.expression ?? "missing"
        guard let wanted = pair.wanted.defaultExpression, pair.stored.identity.isEmpty,
            !pair.stored.isComputed
        else {
            return Difference(column: name, text: "expression of column \(name) is \(actual)", remedy: nil)
        }
        return Difference(
            column: name, text: "default of column \(name) is \(actual), not \(wanted)",
            remedy: alter(pair, "SET DEFAULT \(userText: wanted)"))
    }

    private func generation(_ pair: Pair) -> [Difference] {
        let name = pair.wanted.name
        func difference(_ text: String) -> [Difference] {
            [Difference(column: name, text: text, remedy: nil)]
        }
        switch pair.wanted.generation {
        case .identity(let kind) where pair.stored.identity != kind:
            let word = kind == "a" ? "ALWAYS" : "BY DEFAULT"
            return difference("column \(name) is not GENERATED \(word) AS IDENTITY")
        case .computed where !pair.stored.isComputed:
            return difference("column \(name) is not computed")
        case nil where pair.wanted.isSerial && !pair.stored.hasSequence:
            return difference("column \(name) has no sequence of its own")
        case .identity, .computed, nil:
            return []
        }
    }

    private func alter(_ pair: Pair, _ action: SQLStatement) -> SQLStatement {
        "ALTER TABLE \(identifier: table) ALTER COLUMN \(identifier: pair.wanted.name) \(statement: action)"
    }
}
