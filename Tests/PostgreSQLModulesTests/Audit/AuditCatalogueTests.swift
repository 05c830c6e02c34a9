import Glibc
import TestKit
import Testing

@testable import PostgreSQLModules

@Suite struct AuditCatalogueTests {
    @Test func `ids are unique and of the catalogue's form`() {
        let ids = AuditCatalogue.rules.map(\.id)
        #expect(Set(ids).count == ids.count)
        #expect(ids.count >= 20)
        for id in ids { #expect(NamePattern("PG-???-??").matches(id), "\(id)") }
    }

    @Test func `every rule tells what, why and what its remedy can break`() {
        for rule in AuditCatalogue.rules {
            #expect(!rule.title.isEmpty && !rule.title.hasSuffix("."), "\(rule.id)")
            #expect(rule.reason.hasSuffix(".") && rule.risk.hasSuffix("."), "\(rule.id)")
            #expect(!rule.reason.contains("|") && !rule.title.contains("|"), "\(rule.id)")
        }
    }

    @Test func `globs choose rules, and one that fits none is told`() {
        let chosen = AuditCatalogue.selection(
            include: [NamePattern("PG-ROL-*"), NamePattern("PG-CFG-01"), NamePattern("PG-ROLE-*")],
            exclude: [NamePattern("PG-ROL-20")])
        #expect(
            chosen.rules.map(\.id) == [
                "PG-ROL-01", "PG-ROL-02", "PG-ROL-04", "PG-ROL-05", "PG-ROL-07", "PG-CFG-01",
            ])
        #expect(chosen.unknown == ["PG-ROLE-*"])
    }

    @Test func `the reference page is up to date`() throws {
        let page = "docs/reference/audit-rules.md"
        let checkout = #filePath.split(separator: "/").dropLast(4).map { "/" + $0 }.joined()
        if getenv("RECORD_GOLDEN") != nil {
            let file = try #require(fopen("\(checkout)/\(page)", "w"))
            fputs(AuditCatalogue.referencePage, file)
            fclose(file)
            Issue.record("docs/reference/audit-rules.md was rewritten: look at the difference")
        }
        #expect(try GoldenText(page, testsFolder: checkout).text == AuditCatalogue.referencePage)
    }
}
