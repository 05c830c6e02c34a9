import ModuleKit
import SQLClient

/// The options that `postgresql_query` and `postgresql_script` share.
struct FreeSQLArguments: Sendable {
    let connection: PostgreSQLConnectionArguments
    let database: String?
    let positional: [JSONValue]?
    let named: ArgumentDictionary?
    let searchPath: [String]?
    let encoding: String?

    init(form: inout ArgumentForm) {
        positional = form.optional(
            "positional_args",
            doc: "Values for the `%s` placeholders, in order. A list becomes an array, "
                + "a list of lists one with more dimensions; a list in a list of one is taken as the inner list."
        )
        named = form.optional(
            "named_args", doc: "Values for the `%(name)s` placeholders. Lists as in `positional_args`.")
        database = form.optional("login_db", aliases: ["db"], doc: "Database to connect to.")
        encoding = form.optional(
            "encoding",
            doc:
                "Accepted for compatibility, and refused when the server does not know it. Text always travels as UTF-8 and "
                + "the server converts it.")
        searchPath = form.optional("search_path", doc: "Schemas to look in, in this order.")
        connection = PostgreSQLConnectionArguments(form: &form)
        form.rule(.mutuallyExclusive(["positional_args", "named_args"]))
    }

    var values: PlaceholderValues {
        if let positional, !positional.isEmpty { return .positional(positional) }
        if let named, !named.members.isEmpty { return .named(named.members) }
        return .none
    }

    /// What the reply warns of.
    var warnings: [String] { connection.warnings(database: database) }

    /// A session with role and search path set.
    func session(module: String, in context: ModuleContext) throws(ModuleFailure) -> any SQLSession {
        try connection.requireTrusted([])
        let session = try connection.session(database: database, module: module, in: context)
        if let encoding { try Self.requireKnown(encoding: encoding, session) }
        guard let searchPath, !searchPath.isEmpty else { return session }
        let schemas: [SQLStatement] = searchPath.map { "\(identifier: Self.trimmed($0))" }
        do throws(SQLFailure) {
            _ = try session.execute("SET search_path TO \(statement: schemas.joined(separator: ", "))")
        } catch {
            throw .database(error)
        }
        return session
    }

    private static func requireKnown(encoding: String, _ session: any SQLSession) throws(ModuleFailure) {
        let rows = try session.observedRecords(
            "SELECT pg_catalog.pg_char_to_encoding(\(value: .text(encoding))) >= 0 AS is_known")
        if rows.first?.bool("is_known") != true {
            throw .impossible(
                "\(encoding) is not an encoding that the server knows", hint: "is UTF8 or LATIN1 meant?")
        }
    }

    private static func trimmed(_ name: String) -> String {
        String(name.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }

    /// A failure of SQL that a person wrote; under `no_log` nothing of its text is told.
    static func failure(_ error: SQLFailure, text: String, in context: ModuleContext) -> ModuleFailure {
        guard context.noLog else { return .change(error, statement: text, applied: []) }
        let state = error.sqlState.map { " (SQLSTATE \($0))" } ?? ""
        return .impossible("the SQL failed\(state); its text is hidden by no_log", hint: error.hint)
    }
}
