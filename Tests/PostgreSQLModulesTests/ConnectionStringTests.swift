import ModuleKit
import Testing

@testable import PostgreSQLModules

@Suite struct ConnectionStringTests {
    @Test func `the usual parameters come first, and quotes stand only where they are needed`() {
        let connection = ConnectionString(
            ArgumentDictionary([
                "dbname": "it's", "application_name": "", "password": "a\\b c", "port": 5432, "host": "db1",
                "keepalives": true, "sslmode": .null,
            ]))
        #expect(
            connection.text
                == #"host=db1 port=5432 password='a\\b c' dbname='it\'s' application_name='' keepalives=1"#)
        #expect(ConnectionString(parsing: connection.text) == connection)
    }

    @Test(arguments: ["password", "sslpassword", "oauth_client_secret"])
    func `passwords are masked wherever they are shown`(name: String) {
        let connection = ConnectionString([name: "secret word", "host": "db1"])
        #expect(connection.shown == "host=db1 \(name)=********")
        #expect(connection.described[name] == "********")
        #expect(connection.secrets.map { $0.reveal() } == ["secret word"])
    }

    @Test(arguments: ["postgresql://u:secret@h/d", "host=h password=secret"])
    func `a database name that is a connection string is masked as a whole`(name: String) {
        let connection = ConnectionString(["dbname": name])
        #expect(!connection.shown.contains("secret"))
        #expect(connection.described["dbname"] == "********")
    }
}
