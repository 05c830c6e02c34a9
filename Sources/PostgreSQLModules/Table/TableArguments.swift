import ModuleKit
import SQLClient

/// The options of `postgresql_table`.
public struct PostgreSQLTableArguments: ModuleArguments {
    let name: String
    let state: Presence
    let columns: [String]?
    let addColumns: Bool
    let like: String?
    let including: String?
    let isUnlogged: Bool
    let storageParameters: [String]
    let tablespace: String?
    let owner: String?
    let truncate: Bool
    let newName: String?
    let cascade: Bool
    let database: String
    let connection: PostgreSQLConnectionArguments

    enum Presence: String, ArgumentChoice {
        case absent, present
    }

    /// Declares and reads the options.
    public init(form: inout ArgumentForm) {
        name = form.required(
            "table", aliases: ["name"],
            doc: "Name of the table, with its schema where it is not the first of the search path.")
        state = form.defaulted("state", to: .present, doc: "Whether the table exists.")
        columns = form.optional(
            "columns",
            doc:
                "Columns and constraints of a new table, as CREATE TABLE takes them. Those of an existing table are compared "
                + "by name and type; columns that are not named here are left alone.")
        addColumns = form.defaulted(
            "add_columns", to: false,
            doc:
                "Add columns that an existing table does not have. Otherwise they are a failure, as another type of a column "
                + "is in any case.")
        like = form.optional("like", doc: "Table whose columns a new one gets.")
        including = form.optional(
            "including",
            doc: "What else of it, separated by commas: `defaults`, `constraints`, `indexes`, `all`...")
        isUnlogged = form.defaulted(
            "unlogged", to: false,
            doc: "Whether a new table is unlogged: faster to write, and empty after a crash.")
        storageParameters = form.defaulted(
            "storage_params", to: [],
            doc: "Storage parameters, such as `fillfactor=90`. Those that are not named stay as they are.")
        tablespace = form.optional("tablespace", doc: "Tablespace of the table.")
        owner = form.optional("owner", doc: "Role that owns the table. Left as it is when omitted.")
        truncate = form.defaulted("truncate", to: false, doc: "Remove all rows.")
        newName = form.optional("rename", doc: "New name of an existing table, without schema.")
        cascade = form.defaulted(
            "cascade", to: false, doc: "Drop what depends on the table with it.")
        database = form.defaulted("login_db", to: "", aliases: ["db"], doc: "Database that holds the table.")
        connection = PostgreSQLConnectionArguments(form: &form)
    }

    /// Refuses what does not go together, in the words of the module that this one is compatible with.
    func check() throws(ModuleFailure) {
        let hasShape =
            columns?.isEmpty == false || like != nil || isUnlogged || !storageParameters.isEmpty
            || owner != nil
            || tablespace != nil || including != nil
        func refuse(_ text: String) -> ModuleFailure { .impossible("\(name): \(text)", hint: nil) }
        if state == .absent, truncate || newName != nil || hasShape {
            throw refuse(
                "state=absent is mutually exclusive with: truncate, rename, columns, tablespace, including, like, "
                    + "storage_params, unlogged, owner")
        }
        if truncate, newName != nil || hasShape {
            throw refuse(
                "truncate is mutually exclusive with: rename, columns, like, unlogged, including, storage_params, owner, "
                    + "tablespace")
        }
        if newName != nil, hasShape {
            throw refuse(
                "rename is mutually exclusive with: columns, like, unlogged, including, storage_params, owner, tablespace"
            )
        }
        if like != nil, columns?.isEmpty == false {
            throw refuse("like and columns params are mutually exclusive")
        }
        if including != nil, like == nil { throw refuse("including param needs like param specified") }
        for text in (columns ?? []) + [storageParameters.joined(separator: ",")]
        where SQLSplitter.parts(of: text).count > 1 {
            throw refuse("\"\(text)\" is more than one part of a statement")
        }
    }
}
