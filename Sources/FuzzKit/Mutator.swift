/// Changes texts at random; the same seed gives the same text on every machine.
public struct Mutator: Sendable {
    /// Bytes that an input may have: what is longer costs time and shows nothing new.
    public static let bytesMax = 16_384
    /// Changes made to one input, at most.
    private static let changesMax = 4
    /// Bytes of one inserted or repeated piece, at most.
    private static let pieceMax = 64

    /// Texts that mean something to a parser.
    private static let signs = [
        "${{", "}}", "{", "}", "[", "]", ": ", "- ", "\n", "\r", "\t", "  ", "'", "\"", "#", "|", ">-", "&a ",
        "*a",
        "!!str ", "<<: ", "---", "...", "%YAML 1.2", "\\", "\u{0}", "\u{85}", "\u{2028}", "\u{FEFF}", "é",
        "\u{1F600}",
        "0x7fffffffffffffff", "-9223372036854775808", "9223372036854775807", "1e999", ".inf", "~",
        "99999999999w",
        "(", ")", ",", "$1", "$0", "--", "/*", "{1000}", "^(a+)+$",
    ].map { Array($0.utf8) }

    private let corpus: [[UInt8]]
    private let words: [[UInt8]]
    private var state: UInt64

    /// - Parameter corpus: What inputs are made of.
    public init(corpus: [[UInt8]], seed: UInt64) {
        precondition(!corpus.isEmpty, "inputs are made of others")
        self.corpus = corpus
        words = Self.words(of: corpus)
        state = seed
    }

    /// The same corpus with another seed.
    public func with(seed: UInt64) -> Mutator {
        var other = self
        other.state = seed
        return other
    }

    /// An input of the corpus, changed.
    public mutating func next() -> [UInt8] { changed(corpus[below(corpus.count)]) }

    /// An input, changed.
    public mutating func changed(_ input: [UInt8]) -> [UInt8] {
        var text = input
        for _ in 0...below(Self.changesMax) {
            switch below(4) {
            case 0: changeBytes(&text)
            case 1: changeLines(&text)
            case 2: changeWords(&text)
            default: splice(&text)
            }
        }
        return text.count > Self.bytesMax ? Array(text[..<Self.bytesMax]) : text
    }

    // MARK: Changes

    private mutating func changeBytes(_ text: inout [UInt8]) {
        let place = below(text.count + 1)
        let end = min(place + 1 + below(Self.pieceMax), text.count)
        switch below(5) {
        case 0: text.insert(UInt8(below(256)), at: place)
        case 1 where place < text.count: text[place] ^= 1 << UInt8(below(8))
        case 2 where place < text.count: text[place] = UInt8(below(256))
        case 3: text.removeSubrange(place..<max(place, end))
        default: text.insert(contentsOf: text[place..<max(place, end)], at: below(text.count + 1))
        }
    }

    private mutating func changeLines(_ text: inout [UInt8]) {
        var lines = text.split(separator: 0x0A, omittingEmptySubsequences: false)
        let (one, other) = (below(lines.count), below(lines.count))
        switch below(5) {
        case 0: lines.remove(at: one)
        case 1: lines.insert(lines[one], at: other)
        case 2: lines.swapAt(one, other)
        case 3: lines[one] = ([UInt8](repeating: 0x20, count: 1 + below(4)) + lines[one])[...]
        default: lines[one] = lines[one].dropFirst(1 + below(4))
        }
        text = Array(lines.joined(separator: [0x0A]))
    }

    private mutating func changeWords(_ text: inout [UInt8]) {
        let piece = below(2) == 0 ? Self.signs[below(Self.signs.count)] : words[below(words.count)]
        let place = below(text.count + 1)
        guard below(3) > 0, let start = text[place...].firstIndex(where: Self.isWord) else {
            text.insert(contentsOf: piece, at: place)
            return
        }
        let end = text[start...].firstIndex { !Self.isWord($0) } ?? text.count
        text.replaceSubrange(start..<end, with: piece)
    }

    /// The beginning of one text and the end of another, often at line ends.
    private mutating func splice(_ text: inout [UInt8]) {
        let other = corpus[below(corpus.count)]
        var (end, start) = (below(text.count + 1), below(other.count + 1))
        if below(2) == 0 {
            end = text[..<end].lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
            start = other[start...].firstIndex(of: 0x0A).map { $0 + 1 } ?? other.count
        }
        text = Array(text[..<end] + other[start...])
    }

    // MARK: Helpers

    private static func isWord(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
            || byte == 0x5F
    }

    private static func words(of corpus: [[UInt8]]) -> [[UInt8]] {
        let all = corpus.flatMap { text in text.split { !isWord($0) }.map { Array($0.prefix(pieceMax)) } }
        return Set(all).sorted { $0.lexicographicallyPrecedes($1) } + [[0x78]]
    }

    /// Source: Guy Steele, Doug Lea, Christine Flood, "Fast Splittable Pseudorandom Number Generators", 2014.
    private mutating func below(_ limit: Int) -> Int {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return Int((value ^ (value >> 31)) % UInt64(limit))
    }
}
