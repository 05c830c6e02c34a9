import Glibc
import PostgreSQLClient
import PostgreSQLModules
import SQLClient
import Testing

@testable import ModuleKit

/// The private server of this test run, started by `Tests/Support/cluster.sh`.
struct TestServer {
    let socketFolder: String
    let port: String
    let logPath: String

    /// `nil` when the run has no server: the tests that need one are then skipped, with the reason below.
    static let current: TestServer? = {
        guard let folder = variable("VIGIE_TEST_PGHOST"), let port = variable("VIGIE_TEST_PGPORT"),
            let log = variable("VIGIE_TEST_PGLOG")
        else { return nil }
        return TestServer(socketFolder: folder, port: port, logPath: log)
    }()

    static let skipReason: Comment =
        "no private server: VIGIE_TEST_PGHOST, _PGPORT and _PGLOG are not set (make test)"

    private static func variable(_ name: String) -> String? {
        getenv(name).map { String(cString: $0) }
    }

    /// A session as superuser, or as another role.
    func session(user: String = "postgres", database: String = "postgres") throws -> any SQLSession {
        try PostgreSQLConnector().connect([
            SQLConnectionParameter("host", socketFolder), SQLConnectionParameter("port", port),
            SQLConnectionParameter("user", user), SQLConnectionParameter("dbname", database),
        ])
    }

    /// All modules of PostgreSQL.
    static var modules: [AnyModule] { PostgreSQLModuleList.modules(connector: PostgreSQLConnector()) }

    /// Runs a statement as superuser.
    func execute(_ statements: SQLStatement..., database: String = "postgres") throws {
        let session = try session(database: database)
        for statement in statements { _ = try session.execute(statement) }
    }

    /// The reply of a module to a task on this server.
    func reply(
        _ module: String, _ options: [String: JSONValue], checkMode: Bool = false, noLog: Bool = false,
        verbosity: Int64 = 0
    ) throws -> [String: JSONValue] {
        let module = try #require(Self.modules.first { $0.name == module })
        var all = options
        if options["login_host"] == nil { all["login_unix_socket"] = .string(socketFolder) }
        if options["login_port"] == nil { all["login_port"] = .string(port) }
        let task = AnyModule.Task(
            options: all, checkMode: checkMode, diffMode: true, noLog: noLog, verbosity: verbosity,
            coercion: CoercionContext(environment: [:], parseJSON: { OperatingSystem().json(of: $0) }))
        return module.perform(task, OperatingSystem()).reply
    }

    /// What the server logs while the body runs.
    ///
    /// The log of a whole run is long, therefore only its end is read.
    func logged(_ body: () throws -> Void) throws -> String {
        let log = open(logPath, O_RDONLY | O_CLOEXEC)
        try #require(log >= 0, "the server's log cannot be opened")
        defer { close(log) }
        lseek(log, 0, SEEK_END)
        try body()
        let bytes = try OperatingSystem.contents(ofDescriptor: log, name: logPath, limitBytes: 256 << 20)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// An empty folder that belongs to the server's account, for a tablespace; one for each use.
    ///
    /// Beside the socket, so that it goes with the cluster.
    static func emptyFolder(_ use: String) -> String? {
        guard let current else { return nil }
        let folder = current.socketFolder + "/tablespace-" + use
        // The account of the tests may be another one than the server's: the server itself makes the folder. A program
        // that does not read what COPY sends breaks its pipe, now and then, under load.
        let program = "cat > /dev/null && mkdir -p '\(folder)'"
        do {
            try current.execute("COPY (SELECT 1) TO PROGRAM \(literal: program)")
        } catch {
            Issue.record(error, "the folder \(folder) cannot be made")
        }
        return folder
    }

    /// An empty database for one use, made anew in each run.
    static func emptyDatabase(_ use: String) -> String? {
        guard let current else { return nil }
        let name = "empty_" + use
        do {
            try current.execute(
                "DROP DATABASE IF EXISTS \(identifier: name)",
                "CREATE DATABASE \(identifier: name) TEMPLATE template0")
        } catch {
            Issue.record(error, "the database \(name) cannot be made")
        }
        return name
    }
}
