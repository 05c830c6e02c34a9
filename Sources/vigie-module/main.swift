import Glibc
import ModuleKit
import PostgreSQLClient
import PostgreSQLModules

let postgreSQL = PostgreSQLConnector()

let host = ModuleHost(
    modules: [
        AnyModule(PostgreSQLPingModule.self, connector: postgreSQL),
        AnyModule(PostgreSQLSchemaModule.self, connector: postgreSQL),
    ], version: "0.1.0")

exit(host.main(CommandLine.arguments))
