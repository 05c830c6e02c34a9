import ModuleKit
import SQLClient

/// `postgresql_subscription`: a subscription of logical replication.
public struct PostgreSQLSubscriptionModule: ConvergentModule {
    /// The options.
    public typealias Arguments = SubscriptionArguments
    /// What matters of the server.
    public typealias State = SubscriptionState

    /// The name inside the collection.
    public static let name = "postgresql_subscription"

    /// What a person reads.
    public static let manual = Manual(
        summary: "Create, change, refresh or drop a PostgreSQL subscription",
        description: [
            "Brings a subscription into the wanted state: publisher, publications, parameters, owner and comment. Creating, "
                + "dropping and refreshing talk to the publisher, and cannot be part of a transaction."
        ],
        differences: [
            "Passwords of the publisher are masked in the reply, in `queries` too. They are kept out of the server's log, and of "
                + "`pg_stat_statements`, where the login role may turn off the logging of its session; otherwise a warning tells.",
            "`synccommit` tells the parameter `synchronous_commit`, not whether the subscription is enabled.",
            "`publications` of a disabled subscription are set without a refresh, which it cannot have.",
            "Names are taken as they are stored: `Pilotage` is not folded to lower case.",
            "Parameters of newer servers (`binary`, `streaming`, `disable_on_error`, `run_as_owner`, `failover`…) are compared "
                + "and changed too; what the server does not know, or cannot change, fails in check mode too.",
        ],
        notes: [
            "The catalog keeps the password in the clear for superusers: prefer `passfile` in `connparams`."
        ],
        seeAlso: ["postgresql_publication", "postgresql_info"],
        examples: [
            ManualExample(
                "The reporting server subscribes to the requests",
                [
                    "login_db": "pilotage", "name": "demandes", "publications": ["pilotage"],
                    "connparams": [
                        "host": "bdd-01.mairie.example", "port": 5432, "user": "replication",
                        "dbname": "mairie", "passfile": "/var/lib/postgresql/.pgpass",
                    ],
                ]),
            ManualExample(
                "Pause it during a maintenance",
                ["login_db": "pilotage", "name": "demandes", "subsparams": ["enabled": false]]),
            ManualExample(
                "Take over tables that were published since",
                ["login_db": "pilotage", "name": "demandes", "state": "refresh"]),
            ManualExample(
                "Drop it, and its slot on the publisher",
                ["login_db": "pilotage", "name": "demandes", "state": "absent"]),
        ],
        returns: [
            ManualReturn("name", type: "str", sample: "demandes", doc: "Name of the subscription."),
            ManualReturn("exists", type: "bool", sample: true, doc: "Whether it exists after the task."),
            ManualReturn(
                "initial_state", type: "dict", sample: [:],
                doc: "The subscription before; empty when there was none."),
            ManualReturn(
                "final_state", type: "dict",
                sample: [
                    "owner": "postgres", "enabled": true, "synccommit": false, "slotname": "demandes",
                    "publications": ["pilotage"], "comment": "",
                    "conninfo": ["host": "bdd-01.mairie.example"],
                ], doc: "The subscription after."),
            ManualReturn(
                "queries", type: "list", sample: ["ALTER SUBSCRIPTION demandes REFRESH PUBLICATION"],
                doc: "Statements that were executed, or would be in check mode; passwords masked."),
        ])

    private let arguments: Arguments
    private let wantedConnection: ConnectionString?
    private let isCheck: Bool

    /// An instance for one task.
    public init(arguments: Arguments, context: ModuleContext) throws(ModuleFailure) {
        try arguments.connection.requireTrusted(arguments.texts)
        self.arguments = arguments
        wantedConnection = arguments.connectionParameters.map { ConnectionString($0) }
        isCheck = context.checkMode
    }

    /// The parameters of the connection.
    public func connection() throws(ModuleFailure) -> [SQLConnectionParameter] {
        arguments.connection.parameters(database: arguments.database, module: Self.name)
    }

    /// Switches to the session role; a password is kept out of the server's log.
    public func prepare(_ session: any SQLSession) throws(ModuleFailure) {
        for name in (arguments.parameters?.members ?? [:]).keys.sorted() where arguments.state == .present {
            _ = try SubscriptionParameter.named(name, version: session.serverVersion)
        }
        if sendsPassword { try PasswordLog.silence(session) }
        try arguments.connection.prepare(session)
    }

    private var sendsPassword: Bool {
        arguments.state == .present && wantedConnection?.secrets.isEmpty == false
    }

    /// Reads the subscription.
    public func observe(_ session: any SQLSession) throws(ModuleFailure) -> State {
        try SubscriptionReader(session: session, name: arguments.name, owner: arguments.owner ?? "")
            .state(names: [arguments.name] + (arguments.publications ?? []))
    }

    /// The state that the task asks for.
    public func wanted(given state: State) throws(ModuleFailure) -> State {
        var wanted = state
        switch arguments.state {
        case .absent: wanted.subscription = nil
        case .refresh:
            try requireRefreshable(state)
            wanted.isRefreshed = true
        case .present: wanted.subscription = try merged(state)
        }
        return wanted
    }

    private func requireRefreshable(_ state: State) throws(ModuleFailure) {
        guard let subscription = state.subscription else {
            throw .impossible(
                "Refresh failed: subscription '\(arguments.name)' does not exist",
                hint: "is it in another database than \(arguments.database)?")
        }
        guard subscription.isEnabled else {
            throw .impossible(
                "subscription \"\(arguments.name)\" is disabled, and cannot be refreshed",
                hint: "shall it be enabled first (subsparams: enabled: true)?")
        }
    }

    /// A refresh leaves nothing that could be read back.
    public func wantedAfterChanges(given state: State) throws(ModuleFailure) -> State {
        var wanted = try wanted(given: state)
        wanted.isRefreshed = false
        return wanted
    }

    private func merged(_ state: State) throws(ModuleFailure) -> State.Subscription {
        var subscription: State.Subscription
        if let current = state.subscription {
            subscription = current
        } else {
            subscription = try new(in: state)
        }
        if let wantedConnection, subscription.connection != nil { subscription.connection = wantedConnection }
        if let publications = arguments.publications, !publications.isEmpty,
            Set(publications) != Set(subscription.publications)
        {
            subscription.publications = publications
        }
        for (name, value) in arguments.parameters?.members ?? [:]
        where SubscriptionParameter.all.contains(where: { $0.name == name && $0.column != nil }) {
            subscription.parameters[name] = SubscriptionParameter.canonical(value.asParameterText, of: name)
        }
        if state.subscription != nil, subscription.isEnabled, subscription.parameters["slot_name"] == nil {
            throw .impossible(
                "subscription \"\(arguments.name)\" has no slot, and cannot be enabled without one",
                hint: "which slot of the publisher (subsparams: slot_name)?")
        }
        if let owner = arguments.owner, !owner.isEmpty {
            guard state.ownerExists else {
                throw .impossible("role \"\(owner)\" does not exist", hint: "shall it be created first?")
            }
            subscription.owner = owner
        }
        if let comment = arguments.comment { subscription.comment = comment }
        return subscription
    }

    private func new(in state: State) throws(ModuleFailure) -> State.Subscription {
        guard let wantedConnection, let publications = arguments.publications, !publications.isEmpty else {
            throw .impossible(
                "subscription \"\(arguments.name)\" does not exist; connparams and publications are needed to create it",
                hint: "is it in another database than \(arguments.database)?")
        }
        if let right = state.missingRight {
            throw .database(
                .permissionDenied(
                    SQLServerMessage(
                        sqlState: "42501",
                        text: "permission denied to create subscription \"\(arguments.name)\"",
                        detail: "role \"\(state.sessionRole)\" is not \(right)",
                        hint: "may the role be granted that?")))
        }
        let connect = arguments.parameters?.members["connect"]?.asParameterText ?? "true"
        let connects = SubscriptionParameter.canonical(connect, of: "connect") == "true"
        return State.Subscription(
            owner: state.sessionRole, comment: "", connection: wantedConnection, publications: publications,
            parameters: [
                "enabled": connects ? "true" : "false", "synchronous_commit": "false",
                "slot_name": arguments.name,
            ])
    }

    /// The changes that lead from one state to the other.
    public func changes(
        from state: State, to wanted: State, on server: ServerFacts
    ) throws(ModuleFailure) -> [Change] {
        let plan = SubscriptionPlan(arguments: arguments, state: state, version: server.version)
        switch (state.subscription, wanted.subscription) {
        case (nil, nil): return []
        case (.some, nil): return plan.dropping()
        case (nil, let new?): return try plan.creation(of: new)
        case (.some, .some) where wanted.isRefreshed: return plan.refresh()
        case (let old?, let new?): return try plan.changes(from: old, to: new)
        }
    }

    /// A state as a document for `diff`.
    public func document(_ state: State) -> JSONValue {
        guard let subscription = state.subscription else { return ["state": "absent"] }
        return .object(subscription.described.merging(["state": "present"]) { $1 })
    }

    /// Keys of the reply: in check mode the subscription as it is.
    public func facts(
        before: State, after: State, changes: [Change], shown: [String]
    ) -> [String: JSONValue] {
        let told = (isCheck ? before : after).subscription
        let masked = SQLDialect.postgreSQL.quoted(literal: wantedConnection?.shown ?? "")
        return [
            "name": .string(arguments.name), "exists": .bool(told != nil),
            "initial_state": .object(before.subscription?.described ?? [:]),
            "final_state": .object(told?.described ?? State.Subscription.none),
            "queries": .strings(
                shown.map { $0.replacing("CONNECTION '\(Secret.mask)'", with: "CONNECTION \(masked)") }),
        ]
    }

    /// Options without effect.
    public func warnings(before: State) -> [String] {
        guard arguments.state == .present else {
            let given = [
                ("owner", arguments.owner != nil), ("publications", arguments.publications != nil),
                ("connparams", arguments.connectionParameters != nil),
                ("subsparams", arguments.parameters != nil),
                ("comment", arguments.comment != nil),
            ]
            return given.filter(\.1).map { "parameter '\($0.0)' is ignored when state is not 'present'" }
        }
        var warnings = arguments.cascade ? ["parameter \"cascade\" is ignored when state is not absent"] : []
        if sendsPassword, before.logsStatements, before.subscription?.connection != wantedConnection,
            before.subscription == nil || before.subscription?.connection != nil
        {
            warnings.append(
                "the password is in the server's log now: log_statement is on, and only a superuser (or a role that may SET it) "
                    + "can keep a statement out of the log")
        }
        guard let subscription = before.subscription else { return warnings }
        if subscription.connection == nil, arguments.connectionParameters != nil {
            warnings.append("connparams is ignored: this session may not read pg_subscription.subconninfo")
        }
        let given = (arguments.parameters?.members ?? [:]).keys
        for parameter in SubscriptionParameter.all
        where parameter.column == nil && given.contains(parameter.name) {
            warnings.append(
                "subsparams: \(parameter.name) only matters when a subscription is created, and is ignored")
        }
        return warnings
    }
}
