/// Swift text without its comments and literals: every byte of these becomes a space, lines stay where they are.
enum SwiftCode {
    static func blanked(_ text: String) -> String {
        var scanner = Scanner(bytes: Array(text.utf8))
        scanner.scanCode(untilParenthesis: false)
        return String(decoding: scanner.result, as: UTF8.self)
    }

    private struct Scanner {
        /// Bytes at which something else than plain code may begin or end.
        static let special = Set("/\"#`()".utf8)

        let bytes: [UInt8]
        var index = 0
        var result: [UInt8] = []

        init(bytes: [UInt8]) {
            self.bytes = bytes
            result.reserveCapacity(bytes.count)
        }

        func sees(_ text: StaticString) -> Bool { sees(bytes: text.withUTF8Buffer { Array($0) }) }
        func sees(bytes wanted: [UInt8]) -> Bool {
            index + wanted.count <= bytes.count && bytes[index..<index + wanted.count].elementsEqual(wanted)
        }
        func at(_ character: Character) -> Bool { bytes[index] == character.asciiValue }

        mutating func keep() {
            result.append(bytes[index])
            index += 1
        }

        mutating func blank(_ count: Int = 1) {
            for _ in 0..<count where index < bytes.count {
                result.append(at("\n") ? bytes[index] : UInt8(ascii: " "))
                index += 1
            }
        }

        /// Code to the end, or to the parenthesis that closes an interpolation.
        mutating func scanCode(untilParenthesis: Bool) {
            var depth = 0
            while index < bytes.count {
                if !Self.special.contains(bytes[index]) {
                    keep()
                } else if sees("//") {
                    while index < bytes.count, !at("\n") { blank() }
                } else if sees("/*") {
                    scanComment()
                } else if at("`") {
                    scanRawIdentifier()
                } else if at("\"") || (at("#") && hashesBeforeQuote > 0) {
                    scanString(hashes: at("#") ? hashesBeforeQuote : 0)
                } else {
                    if at("(") { depth += 1 }
                    if at(")") { depth -= 1 }
                    if untilParenthesis, depth < 0 { return }
                    keep()
                }
            }
        }

        private var hashesBeforeQuote: Int {
            let hashes = bytes[index...].prefix { $0 == UInt8(ascii: "#") }.count
            let next = index + hashes
            return next < bytes.count && bytes[next] == UInt8(ascii: "\"") ? hashes : 0
        }

        private mutating func scanComment() {
            var depth = 0
            repeat {
                if sees("/*") {
                    depth += 1
                    blank(2)
                } else if sees("*/") {
                    depth -= 1
                    blank(2)
                } else {
                    blank()
                }
            } while depth > 0 && index < bytes.count
        }

        /// Keeps the place of a name in backticks, as letters.
        private mutating func scanRawIdentifier() {
            repeat {
                result.append(UInt8(ascii: "x"))
                index += 1
            } while index < bytes.count && !at("`") && !at("\n")
            if index < bytes.count, at("`") {
                result.append(UInt8(ascii: "x"))
                index += 1
            }
        }

        /// A literal becomes blanks between its quotes; the code of its interpolations stays.
        private mutating func scanString(hashes: Int) {
            let hash = [UInt8](repeating: UInt8(ascii: "#"), count: hashes)
            blank(hashes)
            let isLong = sees("\"\"\"")
            let quote = [UInt8](repeating: UInt8(ascii: "\""), count: isLong ? 3 : 1)
            for _ in quote { keep() }
            let escape = [UInt8(ascii: "\\")] + hash
            while index < bytes.count {
                if !at("\""), !at("\\"), !at("\n") {
                    blank()
                } else if sees(bytes: quote + hash) {
                    for _ in quote { keep() }
                    return blank(hashes)
                } else if sees(bytes: escape + [UInt8(ascii: "(")]) {
                    blank(escape.count)
                    keep()
                    scanCode(untilParenthesis: true)
                } else if sees(bytes: escape) {
                    blank(escape.count + 1)
                } else if !isLong, at("\n") {
                    return  // no literal after all, such as a quote in a regular expression
                } else {
                    blank()
                }
            }
        }
    }
}
