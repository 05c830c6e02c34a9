/// A network of addresses as `pg_hba.conf` has it: an IPv4 or IPv6 address and how many of its bits count.
struct HbaNetwork: Hashable {
    /// 4 or 16 bytes; bits that do not count are zero.
    let bytes: [UInt8]
    let prefixBits: Int

    /// A network; host bits are cleared.
    init(address: [UInt8], prefixBits: Int) {
        self.prefixBits = prefixBits
        bytes = address.enumerated().map { index, byte in
            let kept = min(max(prefixBits - 8 * index, 0), 8)
            return kept == 0 ? 0 : byte & (0xFF << UInt8(8 - kept))
        }
    }

    /// How much of the address space counts, on one scale for both families: 0 (everything) to 128 (one address).
    var weight: Int { isIPv4 ? prefixBits * 4 : prefixBits }

    var isIPv4: Bool { bytes.count == 4 }

    var text: String { "\(Self.text(of: bytes))/\(prefixBits)" }

    // MARK: Addresses

    /// The bytes of an address; `nil` when the text is none.
    static func address(_ text: some StringProtocol) -> [UInt8]? {
        text.contains(":") ? ipv6(String(text)) : ipv4(String(text))
    }

    private static func ipv4(_ text: String) -> [UInt8]? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        // A leading zero is refused: some readers take the number as octal.
        let bytes = parts.compactMap {
            $0.count > 1 && $0.hasPrefix("0") ? nil : decimal($0).flatMap(UInt8.init(exactly:))
        }
        return parts.count == 4 && bytes.count == 4 ? bytes : nil
    }

    private static func ipv6(_ text: String) -> [UInt8]? {
        let halves = text.split(separator: "::", maxSplits: 2, omittingEmptySubsequences: false)
        guard halves.count <= 2, let head = groups(halves[0]) else { return nil }
        guard halves.count == 2 else { return head.count == 16 ? head : nil }
        guard let tail = groups(halves[1]), head.count + tail.count <= 14 else { return nil }
        return head + [UInt8](repeating: 0, count: 16 - head.count - tail.count) + tail
    }

    /// Groups of four hexadecimal digits; the last may be an IPv4 address.
    private static func groups(_ text: Substring) -> [UInt8]? {
        guard !text.isEmpty else { return [] }
        var bytes: [UInt8] = []
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        for (index, part) in parts.enumerated() {
            if index == parts.count - 1, part.contains(".") {
                guard let last = ipv4(String(part)) else { return nil }
                bytes += last
            } else {
                guard (1...4).contains(part.count), part.allSatisfy(\.isHexDigit),
                    let group = UInt16(part, radix: 16)
                else { return nil }
                bytes += [UInt8(group >> 8), UInt8(group & 0xFF)]
            }
        }
        return bytes
    }

    private static func decimal(_ text: Substring) -> Int? {
        text.allSatisfy { $0.isASCII && $0.isNumber } ? Int(text) : nil
    }

    /// The shortest usual form: the longest run of zero groups is left out.
    private static func text(of bytes: [UInt8]) -> String {
        guard bytes.count == 16 else { return bytes.map { String($0) }.joined(separator: ".") }
        let groups = stride(from: 0, to: 16, by: 2).map { Int(bytes[$0]) << 8 | Int(bytes[$0 + 1]) }
        var longest = 0..<0
        var start = 0
        while start < groups.count {
            var end = start
            while end < groups.count, groups[end] == 0 { end += 1 }
            if end - start > max(longest.count, 1) { longest = start..<end }
            start = max(end, start + 1)
        }
        func hex(_ range: Range<Int>) -> String {
            groups[range].map { String($0, radix: 16) }.joined(separator: ":")
        }
        guard !longest.isEmpty else { return hex(0..<8) }
        return hex(0..<longest.lowerBound) + "::" + hex(longest.upperBound..<8)
    }

    // MARK: Masks

    /// The number of bits of a mask given as a number or as an address; `nil` when it is no mask of this family.
    static func prefixBits(_ mask: some StringProtocol, addressBytes: Int) -> Int? {
        if let bits = decimal(Substring(mask)) { return bits <= addressBytes * 8 ? bits : nil }
        guard let bytes = address(mask), bytes.count == addressBytes else { return nil }
        let bits = bytes.reduce(0) { $0 + $1.nonzeroBitCount }
        let full = [UInt8](repeating: 0xFF, count: addressBytes)
        return HbaNetwork(address: full, prefixBits: bits).bytes == bytes ? bits : nil
    }
}

extension HbaNetwork: Comparable {
    /// By address, then by size, the larger network first.
    static func < (left: HbaNetwork, right: HbaNetwork) -> Bool {
        left.bytes == right.bytes
            ? left.prefixBits < right.prefixBits : left.bytes.lexicographicallyPrecedes(right.bytes)
    }
}
