import ModuleKit
import SQLClient

/// A table of a publication: which columns of it, and which rows.
struct PublishedTable: Equatable {
    var schema: String
    var name: String
    /// Columns in the order of the statement; `nil` publishes all, also those to come.
    var columns: [String]?
    /// Condition on rows; `nil` publishes all.
    var filter: RowCondition?

    /// The table as a reply names it.
    var quotedName: String { identifier.quoted(for: .postgreSQL) }

    /// The name for statements.
    var identifier: SQLIdentifier { SQLIdentifier(schema: schema, name) }

    /// The table as it stands behind `FOR TABLE`, `ADD TABLE` and `SET TABLE`.
    var clause: SQLStatement {
        var clause: SQLStatement = "\(identifier: identifier)"
        if let columns {
            let names = columns.map { "\(identifier: $0)" as SQLStatement }.joined(separator: ", ")
            clause = clause + " (\(statement: names))"
        }
        if let filter { clause = clause + " WHERE \(statement: filter.clause)" }
        return clause
    }

    /// The table of a task's text: without a schema it is in `public`, as for the module this one is compatible with.
    init(named text: String, columns: [String]?, filter: String? = nil) throws(ModuleFailure) {
        let parts = try PostgreSQLObjectName.identifier(text.withoutOuterSpaces, as: .table).parts
        guard parts.count <= 2, let name = parts.last else {
            throw .impossible("\(text) is not a table of this database", hint: "is it written schema.table?")
        }
        self.init(
            schema: parts.count == 2 ? parts[0] : "public", name: name, columns: columns,
            filter: try filter.flatMap { written throws(ModuleFailure) in
                try RowCondition(written: written, of: text)
            })
    }

    /// A table of the catalogs.
    init(schema: String, name: String, columns: [String]?, filter: RowCondition?) {
        self.schema = schema
        self.name = name
        self.columns = columns
        self.filter = filter
    }

    /// Whether the columns are the same, whatever their order.
    func hasColumns(of other: PublishedTable) -> Bool {
        columns.map(Set.init) == other.columns.map(Set.init)
    }
}
