/// Identifier of a step, unique in its document and stable over its versions.
public struct StepID: Hashable, Sendable, Comparable {
    /// The name itself.
    public let text: String

    /// Nothing when the text breaks `NameRule.step`.
    public init?(_ text: String) {
        guard NameRule.step.accepts(text) else { return nil }
        self.text = text
    }

    /// A name as journals and command lines have it: a step's, or that of one item of it (`creer:etatcivil`).
    public init?(recorded text: String) {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(
            String.init)
        guard NameRule.step.accepts(parts[0]), parts.count == 1 || NameRule.item.accepts(parts[1]) else {
            return nil
        }
        self.text = text
    }

    /// The step of one item.
    ///
    /// The name follows from the item's text, so that it stays when others come or go: a text that is no name as it is gets
    /// a checksum behind what is left of it.
    public func item(_ value: String) -> StepID {
        StepID(unchecked: "\(text):\(Self.slug(of: value))")
    }

    /// The step itself, of one item of it.
    public var base: StepID {
        guard let colon = text.firstIndex(of: ":") else { return self }
        return StepID(unchecked: String(text[..<colon]))
    }

    private init(unchecked text: String) {
        self.text = text
    }

    private static let slugLengthMax = 40

    private static func slug(of value: String) -> String {
        if NameRule.item.accepts(value), value.utf8.count <= slugLengthMax { return value }
        let kept = value.utf8.prefix(slugLengthMax).map { byte in
            NameRule.item.accepts(String(decoding: [byte], as: UTF8.self)) ? byte : UInt8(ascii: "-")
        }
        let sum = value.utf8.reduce(UInt32(0x811c_9dc5)) { ($0 ^ UInt32($1)) &* 0x0100_0193 }
        return String(decoding: kept, as: UTF8.self) + "-" + String(sum, radix: 16)
    }

    /// Order of the text.
    public static func < (left: StepID, right: StepID) -> Bool { left.text < right.text }
}

extension StepID: CustomStringConvertible {
    /// The name itself.
    public var description: String { text }
}

extension StepID: ExpressibleByStringLiteral {
    /// A name written in source code, which must be a valid one.
    public init(stringLiteral literal: String) {
        precondition(NameRule.step.accepts(literal), "a name in source code must be valid: \(literal)")
        text = literal
    }
}
