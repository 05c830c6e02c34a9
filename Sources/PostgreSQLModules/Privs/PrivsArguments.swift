import ModuleKit
import SQLClient

/// The options of `postgresql_privs`.
public struct PostgreSQLPrivsArguments: ModuleArguments {
    let database: String
    let state: Presence
    let privileges: String?
    let kind: PrivilegeKind
    let objects: String?
    let schema: String?
    let roles: String
    let targetRoles: String?
    let grantOption: Bool?
    let failOnRole: Bool
    let connection: PostgreSQLConnectionArguments

    enum Presence: String, ArgumentChoice {
        case present, absent
    }

    /// Declares and reads the options.
    public init(form: inout ArgumentForm) {
        database = form.required(
            "login_db", aliases: ["db", "database"], doc: "Database to connect to, which holds the objects.")
        state = form.defaulted("state", to: .present, doc: "Whether the privileges are granted or revoked.")
        privileges = form.optional(
            "privs", aliases: ["priv"], doc: "Privileges, separated by commas; `ALL` for all of the kind.")
        kind = form.defaulted("type", to: .table, doc: "What the privileges are on.")
        objects = form.optional(
            "objs", aliases: ["obj"],
            doc:
                "Objects, separated by commas. Routines have their argument types in parentheses, separated by colons: "
                + "`reserver(bigint:date)`. `ALL_IN_SCHEMA` means all of the schema; with `default_privs` it is the kinds of "
                + "objects (`TABLES`, `SEQUENCES`, `FUNCTIONS`, `TYPES`, `SCHEMAS`), or `ALL_DEFAULT`.")
        schema = form.optional(
            "schema",
            doc:
                "Schema of the objects, `public` when omitted; `not-specified` looks along the search path, or means every "
                + "schema with `default_privs`.")
        roles = form.required(
            "roles", aliases: ["role"],
            doc: "Roles, separated by commas; also `PUBLIC`, `CURRENT_USER`, `SESSION_USER`, `CURRENT_ROLE`.")
        targetRoles = form.optional(
            "target_roles",
            doc: "Roles whose future objects `default_privs` are for; the session's own role when omitted.")
        grantOption = form.optional(
            "grant_option", aliases: ["admin_option"],
            doc:
                "Whether the roles may pass the privileges (or memberships) on. Left as it is when omitted.")
        failOnRole = form.defaulted(
            "fail_on_role", to: true,
            doc:
                "Whether a role that does not exist is a failure; otherwise, and with `state: absent`, it is passed over with a "
                + "warning."
        )
        connection = PostgreSQLConnectionArguments(form: &form)
    }

    /// Splits a list; empty parts are left out.
    static func list(_ text: String) -> [String] {
        text.split(separator: ",").map(String.init)
    }
}

/// A task whose options were found to fit together.
struct PrivsRequest {
    let kind: PrivilegeKind
    let isGrant: Bool
    /// `nil` looks along the search path, and means every schema for default privileges.
    let schema: String?
    /// Names; empty when all of the schema are meant, or for default privileges.
    let names: [String]
    let isAllInSchema: Bool
    let defaultObjects: [DefaultObjects]
    /// In capitals; TEMP and ALL as they were written.
    private let words: [String]
    let grantOption: Bool?
    let targetRoles: [String]

    private static let known: Set<String> = [
        "SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER", "CREATE", "CONNECT",
        "TEMPORARY", "TEMP", "EXECUTE", "USAGE", "ALL", "SET", "ALTER_SYSTEM", "MAINTAIN",
    ]

    init(_ arguments: PostgreSQLPrivsArguments) throws(ModuleFailure) {
        kind = arguments.kind
        isGrant = arguments.state == .present
        grantOption = arguments.grantOption
        targetRoles = PostgreSQLPrivsArguments.list(arguments.targetRoles ?? "")
        let objects = try Self.objects(arguments)
        isAllInSchema = objects == "ALL_IN_SCHEMA"
        schema = try Self.schema(arguments, objects)
        words = try Self.words(arguments)
        defaultObjects = kind == .defaultPrivileges ? try Self.defaultObjects(objects) : []
        if isAllInSchema || kind == .defaultPrivileges {
            names = []
        } else {
            let all = PostgreSQLPrivsArguments.list(objects)
            names = kind == .function || kind == .procedure ? all.map { $0.replacing(":", with: ",") } : all
        }
        if isAllInSchema, schema == nil {
            throw .impossible(
                "ALL_IN_SCHEMA needs a schema, and schema is not-specified", hint: "which schema is meant?")
        }
        try checkDefaults()
    }

    private static func objects(_ arguments: PostgreSQLPrivsArguments) throws(ModuleFailure) -> String {
        let kind = arguments.kind
        let given = arguments.objects ?? ""
        if given == "ALL_IN_SCHEMA", !kind.hasAllInSchema {
            throw .impossible(
                "Argument \"objs\": ALL_IN_SCHEMA can be used only for type: table, sequence, function or procedure, "
                    + "\(kind.rawValue) was passed.", hint: nil)
        }
        if given.isEmpty, kind == .database { return arguments.database }
        guard !given.isEmpty else {
            throw .impossible("Argument \"objs\" is required for type \"\(kind.rawValue)\".", hint: nil)
        }
        return given
    }

    private static func schema(
        _ arguments: PostgreSQLPrivsArguments, _ objects: String
    ) throws(ModuleFailure) -> String? {
        let given = arguments.schema ?? ""
        guard arguments.kind.hasSchema else {
            if given.isEmpty { return nil }
            throw .impossible(
                "Argument \"schema\" is not allowed for type \"\(arguments.kind.rawValue)\".", hint: nil)
        }
        let isEverywhere =
            given == "not-specified"
            || arguments.kind == .defaultPrivileges && objects.uppercased() == DefaultObjects.schemas.rawValue
        if isEverywhere { return nil }
        return given.isEmpty ? "public" : given
    }

    private static func words(_ arguments: PostgreSQLPrivsArguments) throws(ModuleFailure) -> [String] {
        let given = PostgreSQLPrivsArguments.list(arguments.privileges ?? "").map {
            $0.uppercased().split(whereSeparator: \.isWhitespace).joined(separator: "_")
        }
        if arguments.kind == .group {
            guard given.isEmpty else {
                throw .impossible("Argument \"privs\" is not allowed for type \"group\".", hint: nil)
            }
            return [PrivilegeKind.membership]
        }
        guard !given.isEmpty else {
            throw .impossible(
                "Argument \"privs\" is required for type \"\(arguments.kind.rawValue)\".", hint: nil)
        }
        let unknown = given.filter { !known.contains($0) }
        guard unknown.isEmpty else {
            throw .impossible(
                "Invalid privileges specified: \(unknown.joined(separator: ", "))",
                hint: NearestWord.of(unknown[0], among: known.sorted()).map { "is \($0) meant?" })
        }
        return given
    }

    private static func defaultObjects(_ text: String) throws(ModuleFailure) -> [DefaultObjects] {
        if text == "ALL_DEFAULT" { return DefaultObjects.allCases.filter { $0 != .schemas } }
        var objects: [DefaultObjects] = []
        for name in PostgreSQLPrivsArguments.list(text.uppercased()) {
            guard let found = DefaultObjects(rawValue: name) else {
                throw .impossible(
                    "Invalid Object set specified: \(name)",
                    hint:
                        "one of \(DefaultObjects.allCases.map(\.rawValue).joined(separator: ", ")), or ALL_DEFAULT?"
                )
            }
            objects.append(found)
        }
        return objects
    }

    /// Default privileges exist for few combinations.
    private func checkDefaults() throws(ModuleFailure) {
        for objects in defaultObjects {
            let valid = objects.kind.privileges(serverVersion: .max) + ["ALL"]
            let wrong = words.filter { !valid.contains($0) }
            guard wrong.isEmpty else {
                throw .impossible(
                    "Invalid priv specified. \(objects.rawValue) have no privilege \(wrong.joined(separator: ", "))",
                    hint: "is it one of \(valid.joined(separator: ", "))?")
            }
        }
    }

    /// The privileges that are meant, on a kind of objects.
    ///
    /// - Throws: `ModuleFailure.impossible` for one that the kind or the server does not have.
    func privileges(on kind: PrivilegeKind, serverVersion: Int) throws(ModuleFailure) -> [String] {
        let all = kind.privileges(serverVersion: serverVersion)
        if words.contains("ALL") { return all }
        let wanted = words.map(Self.spelled)
        if let wrong = wanted.first(where: { !all.contains($0) }) {
            let needsNewer = kind.privileges(serverVersion: .max).contains(wrong)
            throw .impossible(
                "invalid privilege type \(wrong) for \(kind.rawValue)",
                hint: needsNewer
                    ? "the server is older than PostgreSQL 17, which brought it"
                    : "known: \(all.joined(separator: ", "))")
        }
        return all.filter(wanted.contains)
    }

    /// A privilege as the catalogs spell it.
    private static func spelled(_ word: String) -> String {
        word == "TEMP" ? "TEMPORARY" : word.replacing("_", with: " ")
    }

    /// Whether the task says ALL, which statements then say too.
    var saysAll: Bool { words.contains("ALL") }

    /// Whether anything can be taken away.
    /// Whether the task only ends something that would go with this database.
    func isInside(_ database: String) -> Bool {
        guard !isGrant else { return false }
        return kind == .database ? names == [database] : !kind.isShared
    }

    var revokes: Bool { !isGrant || grantOption == false }
}
