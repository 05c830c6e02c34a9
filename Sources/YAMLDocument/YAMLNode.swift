/// A part of a YAML document, and where it stands.
public struct YAMLNode: Hashable, Sendable {
    /// What a node holds.
    public enum Content: Hashable, Sendable {
        /// A text.
        case scalar(YAMLScalar)
        /// Nodes in order.
        case sequence([YAMLNode])
        /// Nodes by key, in the order of the document; keys are unique.
        case mapping([YAMLEntry])
        /// A part that was refused; a problem tells why, and nothing more should be said about it.
        case refused
    }

    /// What the node holds.
    public let content: Content
    /// Where it begins.
    public let start: YAMLPosition
    /// Where it ends: the place after its last character.
    public let end: YAMLPosition

    /// A node.
    public init(content: Content, start: YAMLPosition, end: YAMLPosition) {
        self.content = content
        self.start = start
        self.end = end
    }

    /// What it is, with an article, for messages.
    public var kind: String {
        switch content {
        case .scalar(let scalar):
            switch scalar.value {
            case .null: "nothing"
            case .bool: "a boolean"
            case .int: "a whole number"
            case .float: "a number"
            case .string: "a text"
            }
        case .sequence: "a list"
        case .mapping: "a mapping"
        case .refused: "a refused part"
        }
    }
}

/// A key and its value.
public struct YAMLEntry: Hashable, Sendable {
    /// The key.
    public let key: String
    /// Where the key begins.
    public let keyStart: YAMLPosition
    /// The value.
    public let value: YAMLNode

    /// An entry.
    public init(key: String, keyStart: YAMLPosition, value: YAMLNode) {
        self.key = key
        self.keyStart = keyStart
        self.value = value
    }
}
