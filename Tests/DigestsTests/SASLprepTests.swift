import Digests
import TestKit
import Testing

@Suite struct SASLprepTests {
    /// The cases are Python's, an independent implementation of the same RFC.
    @Test func `texts are prepared as Python's stringprep does`() throws {
        let lines = try GoldenText("DigestsTests/Golden/saslprep.txt").lines.filter { !$0.hasPrefix("#") }
        #expect(lines.count > 1000)
        for line in lines {
            let fields = line.split(separator: " ").map(String.init)
            let input = String(decoding: try #require(Hex.decode(fields[0])), as: UTF8.self)
            let expected = fields[1] == "-" ? nil : Hex.decode(fields[1])
            #expect(SASLprep.prepared(input).map { Array($0.utf8) } == expected, "\(fields[0])")
        }
    }

    @Test func `a refused text is used as its bytes`() {
        #expect(SASLprep.prepared("a\u{9f}é") == nil)
        #expect(SASLprep.bytes(of: "a\u{9f}é") == Array("a\u{9f}é".utf8))
    }
}
