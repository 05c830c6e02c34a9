import ModuleKit
import SQLClient

/// The options of `postgresql_publication`.
public struct PublicationArguments: ModuleArguments {
    let name: String
    let tables: [String]?
    let columns: ArgumentDictionary?
    let rowFilters: ArgumentDictionary?
    let schemas: [String]?
    let parameters: ArgumentDictionary?
    let owner: String?
    let comment: String?
    let cascade: Bool
    let state: Presence
    let database: String?
    let connection: PostgreSQLConnectionArguments

    enum Presence: String, ArgumentChoice {
        case absent, present
    }

    /// Declares and reads the options.
    public init(form: inout ArgumentForm) {
        name = form.required("name", doc: "Name of the publication.")
        tables = form.optional(
            "tables",
            doc:
                "Tables to publish, `schema.table`; exactly these. An empty list removes all. A new publication that names "
                + "neither tables, columns nor schemas publishes all tables."
        )
        columns = form.optional(
            "columns",
            doc:
                "Tables to publish, with a list of their columns each (PostgreSQL 15); an empty list stands for all columns."
        )
        rowFilters = form.optional(
            "rowfilters",
            doc:
                "Conditions on the rows that are published, by table (PostgreSQL 15); exactly these. Left as they are when omitted."
        )
        schemas = form.optional(
            "tables_in_schema",
            doc:
                "Schemas of which all tables are published (PostgreSQL 15); exactly these. An empty list removes all."
        )
        state = form.defaulted("state", to: .present, doc: "Whether the publication exists.")
        parameters = form.optional(
            "parameters", doc: "Parameters such as `publish`; those that are not named stay as they are.")
        owner = form.optional("owner", doc: "Role that owns it. Left as it is when omitted.")
        cascade = form.defaulted("cascade", to: false, doc: "Drop what depends on it too.")
        comment = form.optional(
            "comment", doc: "Comment on it. An empty text removes it; left as it is when omitted.")
        database = form.optional(
            "login_db", aliases: ["db"], doc: "Database that the publication belongs to.")
        connection = PostgreSQLConnectionArguments(form: &form)
        form.rule(.mutuallyExclusive(["tables", "tables_in_schema", "columns"]))
        form.rule(.mutuallyExclusive(["rowfilters", "tables_in_schema"]))
    }

    /// The tables that the task names, in the order of a list, or sorted when it names them in a dictionary.
    ///
    /// - Returns: `nil` when it names none; an empty list when it says that there are none.
    func publishedTables() throws(ModuleFailure) -> [PublishedTable]? {
        var published: [PublishedTable] = []
        if let columns = columns?.members {
            for (table, names) in columns {
                published.append(try PublishedTable(named: table, columns: Self.names(names)))
            }
            published.sort { ($0.name, $0.schema) < ($1.name, $1.schema) }
        } else if let tables {
            for table in tables { published.append(try PublishedTable(named: table, columns: nil)) }
        } else {
            guard rowFilters?.members.isEmpty != false else {
                throw .impossible(
                    "rowfilters needs tables or columns", hint: "which tables shall be published?")
            }
            return nil
        }
        for (table, condition) in rowFilters?.members ?? [:] {
            let filtered = try PublishedTable(named: table, columns: nil, filter: condition.asParameterText)
            guard let index = published.firstIndex(where: { $0.identifier == filtered.identifier }) else {
                throw .impossible(
                    "rowfilters names \(table), which is not among the published tables",
                    hint: "is it written as in tables or columns?")
            }
            published[index].filter = filtered.filter
        }
        return published
    }

    /// The columns of a table; none stands for all.
    private static func names(_ value: JSONValue) -> [String]? {
        let names = (value.array ?? []).map(\.asParameterText)
        let single = value.string.map { $0.split(separator: ",").map(String.init) } ?? []
        let columns = (names.isEmpty ? single : names).map(\.withoutOuterSpaces)
        return columns.isEmpty ? nil : columns
    }

    /// What `trust_input: false` looks at.
    var texts: [String?] {
        [name, owner, comment] + (tables ?? []) + (schemas ?? [])
            + (columns?.members.keys.map { $0 } ?? [])
            + (rowFilters?.members ?? [:]).flatMap { [$0.key, $0.value.asParameterText] }
            + (parameters?.members ?? [:]).map { "\($0.key) = \($0.value.asParameterText)" }
    }
}
