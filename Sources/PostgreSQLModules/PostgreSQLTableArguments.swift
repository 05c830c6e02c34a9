import ModuleKit

/// The options of `postgresql_table`.
public struct PostgreSQLTableArguments: ModuleArguments {
    let name: String
    let database: String
    let state: Presence
    let owner: String?
    let tablespace: String?
    let isUnlogged: Bool
    /// Whether the task itself says whether the table is logged.
    let saysUnlogged: Bool
    let like: String?
    let including: String?
    let columns: [String]
    let newName: String?
    let truncate: Bool
    let writtenParameters: [String]
    let cascade: Bool
    let converge: Bool
    let connection: PostgreSQLConnectionArguments

    enum Presence: String, ArgumentChoice {
        case absent, present
    }

    /// Declares and reads the options.
    public init(form: inout ArgumentForm) {
        name = form.required(
            "table", aliases: ["name"],
            doc:
                "Name of the table, with its schema if wanted: `rdv.guichet`. Levels with dots or capital letters in double quotes "
                + "are taken as they are, the others too; without a schema the search path decides.")
        database = form.defaulted(
            "login_db", to: "", aliases: ["db"],
            doc: "Database that holds the table; libpq picks one when it is empty.")
        state = form.defaulted("state", to: .present, doc: "Whether the table exists.")
        owner = form.optional("owner", doc: "Role that owns the table. Left as it is when omitted.")
        tablespace = form.optional(
            "tablespace",
            doc: "Tablespace of the table. Left as it is when omitted; a move rewrites the table.")
        isUnlogged = form.defaulted(
            "unlogged", to: false,
            doc:
                "Whether the table is left out of the write-ahead log: faster, and empty after a crash. "
                + "An existing table is compared only when the task gives the option.")
        saysUnlogged = form.isGiven("unlogged")
        like = form.optional(
            "like", doc: "Table whose columns a new table gets. An existing table is not compared with it.")
        including = form.optional(
            "including",
            doc:
                "What a new table gets from `like` too, separated by commas: defaults, constraints, indexes, all and so on."
        )
        columns = form.defaulted(
            "columns", to: [],
            doc:
                "Columns and constraints of the table as SQL has them: `id bigint NOT NULL`, `PRIMARY KEY (id)`. Columns of an "
                + "existing table are compared with what is written here; further ones may be there.")
        newName = form.optional("rename", doc: "New name of a table that exists, without schema.")
        truncate = form.defaulted(
            "truncate", to: false, doc: "Empty the table. Changed only when there is something in it.")
        writtenParameters = form.defaulted(
            "storage_params", to: [],
            doc: "Storage parameters, each as `fillfactor=90`. Others are left as they are.")
        cascade = form.defaulted(
            "cascade", to: false, doc: "Drop what depends on the table with it; only with `state: absent`.")
        converge = form.defaulted(
            "converge", to: false,
            doc:
                "Change an existing table that differs from `columns` or `unlogged`: add columns, widen types, set or drop "
                + "NOT NULL and defaults. Never drops a column, never changes a type so that a value could get lost. "
                + "Otherwise the task fails and says what differs.")
        connection = PostgreSQLConnectionArguments(form: &form)
    }

    /// Storage parameters as the catalog has them.
    var parameters: PostgreSQLStorageParameters { PostgreSQLStorageParameters(written: writtenParameters) }

    /// Refuses options that contradict each other.
    func requireConsistent() throws(ModuleFailure) {
        let shape: [(name: String, isGiven: Bool)] = [
            ("owner", owner != nil), ("tablespace", tablespace != nil), ("unlogged", isUnlogged),
            ("like", like != nil), ("including", including != nil), ("columns", !columns.isEmpty),
            ("storage_params", !writtenParameters.isEmpty),
        ]
        let acts: [(name: String, isGiven: Bool)] = [
            ("truncate", truncate), ("rename", newName != nil),
        ]
        let given = shape.filter(\.isGiven).map(\.name)
        let actions = acts.filter(\.isGiven).map(\.name)
        if state == .absent, let first = (given + actions).first {
            throw .impossible(
                "table \(name): \(first) says nothing about a table that shall be absent",
                hint: "is state: present meant?")
        }
        if let action = actions.first, let other = (actions.dropFirst() + given).first {
            throw .impossible(
                "table \(name): \(action) cannot be together with \(other)", hint: "are these two tasks?")
        }
        if like != nil, !columns.isEmpty {
            throw .impossible(
                "table \(name): its columns come from like or from columns, not from both", hint: nil)
        }
        if including != nil, like == nil {
            throw .impossible("table \(name): including says nothing without like", hint: nil)
        }
    }
}
