import ModuleKit

/// Permissions as a task gives them: a number, octal digits, or changes like `u=rw,g=r,o-r`.
enum FileModeText {
    /// The mode that comes of the text; `nil` when it is none.
    ///
    /// - Parameter old: The mode that changes start from.
    static func mode(_ value: JSONValue, from old: UInt16) -> UInt16? {
        switch value {
        case .int(let number): return UInt16(exactly: number).flatMap { $0 <= 0o7777 ? $0 : nil }
        case .string(let text):
            let digits = text.hasPrefix("0o") ? text.dropFirst(2) : Substring(text)
            if let number = UInt16(digits, radix: 8), number <= 0o7777 { return number }
            return symbolic(text, from: old)
        case .null, .bool, .double, .array, .object: return nil
        }
    }

    private static func symbolic(_ text: String, from old: UInt16) -> UInt16? {
        var mode = old
        for clause in text.split(separator: ",", omittingEmptySubsequences: false) {
            let who = clause.prefix { "ugoa".contains($0) }
            guard let sign = clause.dropFirst(who.count).first, "+-=".contains(sign) else { return nil }
            let letters = clause.dropFirst(who.count + 1)
            guard letters.allSatisfy({ "rwxXst".contains($0) }) else { return nil }
            let everyone = who.isEmpty || who.contains("a")
            for (group, shift) in [("u", 6), ("g", 3), ("o", 0)] as [(Character, UInt16)]
            where everyone || who.contains(group) {
                let bits = bits(letters, of: group, shift, mode)
                switch sign {
                case "+": mode |= bits
                case "-": mode &= ~bits
                default: mode = mode & ~(0o7 << shift) | bits
                }
            }
        }
        return mode
    }

    private static func bits(_ letters: Substring, of group: Character, _ shift: UInt16, _ mode: UInt16)
        -> UInt16
    {
        letters.reduce(0) { bits, letter in
            switch letter {
            case "r": bits | 0o4 << shift
            case "w": bits | 0o2 << shift
            case "x": bits | 0o1 << shift
            case "X": mode & 0o111 == 0 ? bits : bits | 0o1 << shift
            case "s": bits | (group == "u" ? 0o4000 : group == "g" ? 0o2000 : 0)
            case "t": bits | 0o1000
            default: bits
            }
        }
    }
}
