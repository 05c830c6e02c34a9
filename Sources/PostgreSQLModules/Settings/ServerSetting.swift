import ModuleKit
import SQLClient

/// A parameter of the server: what it is, what is in effect, and what the configuration files say.
struct ServerSetting: Equatable {
    /// As the server spells it.
    let name: String
    let kind: Kind
    /// The unit of `setting` (`kB`, `8kB`, `ms`), or `nil`.
    let unit: String?
    /// Who may change it and when (`user`, `sighup`, `postmaster`, `internal`...).
    let context: String
    let choices: [String]
    let bootValue: String
    let minimum: String?
    let maximum: String?
    /// The value in effect in this session, in the parameter's unit.
    let setting: String
    /// The same as `SHOW` writes it.
    let shown: String
    /// Where the value in effect comes from.
    let source: String
    let pendingRestart: Bool
    let file: FileEntry
    /// When this session last read the configuration; changes when a reload has reached it.
    let loadedAt: String
    let rights: Rights

    /// The server's type of a parameter.
    ///
    /// Source: PostgreSQL 17 manual, view `pg_settings`, column `vartype`.
    enum Kind: String {
        case bool, integer, real, string
        case choice = "enum"
    }

    /// What the configuration files say at this moment, loaded or not.
    enum FileEntry: Equatable {
        /// The login role may not read `pg_file_settings`.
        case hidden
        case absent
        case present(value: String, isAutomatic: Bool)
    }

    /// What the session's role may do.
    struct Rights: Equatable {
        let mayAlter: Bool
        let mayReload: Bool
        /// `allow_alter_system` of PostgreSQL 17.
        let serverAllows: Bool
        let isSuperuser: Bool
    }

    /// Whether a change takes effect at the next start only.
    var needsRestart: Bool { context == "postmaster" }

    /// Whether the session has a value of its own that hides the server's.
    ///
    /// Source: PostgreSQL source, `utils/guc.h`, `GucSource`; the words are those of `pg_settings.source`.
    var isHiddenBySession: Bool {
        ["database", "user", "database user", "client", "session", "interactive", "test", "global"]
            .contains(source)
    }

    /// Whether the value stands on the server's command line, which no file can overrule.
    var isOnCommandLine: Bool { source == "command line" }

    /// Whether `postgresql.auto.conf` has an entry; `nil` when the files are hidden.
    var isInAutomaticFile: Bool? {
        switch file {
        case .hidden: nil
        case .absent: false
        case .present(_, let isAutomatic): isAutomatic
        }
    }

    /// The value that is in effect once the files are read and the server restarted; `nil` when that is not known.
    var configuredValue: String? {
        if isOnCommandLine { return setting }
        return switch file {
        case .present(let value, _): value
        case .absent:
            // An entry that was removed and not yet loaded leaves the built-in value.
            pendingRestart || isHiddenBySession || source == "configuration file" ? bootValue : setting
        case .hidden: pendingRestart || isHiddenBySession ? nil : setting
        }
    }
}
