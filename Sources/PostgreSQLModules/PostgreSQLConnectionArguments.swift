import ModuleKit
import SQLClient

/// The options that every PostgreSQL module has, and the session that they describe.
///
/// Empty options are left out of the connection, so that libpq's own sources (`PGHOST`, `PGPASSWORD`, `~/.pgpass`,
/// service files) stay in force.
struct PostgreSQLConnectionArguments: Sendable {
    let user: String
    let password: Secret
    let host: String
    let unixSocket: String
    /// `nil` when the task does not give it: libpq's own sources then decide.
    let port: Int?
    /// `nil` when the task does not give it: libpq's own sources then decide.
    let sslMode: SSLMode?
    let caCertificate: String?
    let clientCertificate: FilePath?
    let clientKey: FilePath?
    let connectParameters: ArgumentDictionary
    let sessionRole: String?
    let trustInput: Bool

    enum SSLMode: String, ArgumentChoice {
        case allow, disable, prefer, require
        case verifyCA = "verify-ca"
        case verifyFull = "verify-full"
    }

    init(form: inout ArgumentForm) {
        user = form.defaulted(
            "login_user", to: "postgres", aliases: ["login"], environment: "PGUSER",
            doc: "Role to log in as.")
        password = form.defaulted(
            "login_password", to: Secret(""),
            doc: "Password of the login role; empty leaves it to libpq's own sources.")
        host = form.defaulted(
            "login_host", to: "", aliases: ["host"],
            doc: "Host of the server; empty means the local Unix socket or `PGHOST`.")
        unixSocket = form.defaulted(
            "login_unix_socket", to: "", aliases: ["unix_socket"],
            doc: "Folder of the Unix socket; used when `login_host` is empty or `localhost`.")
        port = form.defaultedElsewhere(
            "login_port", to: 5432, aliases: ["port"], environment: "PGPORT",
            doc: "Port of the server. A service file may have another default.")
        sslMode = form.defaultedElsewhere(
            "ssl_mode", to: .prefer,
            doc:
                "How a TLS connection is negotiated, as libpq's `sslmode`. `PGSSLMODE` and a service file may have "
                + "another default.")
        caCertificate = form.optional(
            "ca_cert", aliases: ["ssl_rootcert"], doc: "File with the certificates of trusted authorities.")
        clientCertificate = form.optional("ssl_cert", doc: "File with the client certificate.")
        clientKey = form.optional("ssl_key", doc: "File with the key of the client certificate.")
        connectParameters = form.defaulted(
            "connect_params", to: ArgumentDictionary([:]),
            doc: "Further libpq connection parameters; they win over the other options.")
        sessionRole = form.optional(
            "session_role", doc: "Role to switch to after the login; the login role must be a member of it.")
        trustInput = form.defaulted(
            "trust_input", to: true,
            doc:
                "Set to false to refuse options that look like an SQL injection. Names and values are always quoted, "
                + "so that this is a second line of defence.")
    }

    /// The parameters for libpq.
    func parameters(database: String?, module: String) -> [SQLConnectionParameter] {
        let usesSocket = (host.isEmpty || host == "localhost") && !unixSocket.isEmpty
        var values: [(keyword: String, value: String)] = [
            ("host", usesSocket ? unixSocket : host), ("port", port.map(String.init) ?? ""), ("user", user),
            ("password", password.reveal()), ("dbname", Self.databaseName(database ?? "")),
            ("sslmode", sslMode?.rawValue ?? ""), ("sslrootcert", caCertificate ?? ""),
            ("sslcert", clientCertificate?.text ?? ""), ("sslkey", clientKey?.text ?? ""),
            ("client_encoding", "UTF8"), ("fallback_application_name", "vigie.dba.\(module)"),
        ]
        for (keyword, value) in connectParameters.members.sorted(by: { $0.key < $1.key }) {
            values.removeAll { $0.keyword == keyword }
            values.append((keyword, value.asParameterText))
        }
        return values.filter { !$0.value.isEmpty }.map { SQLConnectionParameter($0.keyword, $0.value) }
    }

    /// A name as libpq takes it: it would read one with an equals sign, or one that begins like an address, as a whole
    /// connection string, and whoever may create databases could send the next login, password included, elsewhere.
    ///
    /// Source: PostgreSQL 17 manual 32.1.2, parameter `dbname`.
    private static func databaseName(_ name: String) -> String {
        let isAddress = ["postgresql://", "postgres://"].contains { name.startsWithScalars($0) }
        guard isAddress || name.containsScalars("=") else {
            return name
        }
        let escaped = name.replacingScalars("\\", with: "\\\\").replacingScalars("'", with: "\\'")
        return "dbname='\(escaped)'"
    }

    /// What a task is told that names no database and gets the one that libpq picks.
    func warnings(database: String?) -> [String] {
        (database ?? "").isEmpty && connectParameters.members["dbname"] == nil
            ? ["Database name has not been passed, used default database to connect to."] : []
    }

    /// Switches to the session role.
    func prepare(_ session: any SQLSession) throws(ModuleFailure) {
        do throws(SQLFailure) {
            try switchRole(session)
        } catch {
            throw .impossible("Could not switch role: \(error.message)", hint: error.hint)
        }
    }

    /// Switches to the session role; the failure is the server's.
    func switchRole(_ session: any SQLSession) throws(SQLFailure) {
        guard let sessionRole, !sessionRole.isEmpty else { return }
        _ = try session.execute("SET ROLE \(identifier: sessionRole)")
    }

    /// Opens a session, for modules that are not convergent.
    func session(database: String?, module: String, in context: ModuleContext) throws(ModuleFailure)
        -> any SQLSession
    {
        let session: any SQLSession
        do throws(SQLFailure) {
            session = try context.connector.connect(parameters(database: database, module: module))
        } catch {
            throw .database(error)
        }
        try prepare(session)
        return session
    }

    /// Refuses suspicious options when the task does not trust its input.
    func requireTrusted(_ texts: [String?]) throws(ModuleFailure) {
        guard !trustInput else { return }
        let dangerous = (texts + [sessionRole]).compactMap { $0 }.filter(SuspiciousInput.isDangerous)
        guard dangerous.isEmpty else {
            throw .impossible(
                "Passed input '\(dangerous.joined(separator: ", "))' is potentially dangerous",
                hint: "is trust_input: false really wanted here? names and values are quoted anyway")
        }
    }
}

extension JSONValue {
    /// A scalar as libpq and the server take it.
    var asParameterText: String {
        switch self {
        case .null: ""
        case .bool(let truth): truth ? "on" : "off"
        case .int(let number): String(number)
        case .double(let number): String(number)
        case .string(let text): text
        case .array(let elements): elements.map(\.asParameterText).joined(separator: ",")
        case .object: ""
        }
    }
}

/// The patterns of `trust_input: false`, the same as in community.postgresql 4.2.
enum SuspiciousInput {
    static func isDangerous(_ text: String) -> Bool {
        // As in a regular expression, "then" means later on the same line.
        text.split(separator: "\n").contains { line in
            let line = line.uppercased()
            return hasDashesAfterQuote(line)
                || follows(line, first: ["UNION", "INTERSECT", "EXCEPT"], later: ["SELECT"])
                || follows(
                    line, first: [";"],
                    later: ["SELECT", "UPDATE", "INSERT", "DELETE", "DROP", "TRUNCATE", "ALTER"])
        }
    }

    private static func hasDashesAfterQuote(_ line: String) -> Bool {
        guard let quote = line.utf8.firstIndex(where: { "'\"".utf8.contains($0) }) else { return false }
        return line[quote...].containsScalars("--")
    }

    private static func follows(_ line: String, first: [String], later: [String]) -> Bool {
        first.contains { word in
            guard let start = line.firstRange(of: word) else { return false }
            let rest = line[start.upperBound...]
            return later.contains { rest.contains($0) }
        }
    }
}

extension SQLSession {
    /// Rows of a reading statement, with the module's failure type.
    func observedRecords(_ statement: SQLStatement) throws(ModuleFailure) -> [SQLRecord] {
        try observedResult(statement).records
    }

    /// Rows of a reading statement one by one, for those that may be many.
    func observeEach(_ statement: SQLStatement, _ body: (SQLRecord) -> Void) throws(ModuleFailure) {
        do throws(SQLFailure) {
            try forEachRecord(of: statement, body)
        } catch {
            throw .database(error)
        }
    }

    /// The result of a reading statement, with the module's failure type.
    func observedResult(_ statement: SQLStatement) throws(ModuleFailure) -> SQLResult {
        do throws(SQLFailure) {
            return try execute(statement)
        } catch {
            throw .database(error)
        }
    }
}
