import ModuleKit

/// The options of `postgresql_sequence`.
public struct PostgreSQLSequenceArguments: ModuleArguments {
    let name: String
    let schema: String
    let database: String
    let state: Presence
    let wish: PostgreSQLSequenceSettings.Wish
    let owner: String?
    let newName: String?
    let newSchema: String?
    let cascade: Bool
    let connection: PostgreSQLConnectionArguments

    enum Presence: String, ArgumentChoice {
        case absent, present
    }

    private enum DataType: String, ArgumentChoice {
        case bigint, integer, smallint
    }

    /// Declares and reads the options.
    public init(form: inout ArgumentForm) {
        name = form.required("sequence", aliases: ["name"], doc: "Name of the sequence, without its schema.")
        schema = form.defaulted("schema", to: "public", doc: "Schema that the sequence is in.")
        database = form.defaulted(
            "login_db", to: "", aliases: ["db", "database"],
            doc: "Database that holds the sequence; libpq picks one when it is empty.")
        state = form.defaulted("state", to: .present, doc: "Whether the sequence exists.")
        wish = Self.wish(form: &form)
        owner = form.optional(
            "owner", doc: "Role that owns the sequence. Left as it is when omitted.")
        newName = form.optional(
            "rename_to", doc: "New name of a sequence that exists.")
        newSchema = form.optional(
            "newschema", doc: "Schema that a sequence that exists is moved to.")
        cascade = form.defaulted(
            "cascade", to: false,
            doc: "Drop what depends on the sequence with it; only together with `state: absent`.")
        connection = PostgreSQLConnectionArguments(form: &form)
        let settings = ["data_type", "increment", "minvalue", "maxvalue", "start", "cache", "cycle"]
        for option in settings + ["cascade", "owner", "newschema"] {
            form.rule(.mutuallyExclusive(["rename_to", option]))
        }
        for option in settings + ["owner", "newschema"] {
            form.rule(.mutuallyExclusive(["cascade", option]))
        }
    }

    private static func wish(form: inout ArgumentForm) -> PostgreSQLSequenceSettings.Wish {
        let dataType: DataType? = form.optional(
            "data_type",
            doc: "Type of the values, which also sets their limits. A new sequence is `bigint` when omitted.")
        let increment: Int? = form.optional(
            "increment",
            doc: "What is added for the next value; a negative one counts down. A new sequence: 1.")
        let minimum: Int? = form.optional("minvalue", aliases: ["min"], doc: "Least value.")
        let maximum: Int? = form.optional("maxvalue", aliases: ["max"], doc: "Greatest value.")
        let start: Int? = form.optional(
            "start",
            doc:
                "First value. On an existing sequence it is what a restart begins with; the next value stays."
        )
        let cache: Int? = form.optional(
            "cache", doc: "Values that a session takes at once and keeps in memory. A new sequence: 1.")
        let cycle = form.defaulted(
            "cycle", to: false,
            doc:
                "Whether the sequence begins anew at its end. An existing sequence is only changed when the task gives the option."
        )
        return PostgreSQLSequenceSettings.Wish(
            dataType: dataType?.rawValue, increment: increment.map(Int64.init),
            minimum: minimum.map(Int64.init), maximum: maximum.map(Int64.init), start: start.map(Int64.init),
            cache: cache.map(Int64.init), isCycle: form.isGiven("cycle") ? cycle : nil)
    }
}
