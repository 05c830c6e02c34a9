import ModuleKit
import SQLClient

/// The statements that bring a subscription from one state to another.
///
/// Source: PostgreSQL 18 documentation, CREATE, ALTER and DROP SUBSCRIPTION; what may be changed of an enabled one, and
/// what cannot be part of a transaction, is there.
struct SubscriptionPlan {
    let arguments: SubscriptionArguments
    let state: SubscriptionState
    let version: Int

    private var name: SQLStatement { written(arguments.name) }
    private var alter: SQLStatement { "ALTER SUBSCRIPTION \(statement: name) " }
    private var parameters: [String: JSONValue] { arguments.parameters?.members ?? [:] }

    /// A name as the server would write it.
    private func written(_ name: String) -> SQLStatement {
        state.quotedNames[name].map { SQLStatement(userText: $0) } ?? "\(identifier: name)"
    }

    private func names(_ names: [String]) -> SQLStatement {
        names.map(written).joined(separator: ", ")
    }

    /// Masked as a whole only when there is something to hide.
    private static func literal(_ connection: ConnectionString) -> SQLStatement {
        connection.secrets.isEmpty
            ? "\(literal: connection.text)" : "\(secret: Secret(connection.text))"
    }

    // MARK: Existence

    func dropping() -> [Change] {
        let cascade: SQLStatement = arguments.cascade ? " CASCADE" : ""
        return [Change("DROP SUBSCRIPTION \(statement: name)\(statement: cascade)", isTransactional: false)]
    }

    func creation(of new: SubscriptionState.Subscription) throws(ModuleFailure) -> [Change] {
        let connection = Self.literal(new.connection ?? ConnectionString([:]))
        var create: SQLStatement = """
            CREATE SUBSCRIPTION \(statement: name) CONNECTION \(statement: connection) \
            PUBLICATION \(statement: names(new.publications))
            """
        let assignments = try assignments(parameters.keys.sorted())
        if !assignments.isEmpty {
            create = create + " WITH (\(statement: assignments.joined(separator: ", ")))"
        }
        return [Change(create, isTransactional: false)] + labels(from: (state.sessionRole, ""), to: new)
    }

    func refresh() -> [Change] {
        [Change(alter + "REFRESH PUBLICATION", isTransactional: false)]
    }

    // MARK: Changes

    /// What needs a disabled subscription is done while it is, whichever way it goes.
    func changes(
        from old: SubscriptionState.Subscription, to new: SubscriptionState.Subscription
    ) throws(ModuleFailure) -> [Change] {
        var changes: [Change] = []
        if let connection = new.connection, old.connection != connection {
            changes.append(Change(alter + "CONNECTION \(statement: Self.literal(connection))"))
        }
        let differing = try differing(from: old, to: new)
        let early = differing.filter { mustBeDisabled(for: $0, to: new) || ($0.name == "slot_name") }
        if early.contains(where: { mustBeDisabled(for: $0, to: new) }), old.isEnabled, new.isEnabled {
            throw .impossible(
                "\(early.map(\.name).joined(separator: ", ")) of subscription \"\(arguments.name)\" can only be changed "
                    + "while it is disabled",
                hint: "shall the task say enabled: false too?")
        }
        if old.isEnabled, !new.isEnabled { changes.append(Change(alter + "DISABLE")) }
        changes += try settings(early)
        if !old.isEnabled, new.isEnabled { changes.append(Change(alter + "ENABLE")) }
        if old.publications != new.publications {
            let refresh: SQLStatement = new.isEnabled ? "" : " WITH (refresh = false)"
            changes.append(
                Change(
                    alter + "SET PUBLICATION \(statement: names(new.publications))\(statement: refresh)",
                    isTransactional: !new.isEnabled))
        }
        let late = differing.filter { parameter in !early.contains { $0.name == parameter.name } }
        return try changes + settings(late) + labels(from: (old.owner, old.comment), to: new)
    }

    /// Parameters to set, without `enabled`, which has words of its own.
    private func differing(
        from old: SubscriptionState.Subscription, to new: SubscriptionState.Subscription
    ) throws(ModuleFailure) -> [SubscriptionParameter] {
        let differing = SubscriptionParameter.all.filter {
            $0.name != "enabled" && $0.column != nil && parameters[$0.name] != nil
                && old.parameters[$0.name] != new.parameters[$0.name]
        }
        if let fixed = differing.first(where: { $0.changeableSince > version }) {
            throw .impossible(
                "\(fixed.name) of a subscription can be changed since PostgreSQL \(fixed.changeableSince / 10_000), "
                    + "this server is \(version / 10_000)",
                hint: "shall the subscription be dropped and created again?")
        }
        return differing
    }

    private func mustBeDisabled(
        for parameter: SubscriptionParameter, to new: SubscriptionState.Subscription
    ) -> Bool {
        parameter.needsDisabled || (parameter.name == "slot_name" && new.parameters["slot_name"] == nil)
    }

    private func settings(_ parameters: [SubscriptionParameter]) throws(ModuleFailure) -> [Change] {
        guard !parameters.isEmpty else { return [] }
        let assignments = try assignments(parameters.map(\.name)).joined(separator: ", ")
        return [
            Change(
                alter + "SET (\(statement: assignments))",
                isTransactional: !parameters.contains(where: \.changesPublisher))
        ]
    }

    private func assignments(_ names: [String]) throws(ModuleFailure) -> [SQLStatement] {
        var assignments: [SQLStatement] = []
        for name in names {
            let value = parameters[name]?.asParameterText ?? ""
            let word: SQLStatement =
                switch SubscriptionParameter.canonical(value, of: name) {
                case nil: "NONE"
                case "true"? where name != "slot_name": "true"
                case "false"? where name != "slot_name": "false"
                case .some: "\(literal: value)"
                }
            assignments.append("\(statement: try StorageOptions.name(name)) = \(statement: word)")
        }
        return assignments
    }

    private func labels(
        from old: (owner: String, comment: String), to new: SubscriptionState.Subscription
    ) -> [Change] {
        var changes: [Change] = []
        if old.owner != new.owner { changes.append(Change(alter + "OWNER TO \(identifier: new.owner)")) }
        if old.comment != new.comment {
            changes.append(
                Change("COMMENT ON SUBSCRIPTION \(identifier: arguments.name) IS \(literal: new.comment)"))
        }
        return changes
    }
}
