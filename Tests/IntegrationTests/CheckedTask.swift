import SQLClient
import Testing

@testable import ModuleKit

/// A task that converges to no state, or only with effects of its own: what it sends in check mode, and unchanged.
struct CheckedTask: CustomTestStringConvertible, Sendable {
    let module: String
    let options: [String: JSONValue]
    /// Most statements of a check; each must be a read.
    let statementsMax: Int
    /// What must be there before, and afterwards be as it was.
    var needs: SQLStatement = "SELECT 1"
    /// Whether a run after a run changes nothing.
    var converges = false

    var testDescription: String { "\(module) \(options["state"]?.string ?? "")" }

    private static let table: SQLStatement = "CREATE TABLE IF NOT EXISTS public.checked (id int)"
    private static let file = JSONValue.string("\(TestServer.current?.socketFolder ?? "")/checked.sql")

    /// A text file that is there: the server's own access rules.
    private static let hba = JSONValue.string(
        (try? TestServer.current?.session().records("SELECT current_setting('hba_file') AS it").first?.text(
            "it")) ?? "")

    static let all = [
        CheckedTask(
            module: "postgresql_alter_system", options: ["param": "bgwriter_delay", "value": "210ms"],
            statementsMax: 2,
            converges: true),
        // A snapshot of the whole server in one read-only transaction.
        CheckedTask(module: "postgresql_audit", options: [:], statementsMax: 12),
        CheckedTask(
            module: "postgresql_backup",
            options: ["repository": "/nonexistent/vigie", "initialize": true, "databases": ["postgres"]],
            statementsMax: 3),
        CheckedTask(
            module: "postgresql_copy", options: ["copy_to": file, "src": "public.checked"], statementsMax: 3,
            needs: table),
        CheckedTask(
            module: "postgresql_copy", options: ["copy_to": file, "src": "SELECT 1 AS one"], statementsMax: 3),
        CheckedTask(
            module: "postgresql_copy",
            options: ["copy_from": file, "dst": "public.checked", "columns": ["id"]],
            statementsMax: 6, needs: table),
        CheckedTask(
            module: "postgresql_db", options: ["name": "postgres", "state": "dump", "target": file],
            statementsMax: 0),
        CheckedTask(
            module: "postgresql_db", options: ["name": "postgres", "state": "restore", "target": hba],
            statementsMax: 0),
        // One statement for each part, and one for each database.
        CheckedTask(
            module: "postgresql_info", options: ["filter": ["version", "settings"]], statementsMax: 3),
        CheckedTask(module: "postgresql_info", options: [:], statementsMax: 100),
        CheckedTask(module: "postgresql_ping", options: [:], statementsMax: 1, converges: true),
        CheckedTask(
            module: "postgresql_pg_hba",
            options: [
                "dest": hba, "contype": "host", "address": "203.0.113.7/32",
                "method": "reject", "reload": true,
            ], statementsMax: 3),
        CheckedTask(
            module: "postgresql_privs",
            options: ["objs": "checked", "privs": "SELECT", "roles": "pg_monitor"], statementsMax: 3,
            needs: table),
        CheckedTask(module: "postgresql_query", options: ["query": "SELECT 1"], statementsMax: 3),
        CheckedTask(module: "postgresql_script", options: ["path": hba], statementsMax: 0),
        CheckedTask(module: "postgresql_user_obj_stat_info", options: [:], statementsMax: 3, converges: true),
    ]
}
