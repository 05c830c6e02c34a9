import RunbookSyntax
import TestKit
import Testing

/// The generated reference is the committed one.
struct ReferencePageTests {
    private static let folder = GoldenFolder("../docs/reference")

    @Test func `the reference page is up to date`() throws {
        try Self.folder.compare(ReferencePage.text, with: "runbook-document.md")
    }

    @Test func `the schema for editors is up to date`() throws {
        try Self.folder.compare(JSONSchema.text, with: "runbook.schema.json")
    }

    @Test func `every code of a diagnostic has its meaning on the page`() {
        for code in DiagnosticCode.allCases {
            #expect(ReferencePage.text.contains("| `\(code.rawValue)` | "))
        }
    }
}
