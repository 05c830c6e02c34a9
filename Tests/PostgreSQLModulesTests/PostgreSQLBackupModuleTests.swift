import ModuleKit
import Testing

@testable import PostgreSQLModules

@Suite struct PostgreSQLBackupModuleTests {
    @Test(arguments: [
        (Int64(0), "1970-01-01T00:00:00Z", "19700101T000000Z"),
        (951_782_400, "2000-02-29T00:00:00Z", "20000229T000000Z"),
        (1_795_410_292, "2026-11-23T05:04:52Z", "20261123T050452Z"),
    ])
    func `times are written in UTC`(seconds: Int64, text: String, compact: String) {
        #expect(BackupTime.text(seconds) == text)
        #expect(BackupTime.compact(seconds) == compact)
    }

    @Test(arguments: [
        ("mairie", "mairie"), ("a/b", "a%2fb"), ("..", "%2e%2e"), ("é", "%c3%a9"),
        ("new\nline", "new%0aline"),
    ])
    func `a database's name becomes a plain file name`(name: String, file: String) {
        #expect(BackupDumps.fileName(name) == file)
    }

    @Test func `the catalogue's line follows from the manifest`() {
        let manifest: [String: JSONValue] = [
            "schema": 1, "backup_id": "x", "seq": 3, "type": "logical", "engine": "pg_dump",
            "status": "complete",
            "files": [["bytes": 5, "raw_bytes": 9], ["bytes": 2, "raw_bytes": 2]],
            "databases": [["name": "mairie"]], "time": ["stop": "2026", "stop_s": 7],
            "verify": [["level": "structure"]],
            "keep": ["until": .null, "label": "l"],
        ]
        #expect(
            BackupManifest.catalogueEntry(of: manifest) == [
                "schema": 1, "backup_id": "x", "seq": 3, "type": "logical", "engine": "pg_dump",
                "status": "complete",
                "stop": "2026", "stop_s": 7, "databases": ["mairie"], "bytes_raw": 11, "bytes_stored": 7,
                "verify": ["level": "structure"], "keep_until": .null, "label": "l",
            ])
    }
}
