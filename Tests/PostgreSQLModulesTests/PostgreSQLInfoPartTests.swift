import Testing

@testable import PostgreSQLModules

@Suite struct PostgreSQLInfoPartTests {
    @Test(arguments: [
        ([], "all"), (["version"], "version"), (["ver*", " rol?s "], "roles version"),
        (["*_*"], "in_recovery pending_restart_settings repl_slots"),
        (["settings"], "pending_restart_settings settings"),
        (["!settings", "!pending*", "!d*", "!r*", "!t*"], "in_recovery version"),
        (["!settings", "version"], "version"), (["!*"], ""), (["", "version"], "version"),
    ])
    func `filter picks parts`(filter: [String], expected: String) {
        let parts = PostgreSQLInfoPart.choice(filter).parts
        let shown = parts.map(\.rawValue).sorted().joined(separator: " ")
        #expect(parts.count == PostgreSQLInfoPart.allCases.count ? expected == "all" : shown == expected)
    }

    @Test func `entries that do nothing are told`() {
        #expect(PostgreSQLInfoPart.choice(["ver"]).warnings == ["filter: no part fits ver"])
        #expect(PostgreSQLInfoPart.choice(["!foo"]).warnings == ["filter: no part fits foo"])
        #expect(PostgreSQLInfoPart.choice(["version", "!roles"]).warnings.count == 1)
        #expect(PostgreSQLInfoPart.choice(["version"]).warnings.isEmpty)
    }

    @Test(arguments: [
        ("1.6", 1, 6), ("3.4.2", 3, 4), ("2", 2, nil), ("2.0-3", 2, 0), ("3-1", 3, 1), ("1.0-beta", nil, nil),
        ("", nil, nil), ("1..2", nil, nil), ("unpackaged", nil, nil), ("20240101", 20_240_101, nil),
    ])
    func `versions of extensions become numbers where they are some`(
        text: String, major: Int64?, minor: Int64?
    ) {
        let version = PostgreSQLExtensionVersion(text)
        #expect(version.major == major)
        #expect(version.minor == minor)
    }
}
