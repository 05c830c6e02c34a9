import ModuleKit
import SQLClient

/// Reads a parameter in one statement, and the configuration files in a second where the role may see them.
struct ServerSettingReader {
    let session: any SQLSession

    /// What the files say besides the parameter's own entry.
    struct FileProblems: Equatable {
        /// Errors that keep the server from loading anything.
        var fatal: [String] = []
        /// Entries that the server does not take.
        var entries: [String] = []
    }

    /// The parameter; the letters' case does not matter to the server, nor here.
    ///
    /// - Throws: `ModuleFailure.impossible` when the server has no such parameter.
    func setting(_ name: String, unknown: (String) -> String) throws(ModuleFailure) -> (
        setting: ServerSetting, problems: FileProblems
    ) {
        guard let row = try session.observedRecords(statement(name)).first else {
            throw .impossible(unknown(name), hint: try hint(forUnknown: name))
        }
        let rows = row.bool("sees_files") ? try session.observedRecords(fileStatement(name)) : nil
        guard let kind = ServerSetting.Kind(rawValue: row.text("vartype") ?? "") else {
            throw .impossible(
                "parameter \(name) has a type that is not known here: \(row.text("vartype") ?? "")", hint: nil
            )
        }
        let setting = ServerSetting(
            name: row.text("name") ?? name, kind: kind, unit: row.text("unit"),
            context: row.text("context") ?? "", choices: row.texts("enumvals"),
            bootValue: row.text("boot_val") ?? "", minimum: row.text("min_val"),
            maximum: row.text("max_val"), setting: row.text("setting") ?? "", shown: row.text("shown") ?? "",
            source: row.text("source") ?? "", pendingRestart: row.bool("pending_restart"),
            file: Self.entry(rows, name), loadedAt: row.text("loaded_at") ?? "",
            rights: ServerSetting.Rights(
                mayAlter: row.bool("may_alter"), mayReload: row.bool("may_reload"),
                serverAllows: row.bool("allowed"), isSuperuser: row.bool("is_superuser")))
        return (setting, Self.problems(rows ?? []))
    }

    private func statement(_ name: String) -> SQLStatement {
        // Source: PostgreSQL 15 release notes, GRANT ... ON PARAMETER.
        let mayAlter: SQLStatement =
            session.serverVersion >= 150_000
            ? "pg_catalog.has_parameter_privilege(s.name, 'ALTER SYSTEM')" : "r.rolsuper"
        return """
            SELECT s.name, s.setting, pg_catalog.current_setting(s.name) AS shown, s.unit, s.context, s.vartype,
                   s.enumvals, s.boot_val, s.min_val, s.max_val, s.pending_restart, s.source,
                   pg_catalog.pg_conf_load_time()::text AS loaded_at,
                   coalesce(pg_catalog.current_setting('allow_alter_system', true), 'on') = 'on' AS allowed,
                   r.rolsuper AS is_superuser,
                   r.rolsuper OR \(statement: mayAlter) AS may_alter,
                   pg_catalog.has_function_privilege('pg_catalog.pg_reload_conf()', 'EXECUTE') AS may_reload,
                   pg_catalog.has_table_privilege('pg_catalog.pg_file_settings', 'SELECT')
                       AND pg_catalog.has_function_privilege('pg_catalog.pg_show_all_file_settings()', 'EXECUTE')
                       AS sees_files
              FROM pg_catalog.pg_settings AS s
              JOIN pg_catalog.pg_roles AS r ON r.rolname = current_user
             WHERE pg_catalog.lower(s.name) = pg_catalog.lower(\(value: .text(name))::text)
            """
    }

    private func fileStatement(_ name: String) -> SQLStatement {
        """
        SELECT f.name, f.setting, f.sourcefile, f.sourceline, f.error,
               pg_catalog.lower(f.name) = pg_catalog.lower(\(value: .text(name))::text) AS is_own,
               s.name IS NOT NULL AS is_known, coalesce(s.pending_restart, false) AS pending_restart
          FROM pg_catalog.pg_file_settings AS f
          LEFT JOIN pg_catalog.pg_settings AS s ON pg_catalog.lower(s.name) = pg_catalog.lower(f.name)
         WHERE f.error IS NOT NULL
            OR pg_catalog.lower(f.name) = pg_catalog.lower(\(value: .text(name))::text)
         ORDER BY f.seqno
        """
    }

    /// The last entry of the files wins.
    private static func entry(_ rows: [SQLRecord]?, _ name: String) -> ServerSetting.FileEntry {
        guard let rows else { return .hidden }
        guard let last = rows.last(where: { $0.bool("is_own") }) else { return .absent }
        return .present(
            value: last.text("setting") ?? "",
            isAutomatic: last.text("sourcefile")?.hasSuffix("/postgresql.auto.conf") == true)
    }

    /// Errors of the files. An entry that only waits for a restart is marked with an error too, but is none.
    ///
    /// A line that is not understood, or an unknown parameter, keeps the server from loading anything.
    /// Source: PostgreSQL 17 source, `utils/misc/guc.c`, `ProcessConfigFileInternal`.
    private static func problems(_ rows: [SQLRecord]) -> FileProblems {
        var problems = FileProblems()
        for row in rows {
            guard let error = row.text("error"), !row.bool("pending_restart") else { continue }
            let place =
                "\(row.text("sourcefile") ?? "?") line \(row.int("sourceline") ?? 0)"
                + (row.text("name").map { " (\($0))" } ?? "")
            if row.bool("is_known") {
                if !row.bool("is_own") { problems.entries.append("\(place): \(error)") }
            } else {
                problems.fatal.append("\(place): \(error)")
            }
        }
        return problems
    }

    private func hint(forUnknown name: String) throws(ModuleFailure) -> String {
        let names = try session.observedRecords(
            "SELECT s.name FROM pg_catalog.pg_settings AS s ORDER BY s.name"
        )
        .compactMap { $0.text("name") }
        if let near = NearestWord.of(name, among: names) { return "is \(near) meant?" }
        return name.contains(".")
            ? "is the library that brings it loaded, and may the login role see it?"
            : "does this version of PostgreSQL have it, and may the login role see it?"
    }
}
