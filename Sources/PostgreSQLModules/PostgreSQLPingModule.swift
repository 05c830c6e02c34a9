import ModuleKit
import SQLClient

/// `postgresql_ping`: is the server there, and which version is it?
public enum PostgreSQLPingModule: Module {
    /// The options.
    public struct Arguments: ModuleArguments {
        let connection: PostgreSQLConnectionArguments
        let database: String?

        /// Declares and reads the options.
        public init(form: inout ArgumentForm) {
            connection = PostgreSQLConnectionArguments(form: &form)
            database = form.optional("login_db", aliases: ["db"], doc: "Database to connect to.")
        }
    }

    /// The name inside the collection.
    public static let name = "postgresql_ping"

    /// What a person reads.
    public static let manual = Manual(
        summary: "Check that a PostgreSQL server answers",
        description: [
            "Connects, asks for the version and disconnects. A server that does not answer is not a failure of the task: "
                + "`is_available` is false, and a warning says why."
        ],
        seeAlso: ["postgresql_query"],
        examples: [
            ManualExample(
                "Wait for the database server",
                [
                    "login_host": "db1.mairie.example", "login_user": "svc_supervision",
                    "ssl_mode": "verify-full",
                ])
        ],
        returns: [
            ManualReturn("is_available", type: "bool", sample: true, doc: "Whether the server answered."),
            ManualReturn(
                "server_version", type: "dict",
                sample: [
                    "major": 15, "minor": 18, "full": "15.18",
                    "raw": "PostgreSQL 15.18 on x86_64-pc-linux-gnu",
                ],
                doc: "The server's version; empty when it did not answer."),
            ManualReturn(
                "conn_err_msg", type: "str", sample: "", doc: "Why the connection failed, or empty."),
        ])

    /// Connects and asks for the version.
    public static func run(_ arguments: Arguments, in context: ModuleContext) throws(ModuleFailure) -> Reply {
        try arguments.connection.requireTrusted([])
        do throws(SQLFailure) {
            let session = try context.connector.connect(
                arguments.connection.parameters(database: arguments.database, module: name))
            defer { session.close() }
            try arguments.connection.switchRole(session)
            let rows = try session.records("SELECT pg_catalog.version() AS version")
            let raw = rows.first?.text("version") ?? ""
            return Reply(
                changed: false,
                facts: ["is_available": true, "server_version": version(raw), "conn_err_msg": ""])
        } catch {
            if case .libraryMissing = error { throw .database(error) }
            return Reply(
                changed: false,
                facts: [
                    "is_available": false, "server_version": [:], "conn_err_msg": .string(error.message),
                ],
                warnings: ["PostgreSQL server is unavailable: \(error.message)"])
        }
    }

    /// `PostgreSQL 15.18 (Debian …) on …`; development versions (`18beta1`) have minor 0.
    static func version(_ raw: String) -> JSONValue {
        let words = raw.split(separator: " ")
        guard words.count > 1 else { return [:] }
        let full = String(words[1])
        let numbers = full.split(separator: ".").map { Int64($0.prefix { $0.isNumber }) ?? 0 }
        var version: [String: JSONValue] = [
            "full": .string(full), "raw": .string(raw), "major": .int(numbers.first ?? 0),
            "minor": .int(numbers.count > 1 ? numbers[1] : 0),
        ]
        if numbers.count > 2 { version["patch"] = .int(numbers[2]) }
        return .object(version)
    }
}
