import SQLClient
import Testing

@Suite struct SQLFailureTests {
    @Test func `a missing library names the package to install`() {
        let failure = SQLFailure.libraryMissing(
            library: "libpq.so.5", package: "libpq5", reason: "no such file")
        #expect(
            failure.message == "client library missing: libpq.so.5 (no such file); install package libpq5")
        #expect(failure.hint?.contains("package") == true)
    }

    @Test func `the server's own hint comes before ours`() {
        let message = SQLServerMessage(
            sqlState: "2BP01", text: "cannot drop", detail: "owner of x", hint: "Use DROP OWNED")
        let failure = SQLFailure.dependentObjects(message)
        #expect(failure.message == "cannot drop: owner of x")
        #expect(failure.hint == "Use DROP OWNED")
        #expect(failure.sqlState == "2BP01")
    }

    @Test(arguments: ["certificate verify failed", "server does not support SSL, but SSL was required"])
    func `a connection that TLS prevents asks for its options`(reason: String) {
        let hint = SQLFailure.unreachable(server: "PostgreSQL at db1:5432", reason: reason).hint
        #expect(hint?.contains("ssl_mode") == true)
    }

    @Test func `records are addressed by column name`() {
        let result = SQLResult(
            columns: ["name", "oid", "tags"], rows: [[.text("a"), .int(1), .array([.text("t")])]])
        #expect(result.records.map { $0.text("name") } == ["a"])
        #expect(result.records.map { $0.int("oid") } == [1])
        #expect(result.records.map { $0.texts("tags") } == [["t"]])
    }
}
