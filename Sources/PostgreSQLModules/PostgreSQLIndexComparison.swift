/// Two definitions of an index, part by part.
///
/// The server leaves out of its text what is its default (collation, operator class, order); what a task writes
/// out is therefore compared with the names of the catalog.
struct PostgreSQLIndexComparison {
    /// Two expressions of which only the server can say whether they mean the same.
    struct Pair: Equatable {
        let stored: String
        let wanted: String
        let difference: String
    }

    let stored: PostgreSQLIndexDefinition
    let wanted: PostgreSQLIndexDefinition
    let collations: [PostgreSQLCatalogName]
    let operatorClasses: [PostgreSQLCatalogName]

    /// What differs without asking the server.
    var plainDifferences: [String] {
        var differences: [String] = []
        if stored.method != wanted.method { differences.append("its type is \(stored.method)") }
        if stored.included != wanted.included {
            differences.append(
                stored.included.isEmpty
                    ? "it includes no further column"
                    : "it includes \(stored.included.joined(separator: ", "))")
        }
        if stored.isNullsNotDistinct != wanted.isNullsNotDistinct {
            differences.append("nulls are \(stored.isNullsNotDistinct ? "not distinct" : "distinct")")
        }
        if (stored.condition == nil) != (wanted.condition == nil) {
            differences.append("its condition is \(stored.condition ?? "missing")")
        }
        guard stored.keys.count == wanted.keys.count else {
            return differences
                + ["its columns are \(stored.keys.map(\.text).joined(separator: ", "))"]
        }
        for position in stored.keys.indices where !isSameButExpression(position) {
            differences.append("column \(position + 1) is \(Self.described(stored.keys[position]))")
        }
        return differences
    }

    /// The expressions that are written in different ways.
    var pairs: [Pair] {
        guard stored.keys.count == wanted.keys.count else { return [] }
        var pairs: [Pair] = []
        for (position, (old, new)) in zip(stored.keys, wanted.keys).enumerated()
        where old.column == nil && new.column == nil && !Self.isSameText(old.text, new.text) {
            pairs.append(
                Pair(
                    stored: old.text, wanted: new.text,
                    difference: "column \(position + 1) is \(Self.described(old))"))
        }
        if let old = stored.condition, let new = wanted.condition, !Self.isSameText(old, new) {
            pairs.append(Pair(stored: old, wanted: new, difference: "its condition is \(old)"))
        }
        return pairs
    }

    private func isSameButExpression(_ position: Int) -> Bool {
        let (old, new) = (stored.keys[position], wanted.keys[position])
        return old.column == new.column && old.isDescending == new.isDescending
            && old.isNullsFirst == new.isNullsFirst
            && Self.isMeant(new.collation, shown: old.collation, actual: collations, position)
            && Self.isMeant(new.operatorClass, shown: old.operatorClass, actual: operatorClasses, position)
            && Self.isSameText(old.operatorClassParameters ?? "", new.operatorClassParameters ?? "")
    }

    /// What the task leaves out is the default, which the server does not show.
    private static func isMeant(
        _ levels: [String]?, shown: [String]?, actual: [PostgreSQLCatalogName], _ position: Int
    ) -> Bool {
        guard let levels else { return shown == nil }
        return position < actual.count && actual[position].isMeant(by: levels)
    }

    private static func isSameText(_ left: String, _ right: String) -> Bool {
        PostgreSQLTokens(left).isSame(as: PostgreSQLTokens(right))
    }

    private static func described(_ key: PostgreSQLIndexDefinition.Key) -> String {
        var text = key.text
        if let collation = key.collation { text += " COLLATE \(collation.joined(separator: "."))" }
        if let operatorClass = key.operatorClass { text += " \(operatorClass.joined(separator: "."))" }
        if key.isDescending { text += " DESC" }
        if key.isNullsFirst != key.isDescending { text += key.isNullsFirst ? " NULLS FIRST" : " NULLS LAST" }
        return text
    }
}
