/// A text by lines, counted as the YAML parser counts them.
public struct SourceText: Sendable {
    /// The bytes, without a byte order mark.
    public let bytes: [UInt8]
    private let lineStarts: [Int]

    /// A text of these bytes.
    public init(_ bytes: [UInt8]) {
        self.bytes = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(bytes.dropFirst(3)) : bytes
        lineStarts = Self.lineStarts(in: self.bytes)
    }

    /// A line without its break, empty when there is none of this number.
    public func line(_ number: Int) -> String {
        guard number >= 1, number <= lineStarts.count else { return "" }
        let end = number < lineStarts.count ? lineStarts[number] : bytes.count
        let text = String(decoding: bytes[lineStarts[number - 1]..<end], as: UTF8.self)
        return String(String.UnicodeScalarView(text.unicodeScalars.filter { !Self.breaks.contains($0) }))
    }

    /// How many lines there are.
    public var lineCount: Int { lineStarts.count }

    /// The place of a byte.
    public func position(ofByte offset: Int) -> YAMLPosition {
        let bounded = min(max(offset, 0), bytes.count)
        let index = (lineStarts.lastIndex { $0 <= bounded }) ?? 0
        let before = String(decoding: bytes[lineStarts[index]..<bounded], as: UTF8.self)
        return YAMLPosition(line: index + 1, column: before.unicodeScalars.count + 1)
    }

    /// The place itself; the end of the text when it is behind it, where libyaml sees one more line than there is.
    func nearest(to position: YAMLPosition) -> YAMLPosition {
        position.line <= lineCount ? position : self.position(ofByte: bytes.count)
    }

    private static let breaks: Set<Unicode.Scalar> = ["\r", "\n", "\u{85}", "\u{2028}", "\u{2029}"]

    /// Line breaks: LF, CR, CR LF, U+0085, U+2028 and U+2029, as libyaml 0.2 takes them.
    private static func lineStarts(in bytes: [UInt8]) -> [Int] {
        var starts = [0]
        var index = 0
        while index < bytes.count {
            let length = breakLength(in: bytes, at: index)
            index += max(length, 1)
            if length > 0 { starts.append(index) }
        }
        return starts
    }

    private static func breakLength(in bytes: [UInt8], at index: Int) -> Int {
        switch bytes[index] {
        case 0x0A: 1
        case 0x0D: index + 1 < bytes.count && bytes[index + 1] == 0x0A ? 2 : 1
        case 0xC2: bytes[index...].starts(with: [0xC2, 0x85]) ? 2 : 0
        case 0xE2:
            bytes[index...].starts(with: [0xE2, 0x80, 0xA8])
                || bytes[index...].starts(with: [0xE2, 0x80, 0xA9])
                ? 3 : 0
        default: 0
        }
    }
}
