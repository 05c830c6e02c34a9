/// A pattern that was read.
indirect enum PatternNode: Sendable {
    /// A condition on a place, which takes no character.
    enum Assertion: Sendable {
        case start, end, wordEdge, noWordEdge
    }

    case one(ScalarSet)
    case assertion(Assertion)
    case sequence([PatternNode])
    case choice([PatternNode])
    /// - Parameter most: `nil` when there is no end to it.
    case repeated(PatternNode, least: Int, most: Int?)

    /// Steps of the program that the pattern becomes, at most; the largest number when that is not one.
    var size: Int {
        switch self {
        case .one, .assertion: 1
        case .sequence(let parts): parts.reduce(1) { Self.sum($0, $1.size) }
        case .choice(let parts): parts.reduce(1) { Self.sum($0, Self.sum($1.size, 2)) }
        case .repeated(let part, let least, let most):
            Self.product(Self.sum(part.size, 2), max(most ?? Self.sum(least, 1), 1))
        }
    }

    private static func sum(_ left: Int, _ right: Int) -> Int {
        let (sum, overflow) = left.addingReportingOverflow(right)
        return overflow ? .max : sum
    }

    private static func product(_ left: Int, _ right: Int) -> Int {
        let (product, overflow) = left.multipliedReportingOverflow(by: right)
        return overflow ? .max : product
    }
}

/// Characters of which a pattern takes one.
struct ScalarSet: Sendable {
    /// A kind of characters that has a name.
    enum Kind: Sendable {
        case digit, word, space, any, letter, upper, lower, number
    }

    enum Item: Sendable {
        case range(ClosedRange<Unicode.Scalar>)
        case kind(Kind)
        case notKind(Kind)
    }

    private let items: [Item]
    private let isNegated: Bool
    /// The answers for ASCII, a bit each.
    private let ascii: (low: UInt64, high: UInt64)

    init(_ items: [Item], isNegated: Bool = false) {
        self.items = items
        self.isNegated = isNegated
        var (low, high): (UInt64, UInt64) = (0, 0)
        for value in UInt8(0)..<128 where Self.isIn(Unicode.Scalar(value), items) != isNegated {
            if value < 64 { low |= 1 << UInt64(value) } else { high |= 1 << UInt64(value - 64) }
        }
        ascii = (low, high)
    }

    func contains(_ scalar: Unicode.Scalar) -> Bool {
        let value = scalar.value
        if value < 64 { return ascii.low >> UInt64(value) & 1 == 1 }
        if value < 128 { return ascii.high >> UInt64(value - 64) & 1 == 1 }
        return Self.isIn(scalar, items) != isNegated
    }

    private static func isIn(_ scalar: Unicode.Scalar, _ items: [Item]) -> Bool {
        items.contains { item in
            switch item {
            case .range(let range): range.contains(scalar)
            case .kind(let kind): kind.contains(scalar)
            case .notKind(let kind): !kind.contains(scalar)
            }
        }
    }
}

extension ScalarSet.Kind {
    func contains(_ scalar: Unicode.Scalar) -> Bool {
        let properties = scalar.properties
        switch self {
        case .digit: return properties.generalCategory == .decimalNumber
        case .word:
            return scalar == "_" || properties.isAlphabetic || properties.generalCategory == .decimalNumber
        case .space: return properties.isWhitespace
        case .any: return !"\n\r\u{85}\u{2028}\u{2029}".unicodeScalars.contains(scalar)
        case .letter: return Self.letters.contains(properties.generalCategory)
        case .upper: return properties.generalCategory == .uppercaseLetter
        case .lower: return properties.generalCategory == .lowercaseLetter
        case .number:
            return [.decimalNumber, .letterNumber, .otherNumber].contains(properties.generalCategory)
        }
    }

    private static let letters: [Unicode.GeneralCategory] = [
        .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter,
    ]
}
