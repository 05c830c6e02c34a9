import ModuleKit
import SQLClient

/// The PostgreSQL modules of the collection; a new module is one more line here.
public enum PostgreSQLModuleList {
    /// All modules, reaching their servers through this connector.
    public static func modules(connector: any SQLConnector) -> [AnyModule] {
        [
            AnyModule(PostgreSQLAlterSystemModule.self, connector: connector),
            AnyModule(PostgreSQLAuditModule.self, connector: connector),
            AnyModule(PostgreSQLBackupModule.self, connector: connector),
            AnyModule(PostgreSQLCopyModule.self, connector: connector),
            AnyModule(PostgreSQLDbModule.self, connector: connector),
            AnyModule(PostgreSQLExtModule.self, connector: connector),
            AnyModule(PostgreSQLIdxModule.self, connector: connector),
            AnyModule(PostgreSQLInfoModule.self, connector: connector),
            AnyModule(PostgreSQLLangModule.self, connector: connector),
            AnyModule(PostgreSQLMembershipModule.self, connector: connector),
            AnyModule(PostgreSQLOwnerModule.self, connector: connector),
            AnyModule(PostgreSQLPgHbaModule.self, connector: connector),
            AnyModule(PostgreSQLPingModule.self, connector: connector),
            AnyModule(PostgreSQLPrivsModule.self, connector: connector),
            AnyModule(PostgreSQLPublicationModule.self, connector: connector),
            AnyModule(PostgreSQLQueryModule.self, connector: connector),
            AnyModule(PostgreSQLSchemaModule.self, connector: connector),
            AnyModule(PostgreSQLScriptModule.self, connector: connector),
            AnyModule(PostgreSQLSequenceModule.self, connector: connector),
            AnyModule(PostgreSQLSetModule.self, connector: connector),
            AnyModule(PostgreSQLSlotModule.self, connector: connector),
            AnyModule(PostgreSQLSubscriptionModule.self, connector: connector),
            AnyModule(PostgreSQLTableModule.self, connector: connector),
            AnyModule(PostgreSQLTablespaceModule.self, connector: connector),
            AnyModule(PostgreSQLUserModule.self, connector: connector),
            AnyModule(PostgreSQLUserObjStatInfoModule.self, connector: connector),
        ]
    }
}
