/// Reads regular expressions, as far as they can be matched in bounded time.
struct PatternParser {
    /// Groups inside each other.
    private static let depthMax = 32
    /// Largest number of a repetition.
    private static let countMax = 1_000

    private let scalars: [Unicode.Scalar]
    private var index = 0
    private var depth = 0

    init(_ text: String) { scalars = Array(text.unicodeScalars) }

    mutating func parse() throws(PatternProblem) -> PatternNode {
        let node = try choice()
        guard index == scalars.count else {
            throw problem(at: index, "the ')' closes no group", hint: "a ')' for itself is written '\\)'")
        }
        return node
    }

    private mutating func choice() throws(PatternProblem) -> PatternNode {
        var parts = [try sequence()]
        while takes("|") { parts.append(try sequence()) }
        return parts.count == 1 ? parts[0] : .choice(parts)
    }

    private mutating func sequence() throws(PatternProblem) -> PatternNode {
        var parts: [PatternNode] = []
        while let scalar = current, scalar != "|", scalar != ")" {
            parts.append(try repeated(try atom(scalar)))
        }
        return parts.count == 1 ? parts[0] : .sequence(parts)
    }

    // MARK: Repetition

    private mutating func repeated(_ atom: PatternNode) throws(PatternProblem) -> PatternNode {
        let start = index
        guard let (least, most) = try quantifier() else { return atom }
        // As few or as many as possible: which of them makes no difference to whether there is a match.
        _ = takes("?")
        if let scalar = current, "*+?{".unicodeScalars.contains(scalar) {
            throw problem(at: index, "a repetition follows a repetition", hint: "can the second go?")
        }
        if case .assertion = atom {
            throw problem(at: start, "a place in the text cannot be repeated", hint: "can the repetition go?")
        }
        return .repeated(atom, least: least, most: most)
    }

    private mutating func quantifier() throws(PatternProblem) -> (least: Int, most: Int?)? {
        if takes("*") { return (0, nil) }
        if takes("+") { return (1, nil) }
        if takes("?") { return (0, 1) }
        let start = index
        guard takes("{") else { return nil }
        let hint = "repetitions are written {3}, {3,} or {3,5}; a '{' for itself is written '\\{'"
        guard let least = number() else {
            throw problem(at: start, "the '{' begins no repetition", hint: hint)
        }
        var most: Int? = least
        if takes(",") { most = number() }
        guard takes("}") else { throw problem(at: start, "the repetition is not closed", hint: hint) }
        guard max(least, most ?? 0) <= Self.countMax else {
            throw problem(
                at: start, "a repetition has a number above \(Self.countMax)", hint: "would {3,} do?")
        }
        if let most, most < least {
            throw problem(at: start, "the repetition ends below its begin", hint: "are they swapped?")
        }
        return (least, most)
    }

    private mutating func number() -> Int? {
        let start = index
        var value = 0
        while let digit = current, ("0"..."9").contains(digit) {
            value = min(value * 10 + Int(digit.value - 0x30), Self.countMax + 1)
            index += 1
        }
        return index > start ? value : nil
    }

    // MARK: Single parts

    private mutating func atom(_ scalar: Unicode.Scalar) throws(PatternProblem) -> PatternNode {
        let start = index
        index += 1
        switch scalar {
        case "^": return .assertion(.start)
        case "$": return .assertion(.end)
        case ".": return .one(ScalarSet([.kind(.any)]))
        case "(": return try group(from: start)
        case "[": return .one(try set(from: start))
        case "\\": return try escape(from: start)
        case "*", "+", "?":
            throw problem(
                at: start, "the '\(scalar)' repeats nothing",
                hint: "a '\(scalar)' for itself is written '\\\(scalar)'")
        case "{":
            throw problem(at: start, "the '{' repeats nothing", hint: "a '{' for itself is written '\\{'")
        default: return .one(ScalarSet([.range(scalar...scalar)]))
        }
    }

    private mutating func group(from start: Int) throws(PatternProblem) -> PatternNode {
        if takes("?"), !takes(":") {
            throw problem(
                at: start, "only groups '( )' and '(?: )' are known",
                hint: "can it be told without looking ahead or behind, names and flags?")
        }
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.depthMax else {
            throw problem(
                at: start, "more than \(Self.depthMax) groups are open here",
                hint: "can it be told with fewer?")
        }
        let node = try choice()
        guard takes(")") else {
            throw problem(
                at: start, "the group that begins here is not closed",
                hint: "a '(' for itself is written '\\('")
        }
        return node
    }

    private mutating func escape(from start: Int) throws(PatternProblem) -> PatternNode {
        switch current {
        case "b":
            index += 1
            return .assertion(.wordEdge)
        case "B":
            index += 1
            return .assertion(.noWordEdge)
        case "A":
            index += 1
            return .assertion(.start)
        case "z", "Z":
            index += 1
            return .assertion(.end)
        default: return .one(ScalarSet([try escapedItem(from: start)]))
        }
    }

    /// What stands behind a backslash, in a set or alone.
    private mutating func escapedItem(from start: Int) throws(PatternProblem) -> ScalarSet.Item {
        guard let scalar = current else {
            throw problem(
                at: start, "the pattern ends with '\\'", hint: "a '\\' for itself is written '\\\\'")
        }
        index += 1
        switch scalar {
        case "d": return .kind(.digit)
        case "D": return .notKind(.digit)
        case "w": return .kind(.word)
        case "W": return .notKind(.word)
        case "s": return .kind(.space)
        case "S": return .notKind(.space)
        case "n": return .range("\n"..."\n")
        case "r": return .range("\r"..."\r")
        case "t": return .range("\t"..."\t")
        case "p": return .kind(try property(from: start))
        case "P": return .notKind(try property(from: start))
        default: break
        }
        guard scalar.isASCII, !("0"..."9").contains(scalar), !scalar.properties.isAlphabetic else {
            let isNumber = ("1"..."9").contains(scalar)
            throw problem(
                at: start, "'\\\(scalar)' has no meaning in a pattern",
                hint: isNumber
                    ? "what a group has matched cannot be asked for again"
                    : "known: \\d \\w \\s \\D \\W \\S \\b \\B \\A \\z \\n \\r \\t \\p{L}")
        }
        return .range(scalar...scalar)
    }

    private mutating func property(from start: Int) throws(PatternProblem) -> ScalarSet.Kind {
        let known: [(String, ScalarSet.Kind)] = [
            ("{L}", .letter), ("{Lu}", .upper), ("{Ll}", .lower), ("{N}", .number), ("{Nd}", .digit),
        ]
        for (name, kind) in known where scalars[index...].starts(with: name.unicodeScalars) {
            index += name.unicodeScalars.count
            return kind
        }
        throw problem(
            at: start, "this property of characters is not known",
            hint: "known: " + known.map { "\\p\($0.0)" }.joined(separator: " "))
    }

    // MARK: Sets

    private mutating func set(from start: Int) throws(PatternProblem) -> ScalarSet {
        let isNegated = takes("^")
        var items: [ScalarSet.Item] = []
        while let scalar = current, scalar != "]" {
            let place = index
            index += 1
            if scalar == "[", current == ":" {
                throw problem(
                    at: place, "'[:' has no meaning in a pattern",
                    hint: "write \\p{L} for letters and \\d for digits")
            }
            let item: ScalarSet.Item =
                scalar == "\\" ? try escapedItem(from: place) : .range(scalar...scalar)
            items.append(try range(from: item, at: place))
        }
        guard takes("]") else {
            throw problem(
                at: start, "the set that begins here is not closed", hint: "a '[' for itself is written '\\['"
            )
        }
        guard !items.isEmpty else {
            throw problem(
                at: start, "the set is empty", hint: "a ']' in a set is written '\\]'")
        }
        return ScalarSet(items, isNegated: isNegated)
    }

    /// The range that begins with an item, or the item alone.
    private mutating func range(
        from item: ScalarSet.Item, at place: Int
    ) throws(PatternProblem) -> ScalarSet.Item {
        guard current == "-", index + 1 < scalars.count, scalars[index + 1] != "]" else { return item }
        index += 1
        let end = index
        let scalar = scalars[index]
        index += 1
        let last: ScalarSet.Item = scalar == "\\" ? try escapedItem(from: end) : .range(scalar...scalar)
        guard case .range(let lower) = item, case .range(let upper) = last else {
            throw problem(
                at: place, "a range goes from one character to another",
                hint: "a '-' at the end of the set stands for itself")
        }
        guard lower.lowerBound <= upper.lowerBound else {
            throw problem(at: place, "the range ends before it begins", hint: "are its ends swapped?")
        }
        return .range(lower.lowerBound...upper.lowerBound)
    }

    // MARK: Helpers

    private var current: Unicode.Scalar? { index < scalars.count ? scalars[index] : nil }

    private mutating func takes(_ scalar: Unicode.Scalar) -> Bool {
        guard current == scalar else { return false }
        index += 1
        return true
    }

    private func problem(at place: Int, _ message: String, hint: String) -> PatternProblem {
        PatternProblem(
            at: scalars[..<place].reduce(0) { $0 + UTF8.width($1) }, message, hint: hint)
    }
}
