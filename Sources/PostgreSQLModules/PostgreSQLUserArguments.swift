import ModuleKit
import SQLClient

/// The options of `postgresql_user`.
public struct PostgreSQLUserArguments: ModuleArguments {
    let name: String
    let connection: PostgreSQLConnectionArguments
    let database: String
    let password: Secret?
    let state: Presence
    let failOnUser: Bool
    let attributeFlags: String
    let encrypted: Bool
    let noPasswordChanges: Bool
    let expires: String?
    let connectionLimit: Int?
    let comment: String?
    let configuration: ArgumentDictionary
    let resetUnspecifiedConfiguration: Bool
    let quoteConfigurationValues: Bool

    enum Presence: String, ArgumentChoice {
        case absent, present
    }

    /// Declares and reads the options.
    public init(form: inout ArgumentForm) {
        name = form.required("name", aliases: ["user"], doc: "Name of the role.")
        state = form.defaulted("state", to: .present, doc: "Whether the role exists.")
        password = form.optional(
            "password",
            doc:
                "Password, in clear (it is turned into a verifier before it leaves the target's module) or as a SCRAM "
                + "verifier or MD5 hash. An empty text removes the password; omitted leaves it as it is.")
        encrypted = form.defaulted(
            "encrypted", to: true,
            doc: "Accepted for compatibility; servers store passwords as verifiers only.")
        noPasswordChanges = form.defaulted(
            "no_password_changes", to: false,
            doc: "Leave the password of an existing role alone. Everything else is still compared.")
        attributeFlags = form.defaulted(
            "role_attr_flags", to: "",
            doc:
                "Comma list of `[NO]SUPERUSER`, `[NO]CREATEROLE`, `[NO]CREATEDB`, `[NO]INHERIT`, `[NO]LOGIN`, "
                + "`[NO]REPLICATION`, `[NO]BYPASSRLS`. Attributes that are not named stay as they are.")
        expires = form.optional(
            "expires", doc: "When the password expires, as a timestamp; `infinity` for never.")
        connectionLimit = form.optional("conn_limit", doc: "Most concurrent connections, -1 for no limit.")
        comment = form.optional(
            "comment", doc: "Comment on the role. An empty text removes it; left as it is when omitted.")
        configuration = form.defaulted(
            "configuration", to: ArgumentDictionary([:]),
            doc: "Settings of the role's sessions (`ALTER ROLE … SET`), name to value.")
        resetUnspecifiedConfiguration = form.defaulted(
            "reset_unspecified_configuration", to: false,
            doc: "Reset the settings that `configuration` does not name.")
        quoteConfigurationValues = form.defaulted(
            "quote_configuration_values", to: true,
            doc: "Write the values as literals. Set to false to write them as they are given.")
        failOnUser = form.defaulted(
            "fail_on_user", to: true, aliases: ["fail_on_role"],
            doc:
                "Fail when the role cannot be dropped because objects depend on it; otherwise warn and leave it."
        )
        database = form.defaulted(
            "login_db", to: "", aliases: ["db"],
            doc: "Database to connect to; roles belong to the whole cluster.")
        connection = PostgreSQLConnectionArguments(form: &form)
    }
}

extension PostgreSQLUserModule {
    /// What a person reads.
    public static let manual = Manual(
        summary: "Create, change or drop a PostgreSQL role",
        description: [
            "Brings a role into the wanted state. A password in clear is compared with the stored verifier and, when it "
                + "differs, sent as a new SCRAM verifier: the server, its log and `pg_stat_activity` never see it."
        ],
        differences: [
            "Nothing is executed in check mode; a role that cannot be dropped fails there too, with what depends on it.",
            "`no_password_changes` concerns the password only; `expires` and `conn_limit` are compared as always.",
            "Without access to `pg_authid` a login with the wanted password tells whether it is the stored one. Where that does "
                + "not tell either (`NOLOGIN`, an expired password, a server that asks for none, messages in another language "
                + "than English), the task fails instead of reporting a change. What the task itself just wrote needs no proof.",
            "Values of list settings (`search_path` and its like) are written and compared name by name.",
        ],
        seeAlso: ["postgresql_db", "postgresql_schema"],
        examples: [
            ManualExample(
                "Account of an application",
                [
                    "name": "app_rdv", "password": "{{ app_rdv_password }}",
                    "role_attr_flags": "NOSUPERUSER,NOCREATEDB",
                    "conn_limit": 40,
                    "configuration": ["statement_timeout": "15s", "search_path": "rdv, referentiel"],
                ]),
            ManualExample(
                "A group", ["name": "grp_etat_civil", "role_attr_flags": "NOLOGIN", "comment": "Etat civil"]),
            ManualExample("An agent who left", ["name": "agt_4711", "state": "absent"]),
        ],
        returns: [
            ManualReturn("user", type: "str", sample: "app_rdv", doc: "Name of the role, as given."),
            ManualReturn(
                "user_removed", type: "bool", returned: "when state is absent and the role existed",
                sample: true,
                doc: "Whether the role was dropped."),
            ManualReturn(
                "queries", type: "list",
                sample: ["CREATE USER \"app_rdv\" WITH ENCRYPTED PASSWORD '********' CONNECTION LIMIT 40"],
                doc: "Statements that were executed, or would be in check mode; secrets masked."),
        ])
}
