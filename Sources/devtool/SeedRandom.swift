/// SplitMix64: small, fast, and the same numbers on every machine.
///
/// Each record has a generator of its own, made from the seed, the kind of record and the record's index. Any
/// record can therefore be computed again without the ones before it, and memory stays constant.
///
/// Source: Steele, Lea, Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014.
struct SeedRandom {
    /// What a generator is for; two kinds never share numbers.
    enum Kind: UInt64 {
        case street = 1
        case address, household, person, contact, consent, request, document, slot, appointment
    }

    private var state: UInt64

    init(seed: UInt64, kind: Kind, index: Int) {
        let start = Self.mix(seed ^ (kind.rawValue &* 0xD1B5_4A32_D192_ED03))
        state = Self.mix(start &+ UInt64(index) &* 0x9E37_79B9_7F4A_7C15)
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        return Self.mix(state)
    }

    /// A number from 0 to `bound` - 1.
    mutating func below(_ bound: Int) -> Int {
        precondition(bound > 0, "a draw needs at least one possibility")
        return Int(next().multipliedFullWidth(by: UInt64(bound)).high)
    }

    mutating func between(_ low: Int, _ high: Int) -> Int {
        low + below(high - low + 1)
    }

    /// True `percent` times out of a hundred.
    mutating func chance(_ percent: Int) -> Bool {
        below(100) < percent
    }

    mutating func pick<Element>(_ elements: [Element]) -> Element {
        elements[below(elements.count)]
    }

    /// An index drawn by weight, from running totals of the weights.
    mutating func weighted(_ runningTotals: [Int]) -> Int {
        let draw = below(runningTotals[runningTotals.count - 1])
        return runningTotals.firstIndex { draw < $0 } ?? 0
    }

    /// Running totals of weights, as `weighted` wants them.
    static func runningTotals(_ weights: [Int]) -> [Int] {
        var total = 0
        return weights.map {
            total += $0
            return total
        }
    }

    private static func mix(_ value: UInt64) -> UInt64 {
        var mixed = value
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
