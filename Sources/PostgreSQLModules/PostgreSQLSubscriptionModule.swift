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
            "Passwords of the publisher are masked in the reply, in `queries` too, and kept out of the server's log where the "
                + "session may say so (superusers).",
            "`synccommit` tells the parameter `synchronous_commit`, not whether the subscription is enabled.",
            "Names are taken as they are stored: `Pilotage` is not folded to lower case.",
            "Parameters of newer servers (`binary`, `streaming`, `disable_on_error`, `run_as_owner`, `failover`…) are compared "
                + "and changed too.",
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
        for name in (arguments.parameters?.members ?? [:]).keys { _ = try StorageOptions.name(name) }
        self.arguments = arguments
        wantedConnection = arguments.connectionParameters.map {
            ConnectionString($0.members.mapValues(\.asParameterText))
        }
        isCheck = context.checkMode
    }

    /// The parameters of the connection.
    public func connection() throws(ModuleFailure) -> [SQLConnectionParameter] {
        arguments.connection.parameters(database: arguments.database, module: Self.name)
    }

    /// Switches to the session role; a password is kept out of the server's log.
    public func prepare(_ session: any SQLSession) throws(ModuleFailure) {
        try arguments.connection.prepare(session)
        guard arguments.state == .present, wantedConnection?.secrets.isEmpty == false else { return }
        _ = try session.observedRecords(
            """
            SELECT pg_catalog.set_config(k.name, k.value, false)
              FROM (VALUES ('log_statement', 'none'), ('log_min_error_statement', 'panic'),
                           ('log_min_duration_statement', '-1'), ('log_duration', 'off')) AS k (name, value)
             WHERE (SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user)
            """)
    }

    /// Reads the subscription.
    public func observe(_ session: any SQLSession) throws(ModuleFailure) -> State {
        try SubscriptionReader(session: session, name: arguments.name)
            .state(names: [arguments.name] + (arguments.publications ?? []))
    }

    /// The state that the task asks for.
    public func wanted(given state: State) throws(ModuleFailure) -> State {
        var wanted = state
        switch arguments.state {
        case .absent: wanted.subscription = nil
        case .refresh:
            guard state.subscription != nil else {
                throw .impossible(
                    "Refresh failed: subscription '\(arguments.name)' does not exist",
                    hint: "is it in another database than \(arguments.database)?")
            }
            wanted.isRefreshed = true
        case .present: wanted.subscription = try merged(state)
        }
        return wanted
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
            subscription = try new(ownedBy: state.sessionRole)
        }
        if let wantedConnection, subscription.connection != nil { subscription.connection = wantedConnection }
        if let publications = arguments.publications, !publications.isEmpty,
            Set(publications) != Set(subscription.publications)
        {
            subscription.publications = publications
        }
        for (name, value) in arguments.parameters?.members ?? [:]
        where SubscriptionParameter.all.contains(where: { $0.name == name }) {
            subscription.parameters[name] = SubscriptionParameter.canonical(value.asParameterText, of: name)
        }
        if let owner = arguments.owner, !owner.isEmpty { subscription.owner = owner }
        if let comment = arguments.comment { subscription.comment = comment }
        return subscription
    }

    private func new(ownedBy role: String) throws(ModuleFailure) -> State.Subscription {
        guard let wantedConnection, let publications = arguments.publications, !publications.isEmpty else {
            throw .impossible(
                "subscription \"\(arguments.name)\" does not exist; connparams and publications are needed to create it",
                hint: "is it in another database than \(arguments.database)?")
        }
        let connect = arguments.parameters?.members["connect"]?.asParameterText ?? "true"
        let connects = SubscriptionParameter.canonical(connect, of: "connect") == "true"
        return State.Subscription(
            owner: role, comment: "", connection: wantedConnection, publications: publications,
            parameters: [
                "enabled": connects ? "true" : "false", "synchronous_commit": "false",
                "slot_name": arguments.name,
            ])
    }

    /// The changes that lead from one state to the other.
    public func changes(
        from state: State, to wanted: State, on server: ServerFacts
    ) throws(ModuleFailure) -> [Change] {
        let name = Self.name(arguments.name, in: state)
        switch (state.subscription, wanted.subscription) {
        case (nil, nil): return []
        case (.some, nil):
            let cascade: SQLStatement = arguments.cascade ? " CASCADE" : ""
            return [
                Change("DROP SUBSCRIPTION \(statement: name)\(statement: cascade)", isTransactional: false)
            ]
        case (nil, let new?):
            return try [creation(of: new, in: state)] + labels(from: nil, to: new, in: state)
        case (let old?, let new?):
            let alter: SQLStatement = "ALTER SUBSCRIPTION \(statement: name) "
            if wanted.isRefreshed {
                return [Change(alter + "REFRESH PUBLICATION", isTransactional: false)]
            }
            var changes: [Change] = []
            if let connection = new.connection, old.connection != connection {
                changes.append(Change(alter + "CONNECTION \(statement: Self.literal(connection))"))
            }
            if old.publications != new.publications {
                let names = Self.names(new.publications, in: state)
                changes.append(Change(alter + "SET PUBLICATION \(statement: names)", isTransactional: false))
            }
            return try changes + parameters(from: old, to: new, alter: alter, server)
                + labels(from: old, to: new, in: state)
        }
    }

    private func creation(of new: State.Subscription, in state: State) throws(ModuleFailure) -> Change {
        let names = Self.names(new.publications, in: state)
        var create: SQLStatement =
            "CREATE SUBSCRIPTION \(statement: Self.name(arguments.name, in: state)) "
            + "CONNECTION \(statement: Self.literal(new.connection ?? ConnectionString([:]))) PUBLICATION \(statement: names)"
        var parameters: [SQLStatement] = []
        for name in (arguments.parameters?.members ?? [:]).keys.sorted() {
            parameters.append(try assignment(name))
        }
        if !parameters.isEmpty {
            create = create + " WITH (\(statement: parameters.joined(separator: ", ")))"
        }
        return Change(create, isTransactional: false)
    }

    private func parameters(
        from old: State.Subscription, to new: State.Subscription, alter: SQLStatement, _ server: ServerFacts
    ) throws(ModuleFailure) -> [Change] {
        var changes: [Change] = []
        var assignments: [SQLStatement] = []
        for parameter in SubscriptionParameter.all
        where parameter.changeableSince <= server.version
            && arguments.parameters?.members[parameter.name] != nil
            && old.parameters[parameter.name] != new.parameters[parameter.name]
        {
            if parameter.name == "enabled" {
                changes.append(
                    Change(alter + (new.parameters["enabled"] == "true" ? "ENABLE" : "DISABLE")))
            } else {
                assignments.append(try assignment(parameter.name))
            }
        }
        if !assignments.isEmpty {
            changes.append(Change(alter + "SET (\(statement: assignments.joined(separator: ", ")))"))
        }
        return changes
    }

    private func assignment(_ name: String) throws(ModuleFailure) -> SQLStatement {
        let word: SQLStatement = "\(statement: try StorageOptions.name(name)) = "
        let value = arguments.parameters?.members[name]?.asParameterText ?? ""
        switch SubscriptionParameter.canonical(value, of: name) {
        case nil: return word + "NONE"
        case "true"? where name != "slot_name": return word + "true"
        case "false"? where name != "slot_name": return word + "false"
        case .some: return word + "\(literal: value)"
        }
    }

    private func labels(
        from old: State.Subscription?, to new: State.Subscription, in state: State
    ) -> [Change] {
        var changes: [Change] = []
        if (old?.owner ?? state.sessionRole) != new.owner {
            let name = Self.name(arguments.name, in: state)
            changes.append(Change("ALTER SUBSCRIPTION \(statement: name) OWNER TO \(identifier: new.owner)"))
        }
        if (old?.comment ?? "") != new.comment {
            changes.append(
                Change("COMMENT ON SUBSCRIPTION \(identifier: arguments.name) IS \(literal: new.comment)"))
        }
        return changes
    }

    /// A name as the server would write it.
    private static func name(_ name: String, in state: State) -> SQLStatement {
        state.quotedNames[name].map { SQLStatement(userText: $0) } ?? "\(identifier: name)"
    }

    private static func names(_ names: [String], in state: State) -> SQLStatement {
        names.map { name($0, in: state) }.joined(separator: ", ")
    }

    /// Masked as a whole only when there is something to hide.
    private static func literal(_ connection: ConnectionString) -> SQLStatement {
        connection.secrets.isEmpty
            ? "\(literal: connection.text)" : "\(secret: Secret(connection.text))"
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
        guard let subscription = before.subscription else { return warnings }
        if subscription.connection == nil, arguments.connectionParameters != nil {
            warnings.append("connparams is ignored: this session may not read pg_subscription.subconninfo")
        }
        let kept = SubscriptionParameter.all.map(\.name)
        for name in (arguments.parameters?.members ?? [:]).keys.sorted() where !kept.contains(name) {
            warnings.append("subsparams: \(name) only matters when a subscription is created, and is ignored")
        }
        return warnings
    }
}
