import Testing
import YAMLDocument

/// What becomes of a text: nodes with places, or problems with places.
struct YAMLDocumentTests {
    private func parse(_ text: String, limits: YAMLDocument.Limits = .init()) -> YAMLDocument {
        YAMLDocument.parse(Array(text.utf8), limits: limits)
    }

    private func entries(_ text: String) throws -> [YAMLEntry] {
        let document = parse(text)
        #expect(document.problems == [])
        guard case .mapping(let entries) = try #require(document.root).content else {
            Issue.record("no mapping")
            return []
        }
        return entries
    }

    private func reasons(_ text: String, limits: YAMLDocument.Limits = .init()) -> [YAMLProblem.Reason] {
        parse(text, limits: limits).problems.map(\.reason)
    }

    @Test func `keys and values know their lines and columns`() throws {
        let entries = try entries("# note\né: 1\nb:\n  - x\n  - {c: 'd'}\n")
        #expect(entries.map(\.key) == ["é", "b"])
        #expect(
            entries.map(\.keyStart) == [YAMLPosition(line: 2, column: 1), YAMLPosition(line: 3, column: 1)])
        #expect(entries[0].value.start == YAMLPosition(line: 2, column: 4))
        guard case .sequence(let items) = entries[1].value.content,
            case .mapping(let inner) = items[1].content
        else {
            Issue.record("no list with a mapping")
            return
        }
        #expect(items[0].start == YAMLPosition(line: 4, column: 5))
        #expect(inner[0].value.start == YAMLPosition(line: 5, column: 9))
        #expect(inner[0].value.end == YAMLPosition(line: 5, column: 12))
    }

    @Test func `a byte order mark moves no column`() throws {
        #expect(try entries("\u{FEFF}a: 1")[0].keyStart == YAMLPosition(line: 1, column: 1))
    }

    @Test(arguments: ["\n", "\r\n", "\r", "\u{85}", "\u{2028}"])
    func `every line break that the parser knows counts as one line`(lineBreak: String) throws {
        let text = "a: 1\(lineBreak)b: 2\(lineBreak)"
        #expect(try entries(text)[1].keyStart == YAMLPosition(line: 2, column: 1))
        #expect(SourceText(Array(text.utf8)).line(2) == "b: 2")
    }

    @Test func `problems come together and in the order of the text`() {
        let document = parse("a: &x 1\nb: *x\na: 2\nc: !!int 3\n[d]: 4\n<<: {e: 5}\n? \n: 6\n")
        #expect(document.root != nil)
        #expect(
            document.problems.map(\.reason) == [
                .anchor, .alias, .duplicateKey("a", firstLine: 1), .tag, .unfitKey, .mergeKey, .unfitKey,
            ])
        #expect(document.problems.map(\.position.line) == [1, 2, 3, 4, 5, 6, 7])
    }

    @Test func `one file holds one document and not nothing`() {
        #expect(reasons("# only a comment\n") == [.empty])
        #expect(reasons("") == [.empty])
        #expect(reasons("a: 1\n---\nb: 2\n") == [.severalDocuments])
        #expect(reasons("---\na: 1\n...\n") == [])
    }

    @Test func `every limit refuses what exceeds it by one, and takes what does not`() {
        var limits = YAMLDocument.Limits()
        limits.bytesMax = 4
        #expect(reasons("a: 1", limits: limits) == [])
        #expect(reasons("a: 12", limits: limits) == [.overLimit(what: "bytes", limit: 4)])
        limits = YAMLDocument.Limits()
        limits.nodesMax = 3
        #expect(reasons("a: 1", limits: limits) == [])
        #expect(reasons("[a, 1, 2]", limits: limits) == [.overLimit(what: "nodes", limit: 3)])
        limits = YAMLDocument.Limits()
        limits.depthMax = 3
        #expect(reasons("[[a]]", limits: limits) == [])
        #expect(reasons("[[[a]]]", limits: limits) == [.overLimit(what: "levels", limit: 3)])
        limits = YAMLDocument.Limits()
        limits.problemsMax = 2
        #expect(reasons("[*a, *b, *c]", limits: limits) == [.alias, .alias])
    }

    @Test func `a tower of brackets is refused, not followed`() {
        let tower = String(repeating: "[", count: 100_000)
        #expect(reasons(tower) == [.overLimit(what: "levels", limit: YAMLDocument.Limits().depthMax)])
    }

    @Test func `bytes that are no text are told with their place`() throws {
        let document = YAMLDocument.parse(Array("a: é\nb: ".utf8) + [0xE9, 0x0A])
        #expect(document.root == nil)
        #expect(
            document.problems == [YAMLProblem(.invalidUTF8, at: YAMLPosition(line: 2, column: 4))])
        let control = parse("a: é\nb: x\u{7}")
        #expect(control.problems.map(\.position) == [YAMLPosition(line: 2, column: 5)])
        #expect(control.problems[0].description == "control characters are not allowed")
        #expect(control.problems[0].hint != nil)
    }

    @Test(arguments: UInt64(1)...40) func `no bytes make the parser fail`(seed: UInt64) {
        var random = Noise(state: seed)
        let alphabet = Array("ab:- \n\t{}[],'\"|>&*!#%@\\é?0.~".utf8) + [0x00, 0x0D, 0xFF, 0xC2]
        for _ in 0..<250 {
            let count = Int.random(in: 0...60, using: &random)
            let bytes = (0..<count).map { _ in alphabet[Int.random(in: 0..<alphabet.count, using: &random)] }
            let document = YAMLDocument.parse(bytes)
            #expect(document.root != nil || !document.problems.isEmpty)
        }
    }
}

/// Numbers that are the same for the same seed (SplitMix64).
private struct Noise: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
