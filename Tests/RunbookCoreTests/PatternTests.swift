import Testing

@testable import RunbookCore

/// Patterns: what they match, and that no text takes them long.
struct PatternTests {
    @Test(arguments: [
        ("^pg-(prod|recette)", ["pg-prod-01", "pg-recette"], ["x-pg-prod", "pg-essai"]),
        ("a.c", ["abc", "xaécx"], ["ac", "a\nc"]),
        ("^a{2,3}$", ["aa", "aaa"], ["a", "aaaa", "aa\n"]),
        ("^(ab|a)?b+?$", ["b", "ab", "abb", "bb"], ["", "a", "ba"]),
        ("^[a-z][a-z0-9_]{0,4}$", ["a", "a0_b9"], ["", "0a", "a0_b9c", "A"]),
        ("^[^,;\\]]+$", ["a b", "é"], ["", "a,b", "]"]),
        ("\\bpg\\b", ["le pg ici", "pg"], ["pgx", "apg"]),
        ("^\\w+\\s\\d{2}$", ["étape 12"], ["étape 1", "é-t 12"]),
        ("^\\p{Lu}\\p{Ll}*$", ["É", "Marseille"], ["marseille", "MA"]),
        ("^(?:[0-9]{1,3}\\.){3}[0-9]{1,3}$", ["10.0.0.1"], ["10.0.0", "10.0.0.1.2"]),
        ("", ["", "x"], []), ("a|", ["", "b"], []), ("^$", [""], ["x"]), ("()*x", ["x"], ["y"]),
    ])
    func `a pattern matches what it says`(text: String, fits: [String], others: [String]) throws {
        let pattern = try #require(Pattern(text))
        for candidate in fits { #expect(pattern.matches(candidate), "\(candidate)") }
        for candidate in others { #expect(!pattern.matches(candidate), "\(candidate)") }
    }

    /// A backtracking matcher would need longer than the universe for any of them.
    @Test(arguments: [
        "^(a+)+$", "^(a*)*$", "^(a|a)*$", "^(a|aa)+$", "^(.*)*b$", "(x+x+)+y", "^(a?){40}a{40}b$",
        "^a*a*a*a*a*a*a*a*b$", "^([a-z]+)*[0-9]$", "(a*)*(a*)*(a*)*b",
    ])
    func `no text takes a pattern long`(text: String) throws {
        let pattern = try #require(Pattern(text))
        #expect(!pattern.matches(String(repeating: "a", count: 20_000) + "!"))
        #expect(!pattern.matches(String(repeating: "x", count: 20_000)))
    }

    @Test(arguments: [
        ("a)", 1, "closes no group"), ("é(a", 2, "is not closed"), ("[a-", 0, "is not closed"),
        ("[]", 0, "empty"),
        ("*a", 0, "repeats nothing"), ("a**", 2, "follows a repetition"),
        ("a{2}{3}", 4, "follows a repetition"),
        ("a{,3}", 1, "begins no repetition"), ("a{2", 1, "is not closed"), ("a{3,2}", 1, "below its begin"),
        ("a{1001}", 1, "above 1000"), ("^*", 1, "cannot be repeated"), ("(?=a)", 0, "only groups"),
        ("(?<n>a)", 0, "only groups"), ("(a)\\1", 3, "no meaning"), ("a\\", 1, "ends with"),
        ("\\q", 0, "no meaning"),
        ("\\p{Greek}", 0, "property"), ("[[:alpha:]]", 1, "no meaning"), ("[z-a]", 1, "ends before"),
        ("[\\d-z]", 1, "from one character"), ("(a{999}){999}", 0, "2000 steps"),
        ("((){1000}){1000}", 0, "2000 steps"),
        (String(repeating: "(", count: 33), 32, "more than 32 groups"), ("{", 0, "repeats nothing"),
    ])
    func `a text that is no pattern says where and why`(text: String, offset: Int, words: String) {
        #expect {
            _ = try Pattern(reading: text)
        } throws: { error in
            guard let problem = error as? PatternProblem else { return false }
            return problem.offset == offset && problem.message.contains(words) && problem.hint != nil
        }
    }

    /// Random patterns over two letters, compared with those of the standard library, which backtracks.
    @Test func `patterns mean what they mean elsewhere`() throws {
        var random = Random(state: 20_261_128)
        var compared = 0
        for _ in 0..<2_000 {
            let text = random.pattern(depth: 3)
            guard let pattern = Pattern(text), let regex = try? Regex(text) else { continue }
            for _ in 0..<6 {
                let candidate = random.text()
                // The standard library sees the edge of a word in no text at all.
                if candidate.isEmpty, text.contains("\\b") { continue }
                let expected = candidate.firstMatch(of: regex) != nil
                #expect(pattern.matches(candidate) == expected, "\(text) over \(candidate)")
                compared += 1
            }
        }
        #expect(compared > 10_000)
    }
}

/// Numbers that are the same in each run.
///
/// Source: Guy Steele, Doug Lea, Christine Flood, "Fast Splittable Pseudorandom Number Generators", 2014.
private struct Random {
    var state: UInt64

    mutating func below(_ limit: Int) -> Int {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return Int((value ^ (value >> 31)) % UInt64(limit))
    }

    mutating func text() -> String {
        String((0..<below(7)).map { _ in below(2) == 0 ? "a" : "b" } as [Character])
    }

    mutating func pattern(depth: Int) -> String {
        switch depth == 0 ? below(4) : below(10) {
        case 0: "a"
        case 1: "b"
        case 2: "."
        case 3: ["[ab]", "[^a]", "^", "$", "\\b"][below(5)]
        case 4, 5: pattern(depth: depth - 1) + pattern(depth: depth - 1)
        case 6: "(\(pattern(depth: depth - 1))|\(pattern(depth: depth - 1)))"
        case 7: "(\(pattern(depth: depth - 1)))" + ["*", "+", "?", "*?"][below(4)]
        default: "(?:\(pattern(depth: depth - 1)))" + ["{2}", "{1,2}", "{0,1}", "{2,}"][below(4)]
        }
    }
}
