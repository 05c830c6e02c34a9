import ModuleKit
import SQLClient

/// `postgresql_ext`: an extension, its version, schema and comment.
public struct PostgreSQLExtModule: ConvergentModule {
    /// The options.
    public struct Arguments: ModuleArguments {
        let name: String
        let database: String
        let schema: String?
        let version: String?
        let cascade: Bool
        let comment: String?
        let state: Presence
        let connection: PostgreSQLConnectionArguments

        enum Presence: String, ArgumentChoice {
            case absent, present
        }

        /// Declares and reads the options.
        public init(form: inout ArgumentForm) {
            name = form.required("name", aliases: ["ext"], doc: "Name of the extension.")
            database = form.required("login_db", aliases: ["db"], doc: "Database that holds the extension.")
            state = form.defaulted("state", to: .present, doc: "Whether the extension is installed.")
            schema = form.optional(
                "schema",
                doc:
                    "Schema of its objects. An installed extension is moved there; left where it is when omitted."
            )
            version = form.optional(
                "version",
                doc:
                    "Wanted version, or `latest` for the default one of its control file. An installed extension is updated "
                    + "when there is an update path; left as it is when omitted.")
            cascade = form.defaulted(
                "cascade", to: false,
                doc: "Install the extensions that it needs, or drop the objects that depend on it.")
            comment = form.optional(
                "comment",
                doc: "Comment on the extension. An empty text removes it; left as it is when omitted.")
            connection = PostgreSQLConnectionArguments(form: &form)
        }
    }

    /// The extension as it is, and what the server could install.
    public struct State: Equatable {
        var installed: Installed?
        /// Default version of the control file; `nil` when there is none.
        let defaultVersion: String?
        let availableVersions: [String]
        /// Versions that the installed one can be updated to.
        let updateTargets: [String]
        let isRelocatable: Bool

        struct Installed: Equatable {
            var version: String
            var schema: String
            var comment: String
        }
    }

    /// The name inside the collection.
    public static let name = "postgresql_ext"

    /// What a person reads.
    public static let manual = Manual(
        summary: "Install, update or drop a PostgreSQL extension",
        description: ["Brings an extension into the wanted state: existence, version, schema and comment."],
        differences: [
            "`schema` moves an installed extension that is relocatable; one that is not fails instead of being left in silence.",
            "In check mode `version` is the version that a real run would reach.",
        ],
        seeAlso: ["postgresql_db", "postgresql_schema"],
        examples: [
            ManualExample(
                "Exclusion constraints on several columns",
                ["name": "btree_gist", "login_db": "mairie", "schema": "referentiel"]),
            ManualExample(
                "Update to the version that came with the packages",
                ["name": "pg_stat_statements", "login_db": "postgres", "version": "latest"]),
        ],
        returns: [
            ManualReturn("ext", type: "str", sample: "btree_gist", doc: "Name of the extension."),
            ManualReturn("db", type: "str", sample: "mairie", doc: "The database."),
            ManualReturn("prev_version", type: "str", sample: "", doc: "Version before, or empty."),
            ManualReturn("version", type: "str", sample: "1.7", doc: "Version afterwards, or empty."),
            ManualReturn(
                "queries", type: "list", sample: ["CREATE EXTENSION \"btree_gist\""],
                doc: "Statements that were executed, or would be in check mode."),
        ])

    private let arguments: Arguments

    /// An instance for one task.
    public init(arguments: Arguments, context: ModuleContext) throws(ModuleFailure) {
        try arguments.connection.requireTrusted([
            arguments.name, arguments.schema, arguments.version, arguments.comment,
        ])
        self.arguments = arguments
    }

    /// The parameters of the connection.
    public func connection() throws(ModuleFailure) -> [SQLConnectionParameter] {
        arguments.connection.parameters(database: arguments.database, module: Self.name)
    }

    /// Switches to the session role.
    public func prepare(_ session: any SQLSession) throws(ModuleFailure) {
        try arguments.connection.prepare(session)
    }

    /// Reads the extension, its versions and its update paths in one statement.
    public func observe(_ session: any SQLSession) throws(ModuleFailure) -> State {
        let rows = try session.observedRecords(
            """
            SELECT x.extversion AS version,
                   n.nspname AS schema,
                   coalesce(pg_catalog.obj_description(x.oid, 'pg_extension'), '') AS comment,
                   coalesce(x.extrelocatable, false) AS is_relocatable,
                   a.default_version,
                   ARRAY(SELECT v.version
                           FROM pg_catalog.pg_available_extension_versions AS v
                          WHERE v.name = \(value: .text(arguments.name))
                          ORDER BY v.version) AS versions,
                   ARRAY(SELECT p.target
                           FROM pg_catalog.pg_extension_update_paths(a.name) AS p
                          WHERE p.source = x.extversion
                            AND p.path IS NOT NULL
                          ORDER BY p.target) AS targets
              FROM (SELECT \(value: .text(arguments.name))::name AS name) AS w
              LEFT JOIN pg_catalog.pg_extension AS x ON x.extname = w.name
              LEFT JOIN pg_catalog.pg_namespace AS n ON n.oid = x.extnamespace
              LEFT JOIN pg_catalog.pg_available_extensions AS a ON a.name = w.name
            """)
        guard let row = rows.first else {
            throw .impossible("the server does not answer about extensions", hint: nil)
        }
        let installed = row.text("version").map {
            State.Installed(version: $0, schema: row.text("schema") ?? "", comment: row.text("comment") ?? "")
        }
        return State(
            installed: installed, defaultVersion: row.text("default_version"),
            availableVersions: row.texts("versions"), updateTargets: row.texts("targets"),
            isRelocatable: row.bool("is_relocatable"))
    }

    /// The state that the task asks for.
    public func wanted(given state: State) throws(ModuleFailure) -> State {
        var wanted = state
        switch (arguments.state, state.installed) {
        case (.absent, _): wanted.installed = nil
        case (.present, nil): wanted.installed = try newExtension(state)
        case (.present, .some(let current)): wanted.installed = try changed(current, state)
        }
        return wanted
    }

    private func newExtension(_ state: State) throws(ModuleFailure) -> State.Installed {
        guard !state.availableVersions.isEmpty else {
            throw .impossible(
                "Extension \(arguments.name) is not available",
                hint: "is its package installed on the server's host?")
        }
        let version: String
        if let asked = try wantedVersion(state) { version = asked } else { version = try latest(state) }
        guard state.availableVersions.contains(version) else {
            let kind = arguments.version == "latest" ? "Latest" : "Passed"
            throw .impossible(
                "\(kind) version '\(version)' is not available",
                hint: "is one of \(state.availableVersions.joined(separator: ", ")) meant?")
        }
        return State.Installed(
            version: version, schema: arguments.schema ?? "", comment: arguments.comment ?? "")
    }

    private func latest(_ state: State) throws(ModuleFailure) -> String {
        guard let version = state.defaultVersion else {
            throw .impossible(
                "Passed version 'latest' but no default_version available in extension control file",
                hint: "which version is wanted?")
        }
        return version
    }

    private func wantedVersion(_ state: State) throws(ModuleFailure) -> String? {
        arguments.version == "latest" ? try latest(state) : arguments.version
    }

    private func changed(
        _ current: State.Installed, _ state: State
    ) throws(ModuleFailure) -> State.Installed {
        var wanted = current
        if let version = try wantedVersion(state), version != current.version {
            guard state.updateTargets.contains(version) else {
                let subject = arguments.version == "latest" ? "Latest" : "Passed"
                let rest = arguments.version == "latest" ? "" : " or the passed version is not available"
                throw .impossible(
                    "\(subject) version '\(version)' has no valid update path from the currently installed version "
                        + "'\(current.version)'\(rest)",
                    hint: state.updateTargets.isEmpty
                        ? "has the package on the server's host a script for the update?"
                        : "is a version with a path meant: \(state.updateTargets.joined(separator: ", "))?")
            }
            wanted.version = version
        }
        if let schema = arguments.schema, !schema.isEmpty, schema != current.schema {
            guard state.isRelocatable else {
                throw .impossible(
                    "extension \(arguments.name) is in schema \(current.schema) and cannot be moved to \(schema)",
                    hint: "may it be dropped and installed anew there?")
            }
            wanted.schema = schema
        }
        wanted.comment = arguments.comment ?? current.comment
        return wanted
    }

    /// The changes that lead from one state to the other.
    public func changes(
        from state: State, to wanted: State, on server: ServerFacts
    ) throws(ModuleFailure) -> [Change] {
        let cascade: SQLStatement = arguments.cascade ? " CASCADE" : ""
        switch (state.installed, wanted.installed) {
        case (nil, nil):
            return []
        case (.some, nil):
            return [Change("DROP EXTENSION \(identifier: arguments.name)\(statement: cascade)")]
        case (nil, .some(let new)):
            return [creation(of: new, cascade)] + comment(from: nil, to: new.comment)
        case (.some(let old), .some(let new)):
            return alterations(from: old, to: new)
        }
    }

    private func creation(of new: State.Installed, _ cascade: SQLStatement) -> Change {
        let schema: SQLStatement = new.schema.isEmpty ? "" : " WITH SCHEMA \(identifier: new.schema)"
        let isNamed = arguments.version != nil && arguments.version != "latest"
        let version: SQLStatement = isNamed ? " VERSION \(literal: new.version)" : ""
        return Change(
            """
            CREATE EXTENSION \(identifier: arguments.name)\(statement: schema)\(statement: version)\(statement: cascade)
            """)
    }

    private func alterations(from old: State.Installed, to new: State.Installed) -> [Change] {
        var changes: [Change] = []
        if new.version != old.version {
            let target: SQLStatement = arguments.version == "latest" ? "" : " TO \(literal: new.version)"
            changes.append(Change("ALTER EXTENSION \(identifier: arguments.name) UPDATE\(statement: target)"))
        }
        if new.schema != old.schema {
            changes.append(
                Change("ALTER EXTENSION \(identifier: arguments.name) SET SCHEMA \(identifier: new.schema)"))
        }
        return changes + comment(from: old.comment, to: new.comment)
    }

    /// A new extension brings a comment of its own, which stays unless the task gives one.
    private func comment(from old: String?, to new: String) -> [Change] {
        guard arguments.comment != nil, new != old else { return [] }
        return [Change("COMMENT ON EXTENSION \(identifier: arguments.name) IS \(literal: new)")]
    }

    /// A state as a document for `diff`.
    public func document(_ state: State) -> JSONValue {
        guard let installed = state.installed else { return ["state": "absent"] }
        var members: [String: JSONValue] = ["state": "present", "version": .string(installed.version)]
        if !installed.schema.isEmpty { members["schema"] = .string(installed.schema) }
        if arguments.comment != nil { members["comment"] = .string(installed.comment) }
        return .object(members)
    }

    /// Keys of the reply.
    public func facts(
        before: State, after: State, changes: [Change], shown: [String]
    ) -> [String: JSONValue] {
        [
            "ext": .string(arguments.name), "db": .string(arguments.database),
            "prev_version": .string(before.installed?.version ?? ""),
            "version": .string(after.installed?.version ?? ""), "queries": .strings(shown),
        ]
    }
}
