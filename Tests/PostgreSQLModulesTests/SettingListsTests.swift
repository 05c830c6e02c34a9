import SQLClient
import Testing

@testable import PostgreSQLModules

@Suite struct SettingListsTests {
    @Test(arguments: [
        (#""$user", public, extensions"#, #""$user",'public','extensions'"#),
        ("pg_stat_statements, pgcrypto", "'pg_stat_statements','pgcrypto'"), ("one", "'one'"),
        (#""a,b", c"#, #""a,b",'c'"#), (#""qu""ote""#, #""qu""ote""#), ("it's", "'it''s'"), ("", "''"),
        (#""""#, "''"),
    ])
    func `every element of a list is quoted by itself`(text: String, written: String) {
        #expect(SettingLists.written(text).text(for: .postgreSQL) == written)
    }

    @Test func `a quoted name too long for an identifier becomes a literal`() {
        let folder = "/" + String(repeating: "x", count: 80)
        #expect(SettingLists.written("\"\(folder)\"").text(for: .postgreSQL) == "'\(folder)'")
    }

    @Test(arguments: [
        ("shared_preload_libraries", "", true), ("shared_preload_libraries", "a,,b", true),
        ("shared_preload_libraries", "a, ", true), ("shared_preload_libraries", #""""#, true),
        ("shared_preload_libraries", "a, b", false), ("session_preload_libraries", "", true),
        ("search_path", "", false), ("log_line_prefix", "", false), ("unix_socket_directories", "", true),
    ])
    func `an empty name in a list of files is dangerous`(name: String, text: String, isDangerous: Bool) {
        #expect(SettingLists.isDangerous(text, for: name, serverVersion: 150_000) == isDangerous)
    }

    @Test func `socket folders are a list since version 14`() {
        #expect(!SettingLists.holdsNames("unix_socket_directories", serverVersion: 130_020))
        #expect(SettingLists.holdsNames("unix_socket_directories", serverVersion: 140_000))
    }
}
