import CUnicodeTables

/// Preparation of passwords for SCRAM, as PostgreSQL applies it.
///
/// Source: RFC 4013; PostgreSQL 15, `src/common/saslprep.c`: pure ASCII is left alone, and a text that the rules
/// refuse is used as its raw bytes, so that every password works.
public enum SASLprep {
    /// The bytes that enter the key derivation.
    public static func bytes(of password: String) -> [UInt8] {
        prepared(password).map { Array($0.utf8) } ?? Array(password.utf8)
    }

    /// The prepared text; `nil` when the rules refuse it.
    public static func prepared(_ password: String) -> String? {
        if password.utf8.allSatisfy({ $0 < 0x80 }) { return password }
        var mapped: [UInt32] = []
        for scalar in password.unicodeScalars.map(\.value) {
            if contains(vigie_saslprep_spaces(), scalar) {
                mapped.append(0x20)
            } else if !contains(vigie_saslprep_ignored(), scalar) {
                mapped.append(scalar)
            }
        }
        guard !mapped.isEmpty, !mapped.contains(where: { contains(vigie_saslprep_refused(), $0) }),
            isDirectionConsistent(mapped)
        else { return nil }
        var text = ""
        for scalar in CompatibilityNormalization.composed(mapped) {
            guard let scalar = Unicode.Scalar(scalar) else { return nil }
            text.unicodeScalars.append(scalar)
        }
        return text
    }

    /// RFC 3454 section 6: right-to-left text holds no left-to-right letter, and begins and ends with its own.
    private static func isDirectionConsistent(_ scalars: [UInt32]) -> Bool {
        let rightToLeft = vigie_saslprep_right_to_left()
        guard scalars.contains(where: { contains(rightToLeft, $0) }) else { return true }
        guard let first = scalars.first, let last = scalars.last else { return true }
        return !scalars.contains { contains(vigie_saslprep_left_to_right(), $0) }
            && contains(rightToLeft, first) && contains(rightToLeft, last)
    }

    private static func contains(_ table: vigie_ranges, _ scalar: UInt32) -> Bool {
        let ranges = UnsafeBufferPointer(start: table.ranges, count: table.count)
        let index = ranges.partitionPoint { $0.last < scalar }
        return index < ranges.count && ranges[index].first <= scalar
    }
}

/// Unicode normalization form KC.
///
/// Source: Unicode Standard Annex 15; the Hangul arithmetic is section 3.12 of the standard.
enum CompatibilityNormalization {
    private static let hangulFirst: UInt32 = 0xAC00
    private static let leadFirst: UInt32 = 0x1100
    private static let vowelFirst: UInt32 = 0x1161
    private static let tailFirst: UInt32 = 0x11A7
    private static let vowels: UInt32 = 21
    private static let tails: UInt32 = 28
    private static let syllables: UInt32 = 11172
    private static let leads: UInt32 = 19

    /// Decomposes, orders the marks and composes again.
    static func composed(_ scalars: [UInt32]) -> [UInt32] {
        var result: [UInt32] = []
        var starter: Int?
        var lastClass: UInt32 = 0
        for scalar in ordered(scalars.flatMap(decomposed)) {
            let scalarClass = combiningClass(scalar)
            let isBlocked = starter != result.count - 1 && lastClass >= scalarClass
            if let starter, !isBlocked, let pair = composition(result[starter], scalar) {
                result[starter] = pair
                continue
            }
            if scalarClass == 0 { starter = result.count }
            lastClass = scalarClass
            result.append(scalar)
        }
        return result
    }

    private static func decomposed(_ scalar: UInt32) -> [UInt32] {
        if scalar >= hangulFirst, scalar < hangulFirst + syllables {
            let index = scalar - hangulFirst
            let tail = index % tails
            let pair = [leadFirst + index / (vowels * tails), vowelFirst + index % (vowels * tails) / tails]
            return tail == 0 ? pair : pair + [tailFirst + tail]
        }
        var count = 0
        let table = UnsafeBufferPointer(start: vigie_decompositions(&count), count: count)
        let index = table.partitionPoint { $0.code < scalar }
        guard index < table.count, table[index].code == scalar else { return [scalar] }
        let pool = vigie_decomposition_pool()
        return (0..<Int(table[index].count)).map { pool[Int(table[index].start) + $0] }
    }

    /// Marks in the order of their classes, each run between starters for itself.
    private static func ordered(_ scalars: [UInt32]) -> [UInt32] {
        var result: [(scalar: UInt32, combining: UInt32)] = []
        for scalar in scalars {
            let combining = combiningClass(scalar)
            var position = result.count
            while combining > 0, position > 0, result[position - 1].combining > combining { position -= 1 }
            result.insert((scalar, combining), at: position)
        }
        return result.map(\.scalar)
    }

    private static func combiningClass(_ scalar: UInt32) -> UInt32 {
        var count = 0
        let table = UnsafeBufferPointer(start: vigie_combining_classes(&count), count: count)
        let index = table.partitionPoint { $0.last < scalar }
        guard index < table.count, table[index].first <= scalar else { return 0 }
        return table[index].combining_class
    }

    private static func composition(_ first: UInt32, _ second: UInt32) -> UInt32? {
        if first >= leadFirst, first < leadFirst + leads, second >= vowelFirst, second < vowelFirst + vowels {
            return hangulFirst + ((first - leadFirst) * vowels + (second - vowelFirst)) * tails
        }
        if first >= hangulFirst, first < hangulFirst + syllables, (first - hangulFirst) % tails == 0,
            second > tailFirst, second < tailFirst + tails
        {
            return first + (second - tailFirst)
        }
        var count = 0
        let table = UnsafeBufferPointer(start: vigie_compositions(&count), count: count)
        let index = table.partitionPoint { ($0.first, $0.second) < (first, second) }
        guard index < table.count, table[index].first == first, table[index].second == second else {
            return nil
        }
        return table[index].composed
    }
}

extension UnsafeBufferPointer {
    /// The first index whose element does not fulfil the condition; the table is sorted by it.
    fileprivate func partitionPoint(_ isBefore: (Element) -> Bool) -> Int {
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            if isBefore(self[middle]) { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
