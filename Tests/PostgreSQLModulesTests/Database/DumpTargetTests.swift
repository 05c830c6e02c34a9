import ModuleKit
import Testing

@testable import PostgreSQLModules

@Suite struct DumpTargetTests {
    @Test(
        arguments: [
            ("/b/x.sql", DumpTarget.Format.plain, nil), ("/b/x.tar", .tar, nil), ("/b/x.pgc", .custom, nil),
            ("/b/x.dir", .directory, nil), ("/b/x.dir/", .directory, nil), ("/b/x.sql.gz", .plain, .gzip),
            ("/b/x.tar.gz", .plain, .gzip), ("/b/x.dir.bz2", .plain, .bzip2), ("/b/x.xz", .plain, .xz),
            ("/b/x", .plain, nil), ("/b.tar/x", .plain, nil), ("/b/.tar", .plain, nil),
            ("x.pgc", .custom, nil),
        ] as [(String, DumpTarget.Format, DumpTarget.Compression?)])
    func `the last suffix tells what is in it`(
        path: String, format: DumpTarget.Format, compression: DumpTarget.Compression?
    ) throws {
        let target = try DumpTarget(dump: path, words: [])
        #expect(target.format == format)
        #expect(target.compression == compression)
    }

    @Test func `an option of pg_dump wins over the suffix`() throws {
        #expect(try DumpTarget(dump: "/b/x.dump", words: ["-Fc"]).format == .custom)
    }

    @Test(arguments: [("/b/x.sql.gz", "-Fc"), ("/b/x.sql", "-Z9"), ("/b/x.sql.gz", "--compress=5")])
    func `what would be compressed twice or unseen is refused`(path: String, word: String) {
        #expect(throws: ModuleFailure.self) { try DumpTarget(dump: path, words: [word]) }
    }
}
