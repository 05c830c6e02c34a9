import RunbookSyntax
import Testing

/// Calls of other documents are checked at their places in the calling one.
struct CalledDocumentsTests {
    private static let head = "runbook: 1\nid: a\ntitle: A\n"

    /// A document that calls others, from line 5 on.
    private static func calling(_ calls: String..., params: String = "params: {n: {type: int, default: 1}}")
        -> String
    {
        let steps = calls.enumerated().map { "  - {id: s\($0.offset), call: {\($0.element)}}\n" }
        let used = "  - {id: used, assert: params.n == 1}\n"
        return head + params + "\nsteps:\n" + steps.joined() + used
    }

    private static let files: [String: String] = [
        "/d/base.yml": head
            + """
            params:
              base: {type: string, pattern: '^[a-z]+$', required: true, title: Base}
              n: {type: int, max: 5, default: 1}
              noms: {type: list, default: a}
            steps:
              - {id: a, argv: [x, "${{ params.base }}"], when: params.n > 0 and len(params.noms) > 0}
            """,
        "/d/broken.yml": head + "steps:\n  - {id: a, runn: x}\n  - {id: b}\n",
        "/d/self.yml": calling("runbook: self.yml"),
        "/d/one.yml": calling("runbook: sub/../two.yml"),
        "/d/two.yml": calling("runbook: ./one.yml"),
        "/d/sub/beside.yml": calling("runbook: ../base.yml, with: {base: x}"),
        "/d/absent.yml": calling("runbook: rien.yml"),
        "/d/deep2.yml": calling("runbook: deep3.yml"), "/d/deep3.yml": calling("runbook: deep4.yml"),
        "/d/deep4.yml": calling("runbook: leaf.yml"), "/d/leaf.yml": head + "steps: [{id: a, run: x}]\n",
    ]

    private func findings(_ text: String, path: String = "/d/doc.yml") -> [String] {
        let parsed = RunbookParser.parse(text: Array(text.utf8), fileName: "doc.yml")
            .checkingCalls(path: path) { Self.files[$0].map { Array($0.utf8) } }
        #expect((parsed.document == nil) == parsed.diagnostics.contains { $0.severity == .error })
        #expect(parsed.diagnostics.allSatisfy { $0.hint != nil })
        return parsed.diagnostics.map { "\($0.line):\($0.column) \($0.code.rawValue) \($0.message)" }
    }

    @Test func `a call that is right says nothing`() {
        #expect(
            findings(Self.calling("runbook: base.yml, with: {base: x, n: \"${{ params.n }}\", noms: [a, b]}"))
                == [])
        #expect(
            findings(Self.calling("runbook: base.yml, with: {base: \"b${{ params.n }}\", n: \"5\", noms: a}"))
                == [])
        #expect(
            findings(Self.calling("runbook: sub/beside.yml", "runbook: sub/../base.yml, with: {base: x}"))
                == [])
        #expect(findings(Self.calling("runbook: deep3.yml")) == [])
    }

    @Test(arguments: [
        ("runbook: rien.yml", ["6:30 bad-value the document 'rien.yml' cannot be read"]),
        (
            "runbook: broken.yml",
            [
                "6:30 bad-value 'broken.yml' has 2 errors, the first in line 5, column 13: unknown key 'runn' in a step"
            ]
        ),
        (
            "runbook: absent.yml",
            [
                "6:30 bad-value 'absent.yml' has an error in line 6, column 30: the document 'rien.yml' cannot be read"
            ]
        ),
        (
            "runbook: self.yml",
            [
                "6:30 bad-value 'self.yml' has an error in line 6, column 30: "
                    + "the documents call each other in a circle: self.yml, self.yml"
            ]
        ),
        ("runbook: doc.yml", ["6:30 bad-value the documents call each other in a circle: doc.yml, doc.yml"]),
        ("runbook: base.yml", ["6:30 missing-key 'base.yml' needs the parameter 'base'"]),
        ("runbook: base.yml, with: {n: 1}", ["6:40 missing-key 'base.yml' needs the parameter 'base'"]),
        ("runbook: base.yml, with: {base: null}", ["6:40 missing-key 'base.yml' needs the parameter 'base'"]),
        (
            "runbook: base.yml, with: {base: x, bas: y}",
            ["6:56 unknown-name 'base.yml' has no parameter 'bas'"]
        ),
        (
            "runbook: base.yml, with: {base: X1}",
            ["6:53 bad-value 'base' of 'base.yml': 'X1' does not match ^[a-z]+$"]
        ),
        (
            "runbook: base.yml, with: {base: x, n: 6}",
            ["6:59 bad-value 'n' of 'base.yml': '6' is above the maximum of 5"]
        ),
        (
            "runbook: base.yml, with: {base: x, n: \"${{ run.started_at }}\"}",
            [
                "6:59 type-mismatch 'n' of 'base.yml': it wants a value of type int, 'run.started_at' is of type time"
            ]
        ),
        (
            "runbook: base.yml, with: {base: {a: b}}",
            ["6:53 type-mismatch 'base' of 'base.yml': a mapping is no value of a parameter"]
        ),
        ("runbook: deep2.yml", ["6:30 bad-value more than 4 documents call each other from here on"]),
    ])
    func `a call that is wrong is reported in the calling document`(call: String, expected: [String]) {
        #expect(findings(Self.calling(call)) == expected)
    }

    @Test func `a circle over several documents names all of them`() throws {
        let text = try #require(Self.files["/d/one.yml"])
        #expect(
            findings(text, path: "/d/one.yml") == [
                "6:30 bad-value 'sub/../two.yml' has an error in line 6, column 30: "
                    + "the documents call each other in a circle: one.yml, two.yml, one.yml"
            ])
    }

    @Test func `a document that is called often is read once`() {
        let calls = (0..<50).map { "  - {id: s\($0), call: {runbook: base.yml, with: {base: x}}}\n" }
        let text = Self.head + "steps:\n" + calls.joined()
        let counter = Counter()
        let parsed = RunbookParser.parse(text: Array(text.utf8), fileName: "doc.yml")
            .checkingCalls(path: "/d/doc.yml") { path in
                counter.count += 1
                return Self.files[path].map { Array($0.utf8) }
            }
        #expect(parsed.report == "")
        #expect(counter.count == 1)
    }
}

private final class Counter {
    var count = 0
}
