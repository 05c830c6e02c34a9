import RunbookSyntax
import TestKit
import Testing

/// What the parser says of documents that are wrong: exact places and words, in golden files.
struct BrokenDocumentTests {
    static let folder = "RunbookSyntaxTests/Golden/broken"

    /// The documents of the corpus.
    static let names: [String] = GoldenFolder(Self.folder).names(endingIn: ".yml")

    @Test func `the corpus is complete`() {
        #expect(Self.names.count >= 80)
    }

    @Test(arguments: names) func `a broken document is reported with its exact places`(name: String) throws {
        let bytes = try GoldenFolder(Self.folder).bytes(name)
        let parsed = RunbookParser.parse(text: bytes, fileName: name)
        let hasError = parsed.diagnostics.contains { $0.severity == .error }
        #expect((parsed.document == nil) == hasError)
        try GoldenFolder(Self.folder).compare(parsed.report + "\n", with: String(name.dropLast(4)) + ".txt")
    }

    @Test func `every code of a diagnostic is caused by a document of the corpus`() throws {
        var seen: Set<DiagnosticCode> = []
        for name in Self.names {
            let bytes = try GoldenFolder(Self.folder).bytes(name)
            seen.formUnion(RunbookParser.parse(text: bytes, fileName: name).diagnostics.map(\.code))
        }
        #expect(Set(DiagnosticCode.allCases).subtracting(seen) == [])
    }

    @Test(arguments: names) func `a document cut or changed anywhere is survived`(name: String) throws {
        let bytes = try GoldenFolder(Self.folder).bytes(name)
        let stride = max(1, bytes.count / 8)
        for index in Swift.stride(from: 0, to: bytes.count, by: stride) {
            let cut = RunbookParser.parse(text: Array(bytes[..<index]), fileName: name)
            #expect(cut.document != nil || !cut.diagnostics.isEmpty)
            for byte in [0x00, 0x22, 0x3A, 0x7B, 0x80, 0xFF] as [UInt8] {
                var changed = bytes
                changed[index] = byte
                let parsed = RunbookParser.parse(text: changed, fileName: name)
                #expect(parsed.document != nil || !parsed.diagnostics.isEmpty)
            }
        }
    }
}
