import ModuleKit
import Testing

@testable import PostgreSQLModules

@Suite struct DumpWordsTests {
    @Test(arguments: [
        (["-Fc"], DumpTarget.Format.custom), (["-F", "t"], .tar), (["--format=directory"], .directory),
        (["--format", "p"], .plain), (["-Fc", "--format=tar"], .tar),
    ])
    func `a format is known in every spelling, and the last one counts`(
        words: [String], format: DumpTarget.Format
    ) throws {
        #expect(try DumpWords.format(words) == format)
    }

    @Test func `no format is none, and an unknown one is refused`() throws {
        #expect(try DumpWords.format(["-n", "public"]) == nil)
        #expect(throws: ModuleFailure.self) { try DumpWords.format(["-Fx"]) }
    }

    @Test(arguments: ["-f", "-fx", "--file=x", "--file"]) func `another file is refused`(word: String) {
        #expect(throws: ModuleFailure.self) { try DumpWords.requireNoFile([word, "x"]) }
    }

    @Test(arguments: [
        "--dbname=password=x", "host=h PASSWORD=x", "postgresql://u:p@h/d", "-dpostgres://u:p@h",
        "postgresql://h/d?password=x",
    ])
    func `a password among arguments is refused`(word: String) {
        #expect(throws: ModuleFailure.self) { try DumpWords.requireNoPassword([word]) }
    }

    @Test(arguments: ["postgresql://u@h:5432/d", "-n", "public", "--exclude-table=password"])
    func `what has no password is not refused`(word: String) throws {
        try DumpWords.requireNoPassword([word])
    }

    @Test func `options that exclude one transaction are known`() {
        for words in [["-j", "4"], ["-j4"], ["--jobs=2"], ["-C"], ["--create"], ["--transaction-size=100"]] {
            #expect(DumpWords.excludesTransaction(words), "\(words)")
        }
        #expect(!DumpWords.excludesTransaction(["--clean", "-c", "--no-owner"]))
    }

    @Test func `compression is known`() {
        #expect(DumpWords.compresses(["-Z9"]))
        #expect(DumpWords.compresses(["--compress=zstd:3"]))
        #expect(!DumpWords.compresses(["-Z", "0"]))
        #expect(!DumpWords.compresses(["-n", "Z"]))
    }
}
