import ModuleKit
import SQLClient

/// The options of `postgresql_subscription`.
public struct SubscriptionArguments: ModuleArguments {
    let name: String
    let publications: [String]?
    let connectionParameters: ArgumentDictionary?
    let parameters: ArgumentDictionary?
    let owner: String?
    let comment: String?
    let cascade: Bool
    let state: Presence
    let database: String
    let connection: PostgreSQLConnectionArguments

    enum Presence: String, ArgumentChoice {
        case absent, present, refresh
    }

    /// Declares and reads the options.
    public init(form: inout ArgumentForm) {
        name = form.required("name", doc: "Name of the subscription.")
        database = form.required(
            "login_db", aliases: ["db"], doc: "Database that the subscription belongs to.")
        state = form.defaulted(
            "state", to: .present,
            doc:
                "Whether the subscription exists. `refresh` fetches which tables the publications have by now, and always "
                + "counts as a change.")
        publications = form.optional(
            "publications", doc: "Publications of the publisher; exactly these.")
        connectionParameters = form.optional(
            "connparams",
            doc:
                "How to reach the publisher: parameters of libpq such as `host`, `user` and `password`; exactly these. "
                + "A `passfile` on the server keeps the password out of the catalogs.")
        parameters = form.optional(
            "subsparams",
            doc:
                "Parameters of CREATE SUBSCRIPTION, such as `enabled`, `copy_data`, `slot_name`; an existing subscription takes "
                + "those that can be changed, and ignores the others with a warning.")
        owner = form.optional("owner", doc: "Role that owns it. Left as it is when omitted.")
        cascade = form.defaulted("cascade", to: false, doc: "Drop what depends on it too.")
        comment = form.optional(
            "comment", doc: "Comment on it. An empty text removes it; left as it is when omitted.")
        connection = PostgreSQLConnectionArguments(form: &form)
    }

    /// What `trust_input: false` looks at.
    var texts: [String?] {
        [name, owner, comment] + (publications ?? [])
            + [connectionParameters, parameters].flatMap { dictionary in
                (dictionary?.members ?? [:]).map { "\($0.key)=\($0.value.asParameterText)" }
            }
    }
}
