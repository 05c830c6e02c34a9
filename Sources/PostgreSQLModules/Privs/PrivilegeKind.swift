import ModuleKit
import SQLClient

/// What privileges are on: its catalogs, and which privileges there are.
enum PrivilegeKind: String, ArgumentChoice {
    case table, sequence, function, procedure, database, schema, language, tablespace, group
    case defaultPrivileges = "default_privs"
    case foreignDataWrapper = "foreign_data_wrapper"
    case foreignServer = "foreign_server"
    case type, parameter

    /// Whether its objects lie in schemas.
    var hasSchema: Bool {
        switch self {
        case .table, .sequence, .function, .procedure, .type, .defaultPrivileges: true
        case .database, .schema, .language, .tablespace, .group, .foreignDataWrapper, .foreignServer,
            .parameter:
            false
        }
    }

    /// Whether all objects of a schema can be meant.
    var hasAllInSchema: Bool {
        switch self {
        case .table, .sequence, .function, .procedure: true
        case .database, .schema, .language, .tablespace, .group, .foreignDataWrapper, .foreignServer, .type,
            .parameter, .defaultPrivileges:
            false
        }
    }

    /// Privileges of the kind, in the order of the manual; ALL means all of them.
    ///
    /// Source: PostgreSQL 18 manual, table 5.2.
    func privileges(serverVersion: Int) -> [String] {
        switch self {
        case .table:
            ["SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER"]
                + (serverVersion >= PrivsVersions.maintain ? ["MAINTAIN"] : [])
        case .sequence: ["USAGE", "SELECT", "UPDATE"]
        case .function, .procedure: ["EXECUTE"]
        case .database: ["CREATE", "CONNECT", "TEMPORARY"]
        case .schema: ["CREATE", "USAGE"]
        case .language, .type, .foreignDataWrapper, .foreignServer: ["USAGE"]
        case .tablespace: ["CREATE"]
        case .parameter: ["SET", "ALTER SYSTEM"]
        case .group: [Self.membership]
        case .defaultPrivileges: []
        }
    }

    /// What stands for a membership among privileges.
    static let membership = "MEMBER"

    /// Where objects are, and what they are called there.
    struct Place {
        let catalog: SQLStatement
        let name: SQLStatement
        let acl: SQLStatement
        let owner: SQLStatement
        /// The letter of `acldefault`.
        let letter: SQLStatement
        var namespace: SQLStatement?
        /// Whether an object is found without its schema; routines are looked for by `to_regprocedure` instead.
        var isVisible: SQLStatement = "true"
        var condition: SQLStatement = "true"
    }

    /// Where the ACLs are; `nil` for those that are read in another way.
    var place: Place? {
        switch self {
        case .table:
            Place(
                catalog: "pg_class", name: "relname", acl: "relacl", owner: "relowner", letter: "'r'",
                namespace: "relnamespace", isVisible: "pg_catalog.pg_table_is_visible(o.oid)",
                condition: "o.relkind IN ('r', 'v', 'm', 'p', 'f')")
        case .sequence:
            Place(
                catalog: "pg_class", name: "relname", acl: "relacl", owner: "relowner", letter: "'s'",
                namespace: "relnamespace", isVisible: "pg_catalog.pg_table_is_visible(o.oid)",
                condition: "o.relkind = 'S'")
        case .function:
            Place(
                catalog: "pg_proc", name: "proname", acl: "proacl", owner: "proowner", letter: "'f'",
                namespace: "pronamespace", condition: "o.prokind <> 'p'")
        case .procedure:
            Place(
                catalog: "pg_proc", name: "proname", acl: "proacl", owner: "proowner", letter: "'f'",
                namespace: "pronamespace", condition: "o.prokind = 'p'")
        case .type:
            Place(
                catalog: "pg_type", name: "typname", acl: "typacl", owner: "typowner", letter: "'T'",
                namespace: "typnamespace", isVisible: "pg_catalog.pg_type_is_visible(o.oid)")
        case .database:
            Place(catalog: "pg_database", name: "datname", acl: "datacl", owner: "datdba", letter: "'d'")
        case .schema:
            Place(catalog: "pg_namespace", name: "nspname", acl: "nspacl", owner: "nspowner", letter: "'n'")
        case .language:
            Place(catalog: "pg_language", name: "lanname", acl: "lanacl", owner: "lanowner", letter: "'l'")
        case .tablespace:
            Place(catalog: "pg_tablespace", name: "spcname", acl: "spcacl", owner: "spcowner", letter: "'t'")
        case .foreignDataWrapper:
            Place(
                catalog: "pg_foreign_data_wrapper", name: "fdwname", acl: "fdwacl", owner: "fdwowner",
                letter: "'F'")
        case .foreignServer:
            Place(
                catalog: "pg_foreign_server", name: "srvname", acl: "srvacl", owner: "srvowner", letter: "'S'"
            )
        case .group, .defaultPrivileges, .parameter: nil
        }
    }

    /// Whether its objects belong to the whole cluster, whatever database the session is in.
    var isShared: Bool {
        switch self {
        case .database, .tablespace, .group, .parameter: true
        case .table, .sequence, .function, .procedure, .schema, .language, .defaultPrivileges,
            .foreignDataWrapper, .foreignServer, .type:
            false
        }
    }

    /// What a person calls it.
    var label: String { self == .group ? "role" : rawValue.replacing("_", with: " ") }

    /// The words of GRANT: the type in lower case, as playbooks of the module it is compatible with compare it.
    var words: SQLStatement { SQLStatement(userText: rawValue.replacing("_", with: " ")) }

    /// What follows ON for all objects of a schema.
    var allInSchema: SQLStatement {
        switch self {
        case .sequence: "ALL SEQUENCES IN SCHEMA"
        case .function: "ALL FUNCTIONS IN SCHEMA"
        case .procedure: "ALL PROCEDURES IN SCHEMA"
        case .table, .database, .schema, .language, .tablespace, .group, .foreignDataWrapper, .foreignServer,
            .type, .parameter, .defaultPrivileges:
            "ALL TABLES IN SCHEMA"
        }
    }
}

/// From which version on a server has what privileges need.
enum PrivsVersions {
    /// CURRENT_ROLE instead of a role's name.
    static let currentRole = 140_000
    /// Privileges on settings.
    static let parameters = 150_000
    /// Memberships with grantors that matter.
    static let membershipGrantors = 160_000
    /// MAINTAIN on tables.
    static let maintain = 170_000
}

/// Objects that default privileges are for.
///
/// Source: PostgreSQL 17 manual, ALTER DEFAULT PRIVILEGES and catalog `pg_default_acl`.
enum DefaultObjects: String, CaseIterable {
    case tables = "TABLES"
    case sequences = "SEQUENCES"
    case functions = "FUNCTIONS"
    case types = "TYPES"
    case schemas = "SCHEMAS"

    /// The letter in `pg_default_acl.defaclobjtype`.
    var letter: String {
        switch self {
        case .tables: "r"
        case .sequences: "S"
        case .functions: "f"
        case .types: "T"
        case .schemas: "n"
        }
    }

    /// The kind whose privileges they have.
    var kind: PrivilegeKind {
        switch self {
        case .tables: .table
        case .sequences: .sequence
        case .functions: .function
        case .types: .type
        case .schemas: .schema
        }
    }

    /// As it stands behind ON.
    var words: SQLStatement {
        switch self {
        case .tables: "TABLES"
        case .sequences: "SEQUENCES"
        case .functions: "FUNCTIONS"
        case .types: "TYPES"
        case .schemas: "SCHEMAS"
        }
    }
}
