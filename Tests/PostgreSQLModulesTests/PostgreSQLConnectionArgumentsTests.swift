import SQLClient
import Testing

@testable import ModuleKit
@testable import PostgreSQLModules

@Suite struct PostgreSQLConnectionArgumentsTests {
    private func parameters(
        _ options: [String: JSONValue] = [:], environment: [String: String] = [:], database: String? = nil
    ) -> [String: String] {
        var form = ArgumentForm(
            options: options, coercion: CoercionContext(environment: environment, parseJSON: { _ in nil }))
        let parameters = PostgreSQLConnectionArguments(form: &form).parameters(
            database: database, module: "postgresql_ping")
        return Dictionary(uniqueKeysWithValues: parameters.map { ($0.keyword, $0.value.reveal()) })
    }

    @Test func `what the task leaves out is left to libpq, but for the role`() {
        #expect(
            parameters() == [
                "user": "postgres", "client_encoding": "UTF8",
                "fallback_application_name": "vigie.dba.postgresql_ping",
            ])
    }

    @Test func `port and role have variables that an option overrides`() {
        let environment = ["PGPORT": "5433", "PGUSER": "clerk"]
        #expect(parameters(environment: environment)["port"] == "5433")
        #expect(parameters(environment: environment)["user"] == "clerk")
        #expect(parameters(["port": 5432], environment: environment)["port"] == "5432")
    }

    @Test func `connect_params win, and an empty one takes an option away`() {
        let own = parameters([
            "ssl_mode": "require", "login_host": "db1",
            "connect_params": ["sslmode": "verify-full", "host": "", "keepalives": 0],
        ])
        #expect(own["sslmode"] == "verify-full")
        #expect(own["host"] == nil)
        #expect(own["keepalives"] == "0")
    }

    /// Bytes decide for libpq: a combining mark makes another character of an equals sign, a slash or a quote.
    @Test(arguments: [
        ("invoice", "invoice"), ("a=b", "dbname='a=b'"), (#"it's=\"#, #"dbname='it\'s=\\'"#),
        ("a=\u{301}b", "dbname='a=\u{301}b'"),
        ("x='\u{301} host=elsewhere", "dbname='x=\\'\u{301} host=elsewhere'"),
        ("postgres://elsewhere", "dbname='postgres://elsewhere'"),
        ("postgres:/\u{301}/", "postgres:/\u{301}/"), ("postgres://\u{301}", "dbname='postgres://\u{301}'"),
    ])
    func `the name of a database is never a connection string`(name: String, given: String) {
        #expect(parameters(database: name)["dbname"] == given)
    }
}
