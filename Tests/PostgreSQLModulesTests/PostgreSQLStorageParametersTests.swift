import Testing

@testable import PostgreSQLModules

@Suite struct PostgreSQLStorageParametersTests {
    @Test func `what a task writes becomes what the catalog has`() {
        let written = PostgreSQLStorageParameters(written: [
            "FillFactor = 90", "toast.autovacuum_enabled='off',fastupdate", "buffering=auto",
        ])
        #expect(
            written.texts == [
                "fillfactor=90", "toast.autovacuum_enabled=off", "fastupdate=true", "buffering=auto",
            ])
    }

    @Test(arguments: [
        ("fillfactor=90", "fillfactor = 90.0", true), ("fastupdate=on", "fastupdate", true),
        ("fastupdate=no", "fastupdate=FALSE", true), ("buffering=auto", "buffering=AUTO", true),
        ("fillfactor=90", "fillfactor=91", false), ("fastupdate=on", "fastupdate=off", false),
    ])
    func `values are compared, not their spelling`(stored: String, written: String, isSame: Bool) {
        let catalog = PostgreSQLStorageParameters(catalog: [stored])
        let set = catalog.setting(PostgreSQLStorageParameters(written: [written]))
        #expect((set == catalog) == isSame)
    }
}
