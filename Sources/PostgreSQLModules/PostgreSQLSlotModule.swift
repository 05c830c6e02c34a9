import ModuleKit
import SQLClient

/// `postgresql_slot`: a replication slot.
public struct PostgreSQLSlotModule: ConvergentModule {
    /// The options.
    public struct Arguments: ModuleArguments {
        let name: String
        let kind: Kind
        let immediatelyReserve: Bool
        let outputPlugin: String
        let state: Presence
        let database: String?
        let connection: PostgreSQLConnectionArguments

        enum Kind: String, ArgumentChoice {
            case logical, physical
        }

        enum Presence: String, ArgumentChoice {
            case absent, present
        }

        /// Declares and reads the options.
        public init(form: inout ArgumentForm) {
            name = form.required("name", aliases: ["slot_name"], doc: "Name of the slot.")
            kind = form.defaulted("slot_type", to: .physical, doc: "What the slot is for.")
            state = form.defaulted("state", to: .present, doc: "Whether the slot exists.")
            immediatelyReserve = form.defaulted(
                "immediately_reserve", to: false,
                doc:
                    "Keep WAL for a physical slot from its creation on, instead of from the first connection of a standby."
            )
            outputPlugin = form.defaulted(
                "output_plugin", to: "test_decoding", doc: "Output plugin of a logical slot.")
            database = form.optional(
                "login_db", aliases: ["db"],
                doc: "Database of a logical slot. A physical one belongs to the whole server.")
            connection = PostgreSQLConnectionArguments(form: &form)
        }
    }

    /// A slot as far as this module manages it.
    public struct State: Equatable {
        var slot: Slot?

        struct Slot: Equatable {
            var kind: String
            var plugin: String
            var database: String
            /// Process that streams from it; a slot in use cannot be dropped.
            var activeProcess: Int64?
        }
    }

    /// The name inside the collection.
    public static let name = "postgresql_slot"

    /// What a person reads.
    public static let manual = Manual(
        summary: "Create or drop a replication slot",
        description: [
            "Brings a physical or logical replication slot into the wanted state. A slot that nobody reads keeps WAL for ever: "
                + "drop those that are not needed any more."
        ],
        differences: [
            "A slot in use fails in check mode too, with the process that uses it.",
            "A logical slot of another plugin or database is told in a warning, as one of another type is.",
        ],
        notes: ["`queries` is empty in check mode, as playbooks of the module it is compatible with expect."],
        seeAlso: ["postgresql_info", "postgresql_subscription"],
        examples: [
            ManualExample(
                "Slot of the standby in the second data centre",
                ["name": "secours_bdd_02", "immediately_reserve": true]),
            ManualExample(
                "Logical slot of the reporting",
                [
                    "name": "pilotage", "slot_type": "logical", "output_plugin": "pgoutput",
                    "login_db": "mairie",
                ]),
            ManualExample(
                "No slot for a standby that is gone", ["name": "secours_bdd_02", "state": "absent"]),
        ],
        returns: [
            ManualReturn("name", type: "str", sample: "secours_bdd_02", doc: "Name of the slot."),
            ManualReturn(
                "queries", type: "list",
                sample: ["SELECT pg_create_physical_replication_slot('secours_bdd_02', true)"],
                doc: "Statements that were executed."),
        ])

    private let arguments: Arguments
    private let isCheck: Bool

    /// An instance for one task.
    public init(arguments: Arguments, context: ModuleContext) throws(ModuleFailure) {
        try arguments.connection.requireTrusted([])
        if arguments.immediatelyReserve, arguments.kind == .logical {
            throw .impossible(
                "Module parameters immediately_reserve and slot_type=logical are mutually exclusive",
                hint: "a logical slot keeps WAL from its creation on")
        }
        self.arguments = arguments
        isCheck = context.checkMode
    }

    /// The parameters of the connection.
    public func connection() throws(ModuleFailure) -> [SQLConnectionParameter] {
        arguments.connection.parameters(database: arguments.database, module: Self.name)
    }

    /// Switches to the session role.
    public func prepare(_ session: any SQLSession) throws(ModuleFailure) {
        try arguments.connection.prepare(session)
    }

    /// Reads the slot.
    public func observe(_ session: any SQLSession) throws(ModuleFailure) -> State {
        let rows = try session.observedRecords(
            """
            SELECT s.slot_type, s.plugin, s.database, s.active_pid
              FROM pg_catalog.pg_replication_slots AS s
             WHERE s.slot_name = \(value: .text(arguments.name))
            """)
        return State(
            slot: rows.first.map {
                State.Slot(
                    kind: $0.text("slot_type") ?? "", plugin: $0.text("plugin") ?? "",
                    database: $0.text("database") ?? "", activeProcess: $0.int("active_pid"))
            })
    }

    /// The state that the task asks for.
    public func wanted(given state: State) throws(ModuleFailure) -> State {
        switch (arguments.state, state.slot) {
        case (.absent, let slot?):
            if let process = slot.activeProcess {
                throw .impossible(
                    "replication slot \"\(arguments.name)\" is active for PID \(process)",
                    hint: "which standby or subscriber is that (pg_stat_replication)?")
            }
            return State(slot: nil)
        case (.absent, nil): return state
        case (.present, .some): return state
        case (.present, nil):
            return State(
                slot: State.Slot(
                    kind: arguments.kind.rawValue,
                    plugin: arguments.kind == .logical ? arguments.outputPlugin : "", database: ""))
        }
    }

    /// The changes that lead from one state to the other.
    public func changes(
        from state: State, to wanted: State, on server: ServerFacts
    ) throws(ModuleFailure) -> [Change] {
        let name = SQLValue.text(arguments.name)
        switch (state.slot, wanted.slot) {
        case (nil, .some) where arguments.kind == .physical:
            return [
                Change(
                    "SELECT pg_create_physical_replication_slot(\(value: name), \(value: .bool(arguments.immediatelyReserve)))"
                )
            ]
        case (nil, .some):
            return [
                Change(
                    "SELECT pg_create_logical_replication_slot(\(value: name), \(value: .text(arguments.outputPlugin)))"
                )
            ]
        case (.some, nil): return [Change("SELECT pg_drop_replication_slot(\(value: name))")]
        case (nil, nil), (.some, .some): return []
        }
    }

    /// A state as a document for `diff`.
    public func document(_ state: State) -> JSONValue {
        guard let slot = state.slot else { return ["state": "absent"] }
        return ["state": "present", "slot_type": .string(slot.kind), "plugin": .string(slot.plugin)]
    }

    /// Keys of the reply.
    public func facts(
        before: State, after: State, changes: [Change], shown: [String]
    ) -> [String: JSONValue] {
        ["name": .string(arguments.name), "queries": .strings(isCheck ? [] : shown)]
    }

    /// A slot of the name that is not the one meant, and a database that nobody named.
    public func warnings(before: State) -> [String] {
        var warnings: [String] = []
        if arguments.kind == .logical {
            warnings += arguments.connection.warnings(database: arguments.database)
        }
        guard arguments.state == .present, let slot = before.slot else { return warnings }
        if slot.kind != arguments.kind.rawValue {
            warnings.append(
                "slot with name '\(arguments.name)' already exists but has another type '\(slot.kind)'")
        } else if arguments.kind == .logical, slot.plugin != arguments.outputPlugin {
            warnings.append(
                "slot with name '\(arguments.name)' already exists but has another output plugin '\(slot.plugin)'"
            )
        }
        return warnings
    }
}
