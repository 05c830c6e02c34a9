import BackupKit
import ModuleKit
import SQLClient

/// The programs of PostgreSQL's client package, with the connection of a task and everything secret in their environment.
struct ClientPrograms {
    /// Arguments that say where to connect and as whom.
    let connectionWords: [String]
    /// Variables for the rest of the connection.
    let environment: [String: String]
    let serverVersion: Int
    private let databaseWord: String

    /// Keywords of libpq and the variables that its programs read instead.
    ///
    /// Source: PostgreSQL 18 manual, 32.15 "Environment Variables".
    private static let variables = [
        "host": "PGHOST", "hostaddr": "PGHOSTADDR", "port": "PGPORT", "user": "PGUSER",
        "password": "PGPASSWORD",
        "passfile": "PGPASSFILE", "require_auth": "PGREQUIREAUTH", "channel_binding": "PGCHANNELBINDING",
        "service": "PGSERVICE", "options": "PGOPTIONS", "application_name": "PGAPPNAME",
        "fallback_application_name": "PGAPPNAME", "sslmode": "PGSSLMODE",
        "sslnegotiation": "PGSSLNEGOTIATION",
        "sslcompression": "PGSSLCOMPRESSION", "sslcert": "PGSSLCERT", "sslkey": "PGSSLKEY",
        "sslcertmode": "PGSSLCERTMODE", "sslrootcert": "PGSSLROOTCERT", "sslcrl": "PGSSLCRL",
        "sslcrldir": "PGSSLCRLDIR", "sslsni": "PGSSLSNI", "requirepeer": "PGREQUIREPEER",
        "ssl_min_protocol_version": "PGSSLMINPROTOCOLVERSION",
        "ssl_max_protocol_version": "PGSSLMAXPROTOCOLVERSION", "gssencmode": "PGGSSENCMODE",
        "krbsrvname": "PGKRBSRVNAME", "gsslib": "PGGSSLIB", "gssdelegation": "PGGSSDELEGATION",
        "connect_timeout": "PGCONNECT_TIMEOUT", "target_session_attrs": "PGTARGETSESSIONATTRS",
        "load_balance_hosts": "PGLOADBALANCEHOSTS",
    ]

    /// Keywords that a person should see in the command.
    private static let words = ["host": "--host", "port": "--port", "user": "--username"]

    /// Parameters as variables: secrets in an environment are seen by the same user and root only, in arguments by everybody.
    static func environment(of parameters: [SQLConnectionParameter]) -> [String: String] {
        var environment: [String: String] = [:]
        for parameter in parameters {
            guard let variable = variables[parameter.keyword] else { continue }
            if parameter.keyword == "fallback_application_name", environment[variable] != nil { continue }
            environment[variable] = parameter.value.reveal()
        }
        return environment
    }

    /// Programs that connect to one database.
    init(
        _ connection: PostgreSQLConnectionArguments, database: String, module: String, serverVersion: Int
    ) throws(ModuleFailure) {
        self.serverVersion = serverVersion
        var words: [String] = []
        var others: [SQLConnectionParameter] = []
        var more: [SQLConnectionParameter] = []
        for parameter in connection.parameters(database: database, module: module) {
            if let word = Self.words[parameter.keyword] {
                words.append("\(word)=\(parameter.value.reveal())")
            } else if Self.variables[parameter.keyword] != nil {
                others.append(parameter)
            } else if connection.connectParameters.members[parameter.keyword] != nil {
                more.append(parameter)
            }
        }
        if more.contains(where: { $0.keyword == "sslpassword" }) {
            throw .impossible(
                "sslpassword of connect_params cannot be given to a program without being seen",
                hint: "can the key be one without a password, readable by this user only?")
        }
        connectionWords = words
        environment = Self.environment(of: others)
        databaseWord = "--dbname=" + Self.databaseText(database, more.filter { $0.keyword != "dbname" })
    }

    /// A name alone where libpq cannot take it for a connection string, else a connection string.
    static func databaseText(_ database: String, _ more: [SQLConnectionParameter]) -> String {
        if more.isEmpty, !database.contains("="), !database.hasPrefix("postgres") || !database.contains("://")
        {
            return database
        }
        let all = [SQLConnectionParameter("dbname", database)] + more
        return all.map { "\($0.keyword)='\(escaped($0.value.reveal()))'" }.joined(separator: " ")
    }

    private static func escaped(_ value: String) -> String {
        value.replacing("\\", with: "\\\\").replacing("'", with: "\\'")
    }

    private var package: String { "postgresql-client-\(serverVersion / 10000)" }

    /// A program with its connection and further arguments.
    func connected(_ name: String, _ words: [String]) throws(ModuleFailure) -> Program {
        Program(
            [try path(name), databaseWord] + connectionWords + ["--no-password"] + words,
            environment: environment, package: package)
    }

    /// A program that connects to nothing.
    func local(_ name: String, _ words: [String]) throws(ModuleFailure) -> Program {
        Program([try path(name)] + words, package: package)
    }

    private func path(_ name: String) throws(ModuleFailure) -> String {
        let major = serverVersion / 10000
        let found = ProgramFinder.postgreSQL(name, majorMin: major)
        if found.contains("/") { return found }
        guard let path = ProgramFinder.onPath(name) else {
            throw ModuleFailure(BackupFailure.programMissing(name: name, package: package))
        }
        if name == "pg_dump" { try requireVersion(of: path, major) }
        return path
    }

    /// pg_dump refuses a server that is newer than itself; said here, check mode knows it too.
    private func requireVersion(of path: String, _ major: Int) throws(ModuleFailure) {
        let output = try ModuleFailure.onHost { () throws(BackupFailure) in
            try Pipeline(timeoutSeconds: 0).prove(Program([path, "--version"], package: package)).head
        }
        let text = String(decoding: output, as: UTF8.self)
        let version = text.split(separator: " ").first { $0.first?.isNumber == true } ?? ""
        guard let own = Int(version.prefix { $0.isNumber }), own < major else { return }
        throw .host(
            "\(path) is of version \(own), and the server is of version \(major)",
            hint: "is package \(package) installed on the target?")
    }
}

extension ModuleFailure {
    /// What a program or a file did, as the failure of a task.
    init(_ failure: BackupFailure) { self = .host(failure.message, hint: failure.hint) }

    /// Runs work on files and programs.
    static func onHost<Value>(
        _ body: () throws(BackupFailure) -> Value
    ) throws(ModuleFailure) -> Value {
        do throws(BackupFailure) {
            return try body()
        } catch {
            throw ModuleFailure(error)
        }
    }
}
