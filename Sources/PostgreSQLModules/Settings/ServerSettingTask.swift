import ModuleKit
import SQLClient

/// Changes one parameter by `ALTER SYSTEM` and lets the server read its files again: the work that
/// `postgresql_alter_system` and `postgresql_set` share.
struct ServerSettingTask {
    let session: any SQLSession
    let name: String
    let goal: Goal
    /// Texts that playbooks of either module know.
    let wording: Wording

    /// What the task asks for.
    enum Goal: Equatable {
        case value(String)
        /// No entry in `postgresql.auto.conf`; `always` sends the statement without a look at the file.
        case noEntry(statement: NoEntryStatement, always: Bool)
    }

    /// How the entry is removed; both mean the same.
    enum NoEntryStatement: Equatable {
        case reset, setDefault
    }

    /// Messages that differ between the modules.
    struct Wording {
        let unknown: (String) -> String
        let removesEntry: String
    }

    /// What the task did or, in check mode, would do.
    struct Outcome {
        let before: ServerSetting
        /// The parameter afterwards; in check mode as it is.
        let after: ServerSetting
        /// Empty when nothing is to be done.
        let statements: [SQLStatement]
        var warnings: [String]

        func shown(for dialect: SQLDialect) -> [String] { statements.map { $0.shown(for: dialect) } }
    }

    /// Lets the server read its configuration files again.
    static let reload: SQLStatement = "SELECT pg_reload_conf()"

    private var reader: ServerSettingReader { ServerSettingReader(session: session) }
    private var version: Int { session.serverVersion }

    /// Observe, plan, and unless it is check mode apply and observe again.
    func perform(checkMode: Bool) throws(ModuleFailure) -> Outcome {
        let (before, problems) = try reader.setting(name, unknown: wording.unknown)
        try requireChangeable(before)
        let warnings = problems.entries + Self.blindness(before)
        var outcome = Outcome(before: before, after: before, statements: [], warnings: warnings)
        guard let statement = try plan(before) else { return outcome }
        try requireAllowed(before, problems)
        try requireLibraries(before)
        outcome = Outcome(
            before: before, after: before, statements: [statement, Self.reload], warnings: warnings)
        if checkMode { return outcome }
        try execute(statement, applied: [])
        // Read after the entry was written: whatever is loaded from here on holds it.
        let loadedBefore = try loadedAt()
        try execute(Self.reload, applied: [statement.shown(for: session.dialect)])
        let isLoaded = try waitsForLoad(since: loadedBefore)
        let after = try reader.setting(name, unknown: wording.unknown).setting
        outcome = Outcome(
            before: before, after: after, statements: outcome.statements, warnings: outcome.warnings)
        if !isLoaded {
            outcome.warnings.append(
                "the server has not read its configuration again after \(Self.reloadWaitsMax / 50) seconds: what does "
                    + "its log say?"
            )
        }
        try requireReached(after, statement)
        return outcome
    }

    /// What the role cannot see, where that makes a difference.
    private static func blindness(_ setting: ServerSetting) -> [String] {
        guard setting.configuredValue == nil else { return [] }
        return [
            "the login role may not read pg_file_settings, so that the configured value of \(setting.name) is not known: "
                + "it counts as a change"
        ]
    }

    // MARK: Plan

    private func plan(_ before: ServerSetting) throws(ModuleFailure) -> SQLStatement? {
        // The server takes the name in any case, but only as a word; its own spelling is one.
        let name = SQLStatement(userText: before.name)
        switch goal {
        case .noEntry(let statement, let always):
            guard always || before.isInAutomaticFile != false else { return nil }
            switch statement {
            case .reset: return "ALTER SYSTEM RESET \(statement: name)"
            case .setDefault: return "ALTER SYSTEM SET \(statement: name) = DEFAULT"
            }
        case .value(let text):
            if SettingLists.isDangerous(text, for: before.name, serverVersion: version) {
                throw .impossible(
                    "\(before.name): an empty name is not supported by the module to avoid crashes. Due to a PostgreSQL "
                        + "bug in resetting \(before.name) that way the server would look for a file without a name",
                    hint: "is \(wording.removesEntry) meant?")
            }
            guard !text.unicodeScalars.contains(where: { $0 == "\n" || $0 == "\r" }) else {
                throw .impossible(
                    "\(before.name): the server's file takes no value of more than one line",
                    hint: "can it be put into one?")
            }
            let wanted = try value(text, before)
            guard !isReached(wanted, before) else { return nil }
            guard !before.isOnCommandLine else {
                throw .impossible(
                    "\(before.name) is set to \(before.shown) on the server's command line, which ALTER SYSTEM does not "
                        + "overrule",
                    hint: "may the option be removed from the service that starts the server?")
            }
            let written: SQLStatement =
                SettingLists.holdsNames(before.name, serverVersion: version)
                ? SettingLists.written(text) : "\(literal: text)"
            return "ALTER SYSTEM SET \(statement: name) = \(statement: written)"
        }
    }

    private func value(_ text: String, _ setting: ServerSetting) throws(ModuleFailure) -> ServerSettingValue {
        do throws(ServerSettingValue.Problem) {
            return try ServerSettingValue(text, for: setting, serverVersion: version)
        } catch {
            throw .impossible(error.message, hint: error.hint)
        }
    }

    /// Whether the files say what is wanted and the server has read them.
    private func isReached(_ wanted: ServerSettingValue, _ setting: ServerSetting) -> Bool {
        guard let configured = setting.configuredValue,
            (try? ServerSettingValue(configured, for: setting, serverVersion: version)) == wanted
        else { return false }
        return setting.needsRestart || setting.isHiddenBySession || isLoaded(configured, setting)
    }

    /// Whether the value in effect is the configured one. The server writes some texts anew (`europe/paris`,
    /// `iso,dmy`), so that texts are compared without case and spaces.
    private func isLoaded(_ configured: String, _ setting: ServerSetting) -> Bool {
        if setting.kind == .string {
            func plain(_ text: String) -> String {
                String(text.lowercased().filter { !$0.isWhitespace && $0 != "\"" })
            }
            return plain(configured) == plain(setting.setting)
        }
        return ServerSettingValue.mean(configured, setting.setting, for: setting, serverVersion: version)
    }

    // MARK: What is refused before anything is done

    /// Parameters that no configuration file of this kind may hold.
    ///
    /// Source: PostgreSQL 18 source, `utils/misc/guc_tables.c`, flags `GUC_DISALLOW_IN_FILE` and
    /// `GUC_DISALLOW_IN_AUTO_FILE`.
    private static let neverInAutomaticFile: Set<String> = [
        "allow_alter_system", "config_file", "data_directory", "role", "seed", "session_authorization",
        "transaction_deferrable", "transaction_isolation", "transaction_read_only",
    ]

    private func requireChangeable(_ setting: ServerSetting) throws(ModuleFailure) {
        if setting.context == "internal" {
            throw .impossible(
                "\(setting.name) cannot be changed (internal context)",
                hint: "is it fixed when the server is built or the cluster made (manual, Preset Options)?")
        }
        if Self.neverInAutomaticFile.contains(setting.name) {
            throw .impossible(
                "\(setting.name) cannot be changed by ALTER SYSTEM",
                hint: "is it set in postgresql.conf, on the command line, or for a session?")
        }
    }

    private func requireAllowed(
        _ setting: ServerSetting, _ problems: ServerSettingReader.FileProblems
    ) throws(ModuleFailure) {
        guard setting.rights.serverAllows else {
            throw .impossible(
                "ALTER SYSTEM is not allowed on this server (allow_alter_system is off)",
                hint: "which tool manages the configuration of this server?")
        }
        guard setting.rights.mayAlter else {
            throw .impossible(
                "permission denied to set parameter \(setting.name)",
                hint: version >= 150_000
                    ? "may the role be granted ALTER SYSTEM ON PARAMETER \(setting.name)?"
                    : "can the login role be a superuser here?")
        }
        guard setting.rights.mayReload else {
            throw .impossible(
                "permission denied to reload the configuration",
                hint: "may the role be granted EXECUTE ON FUNCTION pg_reload_conf()?")
        }
        guard problems.fatal.isEmpty else {
            throw .impossible(
                "the server's configuration files have errors, a reload would change nothing: "
                    + problems.fatal.joined(separator: "; "), hint: "can these lines be mended first?")
        }
    }

    /// A library that is not there keeps the server from starting; a role that cannot look leaves it to the operator.
    private func requireLibraries(_ setting: ServerSetting) throws(ModuleFailure) {
        guard setting.name == "shared_preload_libraries", setting.rights.isSuperuser,
            case .value(let text) = goal
        else { return }
        let names = SettingLists.elements(of: text).map(\.name).filter { !$0.contains("/") }
        let missing = try session.observedRecords(
            """
            SELECT l.name
              FROM pg_catalog.unnest(\(value: .array(names.map(SQLValue.text)))::text[]) AS l (name)
              JOIN pg_catalog.pg_config AS c ON c.name = 'PKGLIBDIR'
             WHERE pg_catalog.current_setting('dynamic_library_path') = '$libdir'
               AND pg_catalog.pg_stat_file(c.setting || '/' || l.name || '.so', true) IS NULL
               AND pg_catalog.pg_stat_file(c.setting || '/' || l.name, true) IS NULL
             ORDER BY l.name
            """
        ).compactMap { $0.text("name") }
        guard missing.isEmpty else {
            throw .impossible(
                "shared_preload_libraries: the server's host has no library \(missing.joined(separator: ", ")), so that "
                    + "the server would not start", hint: "is the package installed on the server's host?")
        }
    }

    // MARK: Apply

    /// Most looks for a reload, 20 ms apart.
    private static let reloadWaitsMax = 500

    private func execute(_ statement: SQLStatement, applied: [String]) throws(ModuleFailure) {
        do throws(SQLFailure) {
            _ = try session.execute(statement)
        } catch {
            throw .change(error, statement: statement.shown(for: session.dialect), applied: applied)
        }
    }

    private func loadedAt() throws(ModuleFailure) -> String? {
        try session.observedRecords("SELECT pg_catalog.pg_conf_load_time()::text AS loaded_at").first?
            .text("loaded_at")
    }

    /// Whether this session has read the files again; a reload reaches sessions with a delay.
    private func waitsForLoad(since loadedBefore: String?) throws(ModuleFailure) -> Bool {
        for _ in 0..<Self.reloadWaitsMax {
            if try loadedAt() != loadedBefore { return true }
            _ = try session.observedRecords("SELECT pg_catalog.pg_sleep(0.02)::text AS waited")
        }
        return false
    }

    /// The second look must find what was asked for.
    private func requireReached(
        _ after: ServerSetting, _ statement: SQLStatement
    ) throws(ModuleFailure) {
        let isReached: Bool
        switch goal {
        case .noEntry: isReached = after.isInAutomaticFile != true
        case .value(let text):
            isReached =
                after.configuredValue.map {
                    ServerSettingValue.mean($0, text, for: after, serverVersion: version)
                } ?? true
        }
        guard isReached else { throw .notConverged(remaining: [statement.shown(for: session.dialect)]) }
    }
}
