import ModuleKit
import SQLClient

/// Looks whether a COPY would work, and only looks.
struct CopyCheck {
    let ends: CopyEnds
    let session: any SQLSession

    /// Remarks on what cannot be looked at, or is not there yet.
    ///
    /// - Throws: What the COPY itself would fail of.
    func warnings() throws(ModuleFailure) -> [String] {
        try requireServerRights()
        switch ends.relation {
        case .table(let name): try requireTable(name)
        case .query(let text): return try queryWarnings(text)
        }
        return try fileWarnings()
    }

    /// The predefined role that opens files or runs programs on the server.
    ///
    /// Source: PostgreSQL 13 manual, 21.5 "Default Roles".
    private var neededRole: String {
        if ends.isProgram { return "pg_execute_server_program" }
        return ends.direction == .to ? "pg_write_server_files" : "pg_read_server_files"
    }

    private func requireServerRights() throws(ModuleFailure) {
        let rows = try session.observedRecords(
            "SELECT pg_catalog.pg_has_role(\(value: .text(neededRole))::name, 'USAGE') AS may")
        guard rows.first?.bool("may") == true else {
            throw .impossible(
                "the login role may not \(ends.isProgram ? "run a program" : "open a file") on the server",
                hint: "is it a member of \(neededRole)?")
        }
    }

    /// Reads no row, and fails of a missing table, column or right as COPY does.
    private func requireTable(_ name: SQLIdentifier) throws(ModuleFailure) {
        let columns = try ends.columns(session)
        let list: SQLStatement = columns.isEmpty ? "1" : columns.joined(separator: ", ")
        switch ends.direction {
        case .to:
            _ = try session.observedRecords("SELECT \(statement: list) FROM \(identifier: name) LIMIT 0")
        case .from:
            let quoted = name.quoted(for: session.dialect)
            let rows = try session.observedRecords(
                """
                SELECT CASE WHEN \(value: .text(quoted))::regclass IS NULL THEN false
                            ELSE pg_catalog.has_table_privilege(\(value: .text(quoted)), 'INSERT')
                                 OR pg_catalog.has_any_column_privilege(\(value: .text(quoted)), 'INSERT')
                       END AS may
                """)
            guard rows.first?.bool("may") == true else {
                throw .impossible(
                    "the login role may not insert into \(quoted)", hint: "does it hold INSERT on the table?")
            }
            try requireColumns(quoted)
        }
    }

    private func requireColumns(_ table: String) throws(ModuleFailure) {
        let names = ends.columnNames
        guard !names.isEmpty else { return }
        let rows = try session.observedRecords(
            """
            SELECT a.attname AS name
              FROM pg_catalog.pg_attribute AS a
             WHERE a.attrelid = \(value: .text(table))::regclass
               AND a.attnum > 0
               AND NOT a.attisdropped
            """)
        let known = Set(rows.compactMap { $0.text("name") })
        let missing = names.filter { !known.contains($0) }
        guard missing.isEmpty else {
            throw .impossible("\(table) has no column \(missing.joined(separator: ", "))", hint: nil)
        }
    }

    /// The server plans the query and asks for no row. A query that writes cannot be asked this way. The bound value makes it one
    /// statement, whatever the text holds.
    private func queryWarnings(_ text: String) throws(ModuleFailure) -> [String] {
        let unchecked = ["check mode does not run the query of src, and cannot look at one that writes"]
        guard Self.readingVerbs.contains(where: text.uppercased().drop(while: \.isWhitespace).hasPrefix)
        else {
            return unchecked
        }
        do throws(SQLFailure) {
            _ = try session.execute(
                "SELECT \(value: .int(1))::int FROM (\(userText: text)\n) AS vigie_source LIMIT 0")
            return []
        } catch {
            // 0A000: a WITH that writes is allowed at the top of a statement only.
            if error.sqlState == "0A000" { return unchecked }
            throw .database(error)
        }
    }

    private static let readingVerbs = ["SELECT", "WITH", "(", "VALUES", "TABLE"]

    /// An earlier task may make the file, therefore a missing one is no failure.
    private func fileWarnings() throws(ModuleFailure) -> [String] {
        guard ends.direction == .from, !ends.isProgram else { return [] }
        do throws(SQLFailure) {
            let rows = try session.records(
                "SELECT (pg_catalog.pg_stat_file(\(value: .text(ends.file)), true)).size AS size")
            return rows.first?.int("size") == nil ? ["there is no file \(ends.file) on the server yet"] : []
        } catch {
            return ["whether \(ends.file) is there cannot be seen: \(error.message)"]
        }
    }
}
