import ModuleKit
import SQLClient

/// What `postgresql_subscription` knows of the server.
public struct SubscriptionState: Equatable {
    var subscription: Subscription?
    /// Whether tables are to be fetched anew.
    var isRefreshed = false
    /// The role of the session: the owner of what it creates.
    let sessionRole: String
    /// Names as the server would write them: in quotes where they need some.
    let quotedNames: [String: String]

    struct Subscription: Equatable {
        var owner: String
        var comment: String
        /// `nil` when the session may not read it.
        var connection: ConnectionString?
        var publications: [String]
        /// Parameters in canonical words: `true`, `false` or a word.
        var parameters: [String: String]

        /// As replies describe it; `synccommit` is a truth value where the parameter is one.
        var described: [String: JSONValue] {
            func parameter(_ name: String) -> JSONValue {
                switch parameters[name] {
                case nil: .null
                case "true"?: .bool(true)
                case "false"?: .bool(false)
                case let word?: .string(word)
                }
            }
            return [
                "owner": .string(owner), "comment": .string(comment), "enabled": parameter("enabled"),
                "synccommit": parameter("synchronous_commit"), "slotname": parameter("slot_name"),
                "conninfo": .object(connection?.described ?? [:]), "publications": .strings(publications),
            ]
        }

        /// The description of none.
        static let none: [String: JSONValue] = [
            "owner": .null, "comment": .null, "enabled": .null, "synccommit": .null, "slotname": .null,
            "conninfo": [:], "publications": [],
        ]
    }
}

/// A parameter of a subscription (documentation of CREATE and ALTER SUBSCRIPTION, 13 to 18).
struct SubscriptionParameter {
    let name: String
    /// Reads it from `pg_subscription AS s`, as a text.
    let column: SQLStatement
    /// The first version that has it, and the first that can change it.
    let since: Int
    let changeableSince: Int

    private init(_ name: String, _ column: SQLStatement, since: Int = 100_000, changeableSince: Int? = nil) {
        self.name = name
        self.column = column
        self.since = since
        self.changeableSince = changeableSince ?? since
    }

    /// All that the catalog keeps; others (`copy_data`, `create_slot`, `connect`) only matter at the creation.
    static let all = [
        SubscriptionParameter("enabled", "s.subenabled::text"),
        SubscriptionParameter("slot_name", "s.subslotname::text"),
        SubscriptionParameter("synchronous_commit", "s.subsynccommit"),
        SubscriptionParameter("binary", "s.subbinary::text", since: 140_000),
        SubscriptionParameter("streaming", "s.substream::text", since: 140_000),
        SubscriptionParameter(
            "two_phase", "s.subtwophasestate::text", since: 150_000, changeableSince: 180_000),
        SubscriptionParameter("disable_on_error", "s.subdisableonerr::text", since: 150_000),
        SubscriptionParameter("password_required", "s.subpasswordrequired::text", since: 160_000),
        SubscriptionParameter("run_as_owner", "s.subrunasowner::text", since: 160_000),
        SubscriptionParameter("origin", "s.suborigin", since: 160_000),
        SubscriptionParameter("failover", "s.subfailover::text", since: 170_000),
    ]

    /// A value in canonical words, from the catalog or from a task.
    static func canonical(_ text: String, of name: String) -> String? {
        switch (name, text.lowercased()) {
        case ("slot_name", "none"): nil
        case ("slot_name", _): text
        case ("streaming", "p"): "parallel"
        case ("two_phase", "d"): "false"
        case ("two_phase", "p"), ("two_phase", "e"): "true"
        case (_, "on"), (_, "yes"), (_, "1"), (_, "t"), (_, "true"): "true"
        case (_, "off"), (_, "no"), (_, "0"), (_, "f"), (_, "false"): "false"
        case (_, let word): word
        }
    }
}

/// Reads a subscription of the session's database.
struct SubscriptionReader {
    let session: any SQLSession
    let name: String

    /// The subscription, with these other names as the server writes them.
    func state(names: [String]) throws(ModuleFailure) -> SubscriptionState {
        let known = SubscriptionParameter.all.filter { $0.since <= session.serverVersion }
        let columns = known.map { ", \(statement: $0.column) AS \(identifier: $0.name)" as SQLStatement }
            .joined(separator: "")
        let words = SQLValue.array(names.map(SQLValue.text))
        let rows = try session.observedRecords(
            """
            SELECT s.subname, pg_catalog.pg_get_userbyid(s.subowner) AS owner, s.subpublications,
                   coalesce(pg_catalog.obj_description(s.oid, 'pg_subscription'), '') AS comment,
                   current_user::text AS session_role,
                   ARRAY(SELECT pg_catalog.quote_ident(w) FROM unnest(\(value: words)::text[])
                           WITH ORDINALITY AS k (w, position) ORDER BY position) AS quoted,
                   pg_catalog.has_column_privilege('pg_catalog.pg_subscription', 'subconninfo', 'SELECT')
                     AS can_read\(statement: columns)
              FROM (SELECT 1) AS one
              LEFT JOIN pg_catalog.pg_subscription AS s
                ON s.subname = \(value: .text(name))
               AND s.subdbid = (SELECT oid FROM pg_catalog.pg_database
                                 WHERE datname = pg_catalog.current_database())
            """)
        guard let row = rows.first else {
            throw .impossible("the server did not tell about subscription \"\(name)\"", hint: nil)
        }
        var subscription: SubscriptionState.Subscription?
        if row.text("subname") != nil {
            var parameters: [String: String] = [:]
            for parameter in known {
                parameters[parameter.name] = row.text(parameter.name).flatMap {
                    SubscriptionParameter.canonical($0, of: parameter.name)
                }
            }
            subscription = SubscriptionState.Subscription(
                owner: row.text("owner") ?? "", comment: row.text("comment") ?? "",
                connection: row.bool("can_read") ? try connectionString() : nil,
                publications: row.texts("subpublications"), parameters: parameters)
        }
        return SubscriptionState(
            subscription: subscription, sessionRole: row.text("session_role") ?? "",
            quotedNames: Dictionary(zip(names, row.texts("quoted"))) { first, _ in first })
    }

    private func connectionString() throws(ModuleFailure) -> ConnectionString {
        let rows = try session.observedRecords(
            """
            SELECT s.subconninfo
              FROM pg_catalog.pg_subscription AS s
              JOIN pg_catalog.pg_database AS d ON d.oid = s.subdbid
             WHERE s.subname = \(value: .text(name)) AND d.datname = pg_catalog.current_database()
            """)
        return ConnectionString(parsing: rows.first?.text("subconninfo") ?? "")
    }
}
