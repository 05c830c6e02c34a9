import ModuleKit
import SQLClient

/// The options of `postgresql_idx`.
public struct PostgreSQLIdxArguments: ModuleArguments {
    let name: String
    let schema: String
    let table: String?
    let columns: [String]
    let condition: String?
    let method: String?
    let isUnique: Bool
    let isConcurrent: Bool
    let tablespace: String?
    let storageParameters: [String]
    let cascade: Bool
    let rebuild: Bool
    let state: Presence
    let database: String?
    let connection: PostgreSQLConnectionArguments

    enum Presence: String, ArgumentChoice {
        case absent, present
    }

    /// Declares and reads the options.
    public init(form: inout ArgumentForm) {
        name = form.required("idxname", aliases: ["name"], doc: "Name of the index.")
        state = form.defaulted("state", to: .present, doc: "Whether the index exists.")
        schema =
            form.optional("schema", doc: "Schema of the table and its index; `public` when omitted.")
            ?? "public"
        table = form.optional("table", doc: "Table of the index.")
        columns = form.defaulted(
            "columns", to: [], aliases: ["column"],
            doc: "Columns or expressions, each with operator class and order as CREATE INDEX takes them.")
        condition = form.optional("cond", doc: "Condition of a partial index, as SQL.")
        method = form.optional("idxtype", aliases: ["type"], doc: "Index method; `btree` when omitted.")
        isUnique = form.defaulted("unique", to: false, doc: "Whether the index is unique.")
        isConcurrent = form.defaulted(
            "concurrent", to: true,
            doc: "Build or drop it without locking the table against writing. Not possible with `cascade`.")
        tablespace = form.optional("tablespace", doc: "Tablespace of the index; the database's when omitted.")
        storageParameters = form.defaulted(
            "storage_params", to: [], doc: "Storage parameters, such as `fillfactor=90`.")
        cascade = form.defaulted(
            "cascade", to: false, doc: "Drop what depends on the index with it; needs `concurrent: false`.")
        rebuild = form.defaulted(
            "rebuild", to: false,
            doc:
                "Build an existing index anew when it is invalid, or drop and create it when its definition is another one. "
                + "Otherwise another definition is a failure, and an invalid index a warning.")
        database = form.optional("login_db", aliases: ["db"], doc: "Database that holds the table.")
        connection = PostgreSQLConnectionArguments(form: &form)
    }

    /// Methods that PostgreSQL brings with it; `bloom` is an extension's.
    private static let methods: Set<String> = ["BTREE", "HASH", "GIST", "SPGIST", "GIN", "BRIN", "BLOOM"]

    /// Refuses what does not go together.
    func check() throws(ModuleFailure) {
        func refuse(_ message: String, _ hint: String? = nil) -> ModuleFailure {
            .impossible(message, hint: hint)
        }
        if isConcurrent, cascade {
            throw refuse(
                "Concurrent mode and cascade parameters are mutually exclusive", "concurrent: false?")
        }
        if isUnique, let method, method != "btree" {
            throw refuse("Only btree currently supports unique indexes")
        }
        switch state {
        case .present:
            guard table?.isEmpty == false else { throw refuse("Table must be specified") }
            guard !columns.isEmpty else { throw refuse("At least one column must be specified") }
            if cascade { throw refuse("cascade parameter used only with state=absent") }
            if let method, !Self.methods.contains(method.uppercased()) {
                throw refuse("Index type '\(method)' of \(name) is not in valid types")
            }
        case .absent:
            guard table == nil, columns.isEmpty, condition == nil, method == nil, tablespace == nil else {
                throw refuse(
                    "Index \(name) is going to be removed, so it does not make sense to pass a table name, columns, "
                        + "conditions, index type, or tablespace")
            }
        }
        for text in columns + [condition ?? "", storageParameters.joined(separator: ",")]
        where SQLSplitter.parts(of: text).count > 1 {
            throw refuse("\"\(text)\" is more than one part of a statement", "is the semicolon meant?")
        }
    }
}
