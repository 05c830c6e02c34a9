import ModuleKit
import SQLClient

/// A parameter of a subscription (documentation of CREATE and ALTER SUBSCRIPTION, 13 to 18).
struct SubscriptionParameter {
    let name: String
    /// Reads it from `pg_subscription AS s`, as a text; `nil` for what only matters at the creation.
    let column: SQLStatement?
    /// The first version that has it, and the first that can change it.
    let since: Int
    let changeableSince: Int
    /// Whether it can be changed only while the subscription is disabled.
    let needsDisabled: Bool
    /// Whether the change talks to the publisher, and so cannot be part of a transaction.
    let changesPublisher: Bool

    private init(
        _ name: String, _ column: SQLStatement?, since: Int = 100_000, changeableSince: Int? = nil,
        needsDisabled: Bool = false, changesPublisher: Bool = false
    ) {
        self.name = name
        self.column = column
        self.since = since
        self.changeableSince = changeableSince ?? since
        self.needsDisabled = needsDisabled
        self.changesPublisher = changesPublisher
    }

    static let all = [
        SubscriptionParameter("enabled", "s.subenabled::text"),
        SubscriptionParameter("slot_name", "s.subslotname::text"),
        SubscriptionParameter("synchronous_commit", "s.subsynccommit"),
        SubscriptionParameter("binary", "s.subbinary::text", since: 140_000),
        SubscriptionParameter("streaming", "s.substream::text", since: 140_000),
        SubscriptionParameter(
            "two_phase", "s.subtwophasestate::text", since: 150_000, changeableSince: 180_000,
            needsDisabled: true, changesPublisher: true),
        SubscriptionParameter("disable_on_error", "s.subdisableonerr::text", since: 150_000),
        SubscriptionParameter("password_required", "s.subpasswordrequired::text", since: 160_000),
        SubscriptionParameter("run_as_owner", "s.subrunasowner::text", since: 160_000),
        SubscriptionParameter("origin", "s.suborigin", since: 160_000),
        SubscriptionParameter(
            "failover", "s.subfailover::text", since: 170_000, needsDisabled: true, changesPublisher: true),
        SubscriptionParameter("connect", nil),
        SubscriptionParameter("create_slot", nil),
        SubscriptionParameter("copy_data", nil),
    ]

    /// The parameter of a task on a server of this version.
    ///
    /// - Throws: `ModuleFailure.impossible` for one that the server does not have.
    static func named(_ name: String, version: Int) throws(ModuleFailure) -> SubscriptionParameter {
        guard let parameter = all.first(where: { $0.name == name }) else {
            let nearest = NearestWord.of(name, among: all.map(\.name)).map { "is \($0) meant?" }
            throw .impossible("subsparams: no parameter of a subscription is called \(name)", hint: nearest)
        }
        guard parameter.since <= version else {
            throw .impossible(
                "subsparams: \(name) needs PostgreSQL \(parameter.since / 10_000), this server is \(version / 10_000)",
                hint: "is it the right server?")
        }
        return parameter
    }

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
