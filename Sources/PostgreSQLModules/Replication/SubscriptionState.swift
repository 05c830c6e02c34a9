import ModuleKit

/// What `postgresql_subscription` knows of the server.
public struct SubscriptionState: Equatable {
    var subscription: Subscription?
    /// Whether tables are to be fetched anew.
    var isRefreshed = false
    /// The role of the session: the owner of what it creates.
    let sessionRole: String
    /// Names as the server would write them: in quotes where they need some.
    let quotedNames: [String: String]
    /// Whether the role exists that shall own it.
    let ownerExists: Bool
    /// What the session lacks to create a subscription; `nil` when it lacks nothing.
    let missingRight: String?
    /// Whether the server writes statements like CREATE SUBSCRIPTION to its log, passwords included.
    let logsStatements: Bool

    struct Subscription: Equatable {
        var owner: String
        var comment: String
        /// `nil` when the session may not read it.
        var connection: ConnectionString?
        var publications: [String]
        /// Parameters in canonical words: `true`, `false` or a word.
        var parameters: [String: String]

        var isEnabled: Bool { parameters["enabled"] == "true" }

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
