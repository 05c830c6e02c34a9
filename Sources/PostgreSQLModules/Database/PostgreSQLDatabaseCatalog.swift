import ModuleKit
import SQLClient

/// Reads `pg_database`; its columns differ between versions of the server.
enum PostgreSQLDatabaseCatalog {
    /// The ICU locale and provider columns, by the first version that has them.
    ///
    /// Source: PostgreSQL 13, 15 and 17 manuals, catalog `pg_database`.
    private static let localeColumns: [(since: Int, columns: SQLStatement)] = [
        (170_000, "coalesce(d.datlocale, '') AS icu_locale, d.datlocprovider::text AS locale_provider"),
        (150_000, "coalesce(d.daticulocale, '') AS icu_locale, d.datlocprovider::text AS locale_provider"),
        (0, "'' AS icu_locale, '' AS locale_provider"),
    ]

    /// The databases of these names that exist.
    static func databases(
        _ names: [String], _ session: any SQLSession
    ) throws(ModuleFailure) -> [String: PostgreSQLDbModule.Description] {
        let columns = localeColumns.first { session.serverVersion >= $0.since }?.columns ?? ""
        let rows = try session.observedRecords(
            """
            SELECT d.datname AS name,
                   pg_catalog.pg_get_userbyid(d.datdba) AS owner,
                   pg_catalog.pg_encoding_to_char(d.encoding) AS encoding,
                   d.datcollate AS lc_collate,
                   d.datctype AS lc_ctype,
                   d.datconnlimit AS conn_limit,
                   t.spcname AS tablespace,
                   coalesce(pg_catalog.shobj_description(d.oid, 'pg_database'), '') AS comment,
                   s.setconfig AS settings,
                   \(statement: columns)
              FROM pg_catalog.pg_database AS d
              JOIN pg_catalog.pg_tablespace AS t
                ON t.oid = d.dattablespace
              LEFT JOIN pg_catalog.pg_db_role_setting AS s
                ON s.setdatabase = d.oid
               AND s.setrole = 0
             WHERE d.datname = ANY (\(value: .array(names.map(SQLValue.text)))::text[])
            """)
        return Dictionary(
            rows.map { (text($0, "name"), description($0)) }, uniquingKeysWith: { first, _ in first })
    }

    private static func description(_ row: SQLRecord) -> PostgreSQLDbModule.Description {
        PostgreSQLDbModule.Description(
            owner: text(row, "owner"), encoding: text(row, "encoding"), collate: text(row, "lc_collate"),
            ctype: text(row, "lc_ctype"), icuLocale: text(row, "icu_locale"),
            localeProvider: providers[text(row, "locale_provider")] ?? "",
            connectionLimit: row.int("conn_limit") ?? -1, tablespace: text(row, "tablespace"),
            comment: text(row, "comment"), settings: SessionSettings.stored(row.texts("settings")))
    }

    private static func text(_ row: SQLRecord, _ column: String) -> String { row.text(column) ?? "" }

    private static let providers = ["c": "libc", "i": "icu", "b": "builtin"]

    /// Whether two names mean the same locale: the codeset is compared without case and punctuation.
    static func sameLocale(_ left: String, _ right: String) -> Bool {
        func parts(_ name: String) -> (String, String) {
            let halves = name.split(separator: ".", maxSplits: 1)
            let codeset = halves.count > 1 ? halves[1].lowercased().filter { $0 != "-" && $0 != "_" } : ""
            return (String(halves.first ?? ""), codeset)
        }
        return parts(left) == parts(right)
    }

    static func document(_ database: PostgreSQLDbModule.Description?) -> [String: JSONValue] {
        guard let database else { return ["state": "absent"] }
        var members: [String: JSONValue] = [
            "state": "present", "conn_limit": .int(database.connectionLimit),
            "comment": .string(database.comment),
        ]
        for (key, value) in [
            ("owner", database.owner), ("encoding", database.encoding), ("lc_collate", database.collate),
            ("lc_ctype", database.ctype), ("icu_locale", database.icuLocale),
            ("locale_provider", database.localeProvider), ("tablespace", database.tablespace),
        ] where !value.isEmpty {
            members[key] = .string(value)
        }
        if !database.settings.isEmpty {
            members["configuration"] = .object(database.settings.mapValues(JSONValue.string))
        }
        return members
    }
}
