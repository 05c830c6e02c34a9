import ModuleKit
import SQLClient

/// The PostgreSQL modules of the collection; a new module is one more line here.
public enum PostgreSQLModuleList {
    /// All modules, reaching their servers through this connector.
    public static func modules(connector: any SQLConnector) -> [AnyModule] {
        [
            AnyModule(PostgreSQLAuditModule.self, connector: connector),
            AnyModule(PostgreSQLBackupModule.self, connector: connector),
            AnyModule(PostgreSQLDbModule.self, connector: connector),
            AnyModule(PostgreSQLExtModule.self, connector: connector),
            AnyModule(PostgreSQLIdxModule.self, connector: connector),
            AnyModule(PostgreSQLMembershipModule.self, connector: connector),
            AnyModule(PostgreSQLPingModule.self, connector: connector),
            AnyModule(PostgreSQLQueryModule.self, connector: connector),
            AnyModule(PostgreSQLSchemaModule.self, connector: connector),
            AnyModule(PostgreSQLScriptModule.self, connector: connector),
            AnyModule(PostgreSQLSequenceModule.self, connector: connector),
            AnyModule(PostgreSQLTableModule.self, connector: connector),
            AnyModule(PostgreSQLUserModule.self, connector: connector),
        ]
    }
}
