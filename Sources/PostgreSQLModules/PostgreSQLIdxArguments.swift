import ModuleKit

/// The options of `postgresql_idx`.
public struct PostgreSQLIdxArguments: ModuleArguments {
    let name: String
    let schema: String
    let database: String?
    let state: Presence
    let table: String
    let columns: String
    let condition: String?
    let type: String?
    let isUnique: Bool
    let isConcurrent: Bool
    let tablespace: String?
    let writtenParameters: [String]
    let cascade: Bool
    let converge: Bool
    let connection: PostgreSQLConnectionArguments

    enum Presence: String, ArgumentChoice {
        case absent, present
    }

    /// Declares and reads the options.
    public init(form: inout ArgumentForm) {
        name = form.required("idxname", aliases: ["name"], doc: "Name of the index, without its schema.")
        database = form.optional(
            "login_db", aliases: ["db"],
            doc: "Database that holds the index; libpq picks one when it is omitted.")
        let schema: String? = form.optional(
            "schema", doc: "Schema of the table and the index; `public` when omitted.")
        self.schema = schema.flatMap { $0.isEmpty ? nil : $0 } ?? "public"
        state = form.defaulted("state", to: .present, doc: "Whether the index exists.")
        let table: String? = form.optional(
            "table", doc: "Table of the index, without its schema. Needed unless `state` is absent.")
        self.table = table ?? ""
        let columns: [String]? = form.optional(
            "columns", aliases: ["column"],
            doc:
                "Columns of the index as SQL has them: names, `lower(name)`, `(a + b)`, with collation, operator class "
                + "and order where wanted. Needed unless `state` is absent.")
        self.columns = (columns ?? []).joined(separator: ",")
        condition = form.optional("cond", doc: "Condition of a partial index, as SQL has it.")
        type = form.optional(
            "idxtype", aliases: ["type"],
            doc: "Index method: btree (when omitted), hash, gist, spgist, gin or brin.")
        isUnique = form.defaulted("unique", to: false, doc: "Whether the index is unique; btree only.")
        isConcurrent = form.defaulted(
            "concurrent", to: true,
            doc: "Build and drop without locking out writers. It takes longer and cannot be undone half-way.")
        tablespace = form.optional(
            "tablespace", doc: "Tablespace of the index. Not compared when omitted.")
        writtenParameters = form.defaulted(
            "storage_params", to: [],
            doc: "Storage parameters, each as `fillfactor=90`. Others are not compared.")
        cascade = form.defaulted(
            "cascade", to: false,
            doc: "Drop what depends on the index with it; only with `state: absent` and `concurrent: false`.")
        converge = form.defaulted(
            "converge", to: false,
            doc:
                "Build an index anew that is INVALID or has another definition. The old one is replaced when the new one "
                + "is complete, in one transaction. Otherwise the task fails and says what differs.")
        connection = PostgreSQLConnectionArguments(form: &form)
    }

    /// Storage parameters as the catalog has them.
    var parameters: PostgreSQLStorageParameters { PostgreSQLStorageParameters(written: writtenParameters) }

    /// What the task wants, in parts; `nil` when they cannot be told apart.
    var definition: PostgreSQLIndexDefinition? {
        let condition = PostgreSQLTokens(condition ?? "").text
        return PostgreSQLIndexDefinition(
            method: type ?? "btree", columns: columns, condition: condition.isEmpty ? nil : condition)
    }
}
