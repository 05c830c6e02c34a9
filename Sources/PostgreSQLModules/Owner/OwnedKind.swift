import ModuleKit
import SQLClient

/// A kind of objects that have an owner: where the catalogs keep them, and how ALTER names them.
///
/// Source: PostgreSQL 17 manual, chapter 53 (columns) and the ALTER commands.
enum OwnedKind: String, ArgumentChoice {
    case aggregate, collation, conversion, database, domain
    case eventTrigger = "event_trigger"
    case foreignDataWrapper = "foreign_data_wrapper"
    case foreignTable = "foreign_table"
    case function, language
    case largeObject = "large_object"
    case matview, procedure, publication, routine, schema, sequence, server, statistics, table, tablespace
    case textSearchConfiguration = "text_search_configuration"
    case textSearchDictionary = "text_search_dictionary"
    case type, view

    /// How a task names an object of the kind.
    enum Naming {
        /// One name; objects of the kind have no schema.
        case plain
        /// A name that a schema may stand before.
        case qualified
        /// A name that a schema may stand before, with argument types in parentheses where it is not unique.
        case routine
        /// A number.
        case number
    }

    /// Where the catalogs keep it.
    struct Place {
        let catalog: SQLStatement
        let name: SQLStatement
        let owner: SQLStatement
        /// `nil` for kinds without schemas.
        var namespace: SQLStatement?
        /// Tells whether an object is found without its schema.
        var isVisible: SQLStatement?
        /// What tells the kind from others in the same catalog.
        var condition: SQLStatement = "true"
    }

    /// What follows ALTER.
    var keyword: SQLStatement {
        switch self {
        case .aggregate: "AGGREGATE"
        case .collation: "COLLATION"
        case .conversion: "CONVERSION"
        case .database: "DATABASE"
        case .domain: "DOMAIN"
        case .eventTrigger: "EVENT TRIGGER"
        case .foreignDataWrapper: "FOREIGN DATA WRAPPER"
        case .foreignTable: "FOREIGN TABLE"
        case .function: "FUNCTION"
        case .language: "LANGUAGE"
        case .largeObject: "LARGE OBJECT"
        case .matview: "MATERIALIZED VIEW"
        case .procedure: "PROCEDURE"
        case .publication: "PUBLICATION"
        case .routine: "ROUTINE"
        case .schema: "SCHEMA"
        case .sequence: "SEQUENCE"
        case .server: "SERVER"
        case .statistics: "STATISTICS"
        case .table: "TABLE"
        case .tablespace: "TABLESPACE"
        case .textSearchConfiguration: "TEXT SEARCH CONFIGURATION"
        case .textSearchDictionary: "TEXT SEARCH DICTIONARY"
        case .type: "TYPE"
        case .view: "VIEW"
        }
    }

    /// How a task names it.
    var naming: Naming {
        switch self {
        case .database, .eventTrigger, .foreignDataWrapper, .language, .publication, .schema, .server,
            .tablespace:
            .plain
        case .aggregate, .function, .procedure, .routine: .routine
        case .largeObject: .number
        case .collation, .conversion, .domain, .foreignTable, .matview, .sequence, .statistics, .table,
            .textSearchConfiguration, .textSearchDictionary, .type, .view:
            .qualified
        }
    }

    /// Whether a name without quotes is SQL: in lower case where it is not stored as it is written, and shown that way.
    ///
    /// Playbooks for community.postgresql 4.2, which hands these names on as they are, rely on it.
    var isReadAsSQL: Bool { self == .aggregate || self == .function || self == .language }

    /// Whether the server takes only a superuser as the owner.
    var needsSuperuser: Bool { self == .eventTrigger || self == .foreignDataWrapper }

    /// Where the catalogs keep it.
    var place: Place {
        switch self {
        case .aggregate: Self.routine("o.prokind = 'a'")
        case .function: Self.routine("o.prokind IN ('f', 'w')")
        case .procedure: Self.routine("o.prokind = 'p'")
        case .routine: Self.routine("true")
        // ALTER TABLE takes whatever has columns.
        case .table: Self.relation("o.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')")
        case .sequence: Self.relation("o.relkind = 'S'")
        case .view: Self.relation("o.relkind = 'v'")
        case .matview: Self.relation("o.relkind = 'm'")
        case .foreignTable: Self.relation("o.relkind = 'f'")
        // The type of a table's rows goes with the table.
        case .type:
            Self.type(
                """
                NOT EXISTS (SELECT 1
                              FROM pg_catalog.pg_class AS c
                             WHERE c.oid = o.typrelid
                               AND c.relkind <> 'c')
                """)
        case .domain: Self.type("o.typtype = 'd'")
        case .collation:
            Place(
                catalog: "pg_collation", name: "collname", owner: "collowner", namespace: "collnamespace",
                isVisible: "pg_catalog.pg_collation_is_visible(o.oid)",
                // There is one of the same name for each encoding.
                condition: """
                    o.collencoding IN (-1, (SELECT d.encoding
                                              FROM pg_catalog.pg_database AS d
                                             WHERE d.datname = pg_catalog.current_database()))
                    """)
        case .conversion:
            Place(
                catalog: "pg_conversion", name: "conname", owner: "conowner", namespace: "connamespace",
                isVisible: "pg_catalog.pg_conversion_is_visible(o.oid)")
        case .statistics:
            Place(
                catalog: "pg_statistic_ext", name: "stxname", owner: "stxowner", namespace: "stxnamespace",
                isVisible: "pg_catalog.pg_statistics_obj_is_visible(o.oid)")
        case .textSearchConfiguration:
            Place(
                catalog: "pg_ts_config", name: "cfgname", owner: "cfgowner", namespace: "cfgnamespace",
                isVisible: "pg_catalog.pg_ts_config_is_visible(o.oid)")
        case .textSearchDictionary:
            Place(
                catalog: "pg_ts_dict", name: "dictname", owner: "dictowner", namespace: "dictnamespace",
                isVisible: "pg_catalog.pg_ts_dict_is_visible(o.oid)")
        case .database: Place(catalog: "pg_database", name: "datname", owner: "datdba")
        case .eventTrigger: Place(catalog: "pg_event_trigger", name: "evtname", owner: "evtowner")
        case .foreignDataWrapper:
            Place(catalog: "pg_foreign_data_wrapper", name: "fdwname", owner: "fdwowner")
        case .language: Place(catalog: "pg_language", name: "lanname", owner: "lanowner")
        case .largeObject: Place(catalog: "pg_largeobject_metadata", name: "oid", owner: "lomowner")
        case .publication: Place(catalog: "pg_publication", name: "pubname", owner: "pubowner")
        case .schema: Place(catalog: "pg_namespace", name: "nspname", owner: "nspowner")
        case .server: Place(catalog: "pg_foreign_server", name: "srvname", owner: "srvowner")
        case .tablespace: Place(catalog: "pg_tablespace", name: "spcname", owner: "spcowner")
        }
    }

    private static func relation(_ condition: SQLStatement) -> Place {
        Place(
            catalog: "pg_class", name: "relname", owner: "relowner", namespace: "relnamespace",
            isVisible: "pg_catalog.pg_table_is_visible(o.oid)", condition: condition)
    }

    private static func routine(_ condition: SQLStatement) -> Place {
        Place(
            catalog: "pg_proc", name: "proname", owner: "proowner", namespace: "pronamespace",
            isVisible: "pg_catalog.pg_function_is_visible(o.oid)", condition: condition)
    }

    private static func type(_ condition: SQLStatement) -> Place {
        Place(
            catalog: "pg_type", name: "typname", owner: "typowner", namespace: "typnamespace",
            isVisible: "pg_catalog.pg_type_is_visible(o.oid)", condition: condition)
    }
}
