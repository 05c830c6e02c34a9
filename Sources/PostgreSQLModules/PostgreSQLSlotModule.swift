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
        /// What a session needs for replication slots: superuser, or this attribute.
        let hasReplication: Bool
        let sessionRole: String
        let walLevel: String

        struct Slot: Equatable {
            var kind: String
            var plugin: String
            var database: String
            /// Process that streams from it; a slot in use cannot be dropped.
            var activeProcess: Int64?
            /// Whether that process only executes a function on the slot, such as the one that drops it.
            var isBrieflyActive = false
            /// Whether WAL is kept for it.
            var isReserved: Bool
            /// Whether the WAL that it needs is gone: nobody can stream from it any more.
            var isLost: Bool
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
            "A slot in use fails in check mode too, with the process that uses it; so do a name that no slot can have, missing "
                + "rights, and a logical slot on a server whose `wal_level` has none.",
            "A logical slot of another plugin is told in a warning, as one of another type is; so are a slot that has reserved no WAL "
                + "though `immediately_reserve` is set, and one that has lost the WAL that it needs.",
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
                hint: "is a physical slot meant? a logical one keeps WAL from its creation on anyway")
        }
        if arguments.state == .present { try Self.requireName(arguments.name) }
        self.arguments = arguments
        isCheck = context.checkMode
    }

    /// Source: PostgreSQL 18 documentation, 26.2.6.1.
    private static func requireName(_ name: String) throws(ModuleFailure) {
        let isName =
            !name.isEmpty && name.utf8.count <= nameBytesMax
            && name.utf8.allSatisfy { byte in
                (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte) || byte == 0x5F
            }
        guard isName else {
            throw .impossible(
                "\"\(name)\" cannot be the name of a replication slot",
                hint:
                    "is it made of lower-case letters, digits and underscores only, \(nameBytesMax) at most?")
        }
    }

    private static let nameBytesMax = 63

    /// The parameters of the connection.
    public func connection() throws(ModuleFailure) -> [SQLConnectionParameter] {
        arguments.connection.parameters(database: arguments.database, module: Self.name)
    }

    /// Switches to the session role.
    public func prepare(_ session: any SQLSession) throws(ModuleFailure) {
        try arguments.connection.prepare(session)
    }

    /// How often, and for how many seconds, to wait for another session that drops the slot too.
    private static let pausesMax = 20
    private static let pauseSeconds = 0.1

    /// Reads the slot, and what the session may.
    public func observe(_ session: any SQLSession) throws(ModuleFailure) -> State {
        var state = try read(session)
        for _ in 0..<Self.pausesMax where arguments.state == .absent && state.slot?.isBrieflyActive == true {
            _ = try session.observedRecords(
                "SELECT pg_catalog.pg_sleep(\(value: .double(Self.pauseSeconds)))")
            state = try read(session)
        }
        return state
    }

    private func read(_ session: any SQLSession) throws(ModuleFailure) -> State {
        let rows = try session.observedRecords(
            """
            SELECT s.slot_type, s.plugin, s.database, s.active_pid,
                   coalesce(a.backend_type = 'client backend' AND NOT s.temporary, false) AS is_briefly_active,
                   s.restart_lsn IS NOT NULL AS is_reserved,
                   s.wal_status IS NOT DISTINCT FROM 'lost' AS is_lost,
                   r.rolsuper OR r.rolreplication AS has_replication,
                   r.rolname AS session_role,
                   pg_catalog.current_setting('wal_level') AS wal_level
              FROM pg_catalog.pg_roles AS r
              LEFT JOIN pg_catalog.pg_replication_slots AS s ON s.slot_name = \(value: .text(arguments.name))
              LEFT JOIN pg_catalog.pg_stat_activity AS a ON a.pid = s.active_pid
             WHERE r.rolname = current_user
            """)
        guard let row = rows.first else {
            throw .impossible("the server did not tell about slot \"\(arguments.name)\"", hint: nil)
        }
        return State(
            slot: row.text("slot_type").map { kind in
                State.Slot(
                    kind: kind, plugin: row.text("plugin") ?? "", database: row.text("database") ?? "",
                    activeProcess: row.int("active_pid"), isBrieflyActive: row.bool("is_briefly_active"),
                    isReserved: row.bool("is_reserved"),
                    isLost: row.bool("is_lost"))
            }, hasReplication: row.bool("has_replication"), sessionRole: row.text("session_role") ?? "",
            walLevel: row.text("wal_level") ?? "")
    }

    /// The state that the task asks for.
    public func wanted(given state: State) throws(ModuleFailure) -> State {
        var wanted = state
        switch (arguments.state, state.slot) {
        case (.absent, nil), (.present, .some): return state
        case (.absent, let slot?):
            try requireReplication(state)
            if let process = slot.activeProcess { throw .database(.inUse(usedBy(process))) }
            wanted.slot = nil
        case (.present, nil):
            try requireReplication(state)
            if arguments.kind == .logical, state.walLevel != "logical" {
                throw .impossible(
                    "logical slot \"\(arguments.name)\" needs wal_level logical, this server has \(state.walLevel)",
                    hint: "may wal_level be changed, and the server restarted?")
            }
            wanted.slot = State.Slot(
                kind: arguments.kind.rawValue,
                plugin: arguments.kind == .logical ? arguments.outputPlugin : "", database: "",
                isReserved: arguments.kind == .logical || arguments.immediatelyReserve, isLost: false)
        }
        return wanted
    }

    private func requireReplication(_ state: State) throws(ModuleFailure) {
        guard !state.hasReplication else { return }
        throw .database(
            .permissionDenied(
                SQLServerMessage(
                    sqlState: "42501", text: "permission denied for replication slot \"\(arguments.name)\"",
                    detail: "role \"\(state.sessionRole)\" is neither superuser nor REPLICATION",
                    hint: "may the role have the attribute REPLICATION?")))
    }

    /// As the server itself would say it.
    private func usedBy(_ process: Int64) -> SQLServerMessage {
        SQLServerMessage(
            sqlState: "55006", text: "replication slot \"\(arguments.name)\" is active for PID \(process)",
            hint: "which standby or subscriber is that (pg_stat_replication)?")
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
        let exists = "slot with name '\(arguments.name)' already exists but "
        if slot.kind != arguments.kind.rawValue {
            warnings.append(exists + "has another type '\(slot.kind)'")
        } else if arguments.kind == .logical, slot.plugin != arguments.outputPlugin {
            warnings.append(exists + "has another output plugin '\(slot.plugin)'")
        } else if arguments.immediatelyReserve, !slot.isReserved {
            warnings.append(exists + "has reserved no WAL yet")
        }
        if slot.isLost { warnings.append(exists + "the WAL that it needs is gone") }
        return warnings
    }
}
