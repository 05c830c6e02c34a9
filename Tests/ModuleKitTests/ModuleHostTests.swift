import Testing

@testable import ModuleKit

@Suite struct ModuleHostTests {
    @Test(arguments: [
        ("postgresql_ping", "postgresql_ping"), ("/tmp/x/AnsiballZ_postgresql_user", "postgresql_user"),
        ("./postgresql_db.bin", "postgresql_db"), ("", ""),
    ])
    func `the program's file name picks the module`(path: String, expected: String) {
        #expect(ModuleHost.moduleName(ofProgram: path) == expected)
    }

    @Test func `a nearest word is offered only for slips`() {
        #expect(
            NearestWord.of("postgresql_usr", among: ["postgresql_user", "postgresql_db"]) == "postgresql_user"
        )
        #expect(NearestWord.of("zebra", among: ["owner", "name"]) == nil)
        #expect(NearestWord.of("xy", among: []) == nil)
    }
}
