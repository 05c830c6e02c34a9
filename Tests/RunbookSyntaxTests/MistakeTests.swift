import RunbookSyntax
import TestKit
import Testing

/// One mistake a document: it is reported once, at the place that its author marked, with a hint.
struct MistakeTests {
    @Test func `there are more kinds of mistake than anybody asked for`() {
        #expect(Set(Mistake.all.map(\.description)).count == Mistake.all.count)
        #expect(Mistake.all.count >= 400)
    }

    @Test(arguments: Mistake.all)
    func `a mistake is reported once, at its place and with a hint`(mistake: Mistake) throws {
        let parsed = RunbookParser.parse(text: mistake.text, fileName: "x.yml")
        let errors = parsed.diagnostics.filter { $0.severity == .error }
        let found = errors.map { "\($0.line):\($0.column) \($0.code.rawValue)" }
        #expect(found == ["\(mistake.line):\(mistake.column) \(mistake.code)"], "\(parsed.report)")
        #expect(errors.allSatisfy { !($0.hint ?? "").isEmpty }, "\(parsed.report)")
        #expect(parsed.document == nil)
    }

    @Test(arguments: Mistake.folder.names(endingIn: ".txt"))
    func `mistakes are told in words that were reviewed`(file: String) throws {
        let said = Mistake.all.filter { $0.file == file }.map { mistake in
            let parsed = RunbookParser.parse(text: mistake.text, fileName: "x.yml")
            return "=== \(mistake.name)\n\(parsed.report)\n"
        }
        try Mistake.folder.compare(said.joined(), with: String(file.dropLast(4)) + ".said")
    }
}
