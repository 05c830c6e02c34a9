import CPortable
import Glibc
import ModuleKit
import PostgreSQLClient
import PostgreSQLModules

let host = ModuleHost(
    modules: PostgreSQLModuleList.modules(connector: PostgreSQLConnector()), version: "0.1.0")

vigie_portable()
exit(host.main(CommandLine.arguments))
