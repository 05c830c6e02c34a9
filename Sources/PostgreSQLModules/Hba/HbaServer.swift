import ModuleKit
import SQLClient

/// What the server says about its `pg_hba.conf`.
struct HbaServer {
    let session: any SQLSession

    /// Refuses when the server reads another file, or when the role may not do what is needed later.
    func requireFile(_ path: String, reload: Bool, files: any HostFiles) throws(ModuleFailure) {
        let row = try session.observedRecords(
            """
            SELECT pg_catalog.current_setting('hba_file') AS path,
                   pg_catalog.has_table_privilege('pg_catalog.pg_hba_file_rules', 'SELECT')
                       AND pg_catalog.has_function_privilege('pg_catalog.pg_hba_file_rules()', 'EXECUTE') AS may_validate,
                   pg_catalog.has_function_privilege('pg_catalog.pg_reload_conf()', 'EXECUTE') AS may_reload
            """
        ).first
        let own = row?.text("path") ?? ""
        guard files.resolved(own) == files.resolved(path) else {
            throw .impossible(
                "the server reads \(own), not \(path)", hint: "is the other file meant, or another server?")
        }
        guard row?.bool("may_validate") == true else {
            throw .impossible(
                "permission denied to read pg_hba_file_rules",
                hint: "may the role be granted SELECT on the view and EXECUTE on its function?")
        }
        guard !reload || row?.bool("may_reload") == true else {
            throw .impossible(
                "permission denied to reload the configuration",
                hint: "may the role be granted EXECUTE ON FUNCTION pg_reload_conf()?")
        }
    }

    /// What the server does not understand in the file as it is now, and in those that it includes.
    func errors() throws(ModuleFailure) -> [String] {
        // Source: PostgreSQL 16 release notes, column file_name.
        let file: SQLStatement = session.serverVersion >= 160_000 ? "h.file_name" : "NULL::text"
        return try session.observedRecords(
            """
            SELECT \(statement: file) AS file_name, h.line_number, h.error
              FROM pg_catalog.pg_hba_file_rules AS h
             WHERE h.error IS NOT NULL
             ORDER BY h.line_number
            """
        ).map { row in
            let place = row.text("file_name").map { "\($0) " } ?? ""
            return "\(place)line \(row.int("line_number") ?? 0): \(row.text("error") ?? "")"
        }
    }

    func reload() throws(ModuleFailure) {
        do throws(SQLFailure) {
            _ = try session.execute("SELECT pg_catalog.pg_reload_conf()")
        } catch {
            throw .database(error)
        }
    }
}
