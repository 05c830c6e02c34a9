import ModuleKit
import SQLClient

/// A database that is gone holds no privileges: with `state: absent` that is the wanted state, not a failed login.
struct GoneDatabase {
    /// Where to ask: every server has it, unless somebody dropped it.
    private static let elsewhere = "postgres"

    let name: String
    let connection: PostgreSQLConnectionArguments
    let connector: any SQLConnector

    /// Whether the server says that there is no such database.
    ///
    /// libpq tells a refused login in the server's language and without SQLSTATE, therefore the catalog is asked.
    func isConfirmed(module: String) -> Bool {
        guard connection.connectParameters.members["dbname"] == nil, !name.isEmpty else { return false }
        do throws(SQLFailure) {
            let session = try connector.connect(
                connection.parameters(database: Self.elsewhere, module: module))
            defer { session.close() }
            return try session.records(
                "SELECT 1 AS one FROM pg_catalog.pg_database AS d WHERE d.datname = \(value: .text(name))"
            ).isEmpty
        } catch {
            // Nobody can tell: the failure of the first login is the one to report.
            return false
        }
    }
}
