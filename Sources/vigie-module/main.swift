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
let status = host.main(arguments)
fflush(nil)
// Nothing is left to do: what client libraries tidy up in their exit handlers only costs time.
_exit(status)
