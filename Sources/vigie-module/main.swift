import CPortable
import Glibc
import ModuleKit
import PostgreSQLClient
import PostgreSQLModules

let host = ModuleHost(
    modules: PostgreSQLModuleList.modules(connector: PostgreSQLConnector()), version: "0.1.0")

vigie_portable()
let arguments = (0..<vigie_argument_count()).map { index in
    vigie_argument(index).map { String(cString: $0) } ?? ""
}
exit(host.main(arguments))
