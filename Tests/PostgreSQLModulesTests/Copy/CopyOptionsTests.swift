import ModuleKit
import SQLClient
import Testing

@testable import PostgreSQLModules

@Suite struct CopyOptionsTests {
    private func text(_ members: [String: JSONValue]) throws -> String? {
        try CopyOptions.clause(ArgumentDictionary(members))?.text(for: .postgreSQL)
    }

    @Test(
        arguments: [
            ("format", "csv", "(format csv)"), ("delimiter", "|", "(delimiter '|')"),
            ("NULL", "N", "(NULL 'N')"),
            ("quote", "'", "(quote '''')"), ("header", true, "(header true)"),
            ("header", "match", "(header match)"),
            ("force_quote", "*", "(force_quote *)"),
            ("force_quote", "(a, \"B c\")", "(force_quote (a, \"B c\"))"),
            ("force_null", ["a", "B c"], "(force_null (a,\"B c\"))"), ("reject_limit", 3, "(reject_limit 3)"),
            ("default", "'x''y'", "(default 'x''y')"), ("default", "\\D", "(default E'\\\\D')"),
            ("encoding", "x'); DROP TABLE t; --", "(encoding 'x''); DROP TABLE t; --')"),
            ("format", "csv); DROP TABLE t; --", "(format 'csv); DROP TABLE t; --')"),
        ] as [(String, JSONValue, String)])
    func `an option stands as COPY takes it`(name: String, value: JSONValue, clause: String) throws {
        #expect(try text([name: value]) == clause)
    }

    @Test func `options are in alphabetical order, and none is nothing`() throws {
        #expect(try text(["header": true, "format": "csv"]) == "(format csv, header true)")
        #expect(try text([:]) == nil)
    }

    @Test func `what is no option is refused`() {
        #expect(throws: ModuleFailure.self) { try text(["format csv) --": "x"]) }
        #expect(throws: ModuleFailure.self) { try text(["format": ["a": 1]]) }
    }
}
