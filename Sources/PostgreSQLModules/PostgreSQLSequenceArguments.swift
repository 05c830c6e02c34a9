import ModuleKit
import SQLClient

/// The options of `postgresql_sequence`.
public struct PostgreSQLSequenceArguments: ModuleArguments {
    let name: String
    let schema: String
    let dataType: DataType?
    let increment: Int?
    let minimum: Int?
    let maximum: Int?
    let start: Int?
    let cache: Int?
    let isCycling: Bool?
    let cascade: Bool?
    let newName: String?
    let owner: String?
    let newSchema: String?
    let state: Presence
    let database: String
    let connection: PostgreSQLConnectionArguments

    enum DataType: String, ArgumentChoice {
        case bigint, integer, smallint

        var keyword: SQLStatement {
            switch self {
            case .bigint: "bigint"
            case .integer: "integer"
            case .smallint: "smallint"
            }
        }
    }

    enum Presence: String, ArgumentChoice {
        case absent, present
    }

    /// Declares and reads the options.
    public init(form: inout ArgumentForm) {
        name = form.required("sequence", aliases: ["name"], doc: "Name of the sequence.")
        state = form.defaulted("state", to: .present, doc: "Whether the sequence exists.")
        schema = form.defaulted("schema", to: "public", doc: "Schema of the sequence.")
        dataType = form.optional("data_type", doc: "Data type; `bigint` for a new one when omitted.")
        increment = form.optional("increment", doc: "What is added for the next value; negative counts down.")
        minimum = form.optional("minvalue", aliases: ["min"], doc: "Smallest value.")
        maximum = form.optional("maxvalue", aliases: ["max"], doc: "Largest value.")
        start = form.optional("start", doc: "Value that it begins with.")
        cache = form.optional("cache", doc: "Values that a session takes at a time.")
        isCycling = form.optional(
            "cycle",
            doc:
                "Whether it begins anew at its end. A new sequence does not when omitted; an existing one is left as it is."
        )
        cascade = form.optional("cascade", doc: "Drop what depends on the sequence with it.")
        newName = form.optional("rename_to", doc: "New name of an existing sequence.")
        owner = form.optional("owner", doc: "Role that owns the sequence. Left as it is when omitted.")
        newSchema = form.optional("newschema", doc: "Schema that an existing sequence moves to.")
        database = form.defaulted(
            "login_db", to: "", aliases: ["db", "database"], doc: "Database that holds the sequence.")
        connection = PostgreSQLConnectionArguments(form: &form)
        let settings = [
            "data_type", "increment", "minvalue", "maxvalue", "start", "cache", "cycle", "owner", "newschema",
        ]
        for option in settings {
            form.rule(.mutuallyExclusive(["rename_to", option]))
            form.rule(.mutuallyExclusive(["cascade", option]))
        }
        form.rule(.mutuallyExclusive(["rename_to", "cascade"]))
    }
}
