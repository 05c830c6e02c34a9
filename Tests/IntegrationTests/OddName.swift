/// Names that break what does not quote, drawn from a seed: the same ones in every run.
struct OddName: Sequence, IteratorProtocol {
    private static let bytesMax = 63
    private static let piecesMax = 12
    private static let pieces = [
        "\"", "'", ".", " ", "%", "\\", ";", ",", "$1", "$$", "--", "/*", "\n", "\t", "{}", "{{ x }}", ":n",
        "%(x)s",
        "é", "ß", "日本", "🐘", "\u{301}", "a", "Z", "0", "_", "select", "USER", "null", "table",
        "xxxxxxxxxxxxxxxx",
    ]
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> String? {
        var name = ""
        for _ in 0..<(1 + random(below: Self.piecesMax)) {
            let piece = Self.pieces[random(below: Self.pieces.count)]
            if name.utf8.count + piece.utf8.count <= Self.bytesMax { name += piece }
        }
        if random(below: 4) == 0 {
            name += String(repeating: "x", count: Self.bytesMax - name.utf8.count)
        }
        // The server keeps these two from roles; in quotes already, a name would mean another one.
        let isTaken = ["public", "none"].contains(name.lowercased())
        let isQuoted = name.unicodeScalars.first == "\"" && name.unicodeScalars.last == "\""
        return isTaken || isQuoted ? next() : name
    }

    /// SplitMix64.
    private mutating func random(below bound: Int) -> Int {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return Int((mixed ^ (mixed >> 31)) % UInt64(bound))
    }
}
