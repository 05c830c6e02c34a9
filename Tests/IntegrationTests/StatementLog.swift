import SQLClient
import Testing

@testable import ModuleKit

/// What the server's log says a task sent: the tasks of a login role of their own, so that other tests' statements
/// do not mingle.
struct StatementLog {
    /// One statement as the server received it.
    struct Entry {
        let text: String

        /// Words that only read. EXPLAIN without ANALYZE plans and executes nothing.
        private static let readingWords = [
            "SELECT", "SHOW", "EXPLAIN (VERBOSE, COSTS OFF", "BEGIN", "ROLLBACK",
        ]

        /// Functions that change something although a SELECT calls them, and although the session may only read.
        private static let changingFunctions = [
            "pg_reload_conf()\n", "pg_create_", "pg_drop_", "pg_terminate_backend", "pg_cancel_backend",
            "pg_replication_slot_advance", "pg_switch_wal", "lo_import", "dblink",
        ]

        /// Whether the statement changes nothing, whatever happens next.
        var isRead: Bool {
            Self.readingWords.contains { text.hasPrefix($0) } && !text.contains("ANALYZE")
                && !Self.changingFunctions.contains { (text + "\n").contains($0) }
        }
    }

    private static let reader = "conv_reader"
    private static let writer = "conv_login"
    private let server: TestServer

    init(_ server: TestServer) throws {
        self.server = server
        try server.needLogin(Self.reader)
        try server.execute("ALTER ROLE \(identifier: Self.reader) SET default_transaction_read_only = on")
    }

    /// The statements of a task that must succeed, in their order.
    ///
    /// A check runs as a role whose transactions may only read: whatever would write fails, in the server's judgement
    /// and not only in that of this test.
    func statements(
        _ module: String, _ options: [String: JSONValue], checkMode: Bool, mayWrite: Bool = false
    ) throws -> [Entry] {
        let role = checkMode && !mayWrite ? Self.reader : Self.writer
        var own = options.merging(["login_user": .string(role)]) { $1 }
        if options["login_db"] == nil { own["login_db"] = "postgres" }
        return try server.statements(by: role) {
            let reply = try server.reply(module, own, checkMode: checkMode)
            #expect(reply["failed"] == nil, "\(module): \(reply["msg"] ?? "")")
        }
    }

    /// Lines of a statement after its first begin with a tab in the log.
    fileprivate static func entries(of log: String, role: String) -> [Entry] {
        var entries: [Entry] = []
        var isOwn = false
        for line in log.split(separator: "\n") {
            if line.first == "\t" {
                if isOwn, let last = entries.popLast() {
                    entries.append(Entry(text: last.text + "\n" + line))
                }
                continue
            }
            let start =
                line.firstRange(of: "statement: ")?.upperBound
                ?? line.firstRange(of: "execute <unnamed>: ")?.upperBound
            isOwn = line.contains(role + "@") && start != nil
            if isOwn, let start { entries.append(Entry(text: String(line[start...]))) }
        }
        return entries
    }
}

extension TestServer {
    /// Makes sure of a superuser that may log in.
    fileprivate func needLogin(_ role: String) throws {
        try execute(
            """
            DO $$ BEGIN
                CREATE ROLE \(identifier: role) SUPERUSER LOGIN;
            EXCEPTION WHEN duplicate_object THEN NULL;
            END $$
            """)
    }

    /// What a login role, made for the purpose, sent during the body: the log has the statements of all tests at once.
    func statements(by role: String, _ body: () throws -> Void) throws -> [StatementLog.Entry] {
        try needLogin(role)
        return StatementLog.entries(of: try logged(body), role: role)
    }
}
