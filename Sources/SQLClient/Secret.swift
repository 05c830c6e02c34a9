/// A text that may be used but never shown: passwords, verifiers, keys.
///
/// Its description is a fixed mask, so that it cannot reach a log by interpolation.
public struct Secret: Hashable, Sendable, CustomStringConvertible, CustomDebugStringConvertible {
    /// What is shown in the place of any secret.
    public static let mask = "********"

    private let text: String

    /// Wraps a text; from here on it is shown as the mask only.
    public init(_ text: String) {
        self.text = text
    }

    /// The text itself, for the one call that needs it.
    public func reveal() -> String { text }

    /// Whether the text is empty (an empty password means "no password" to most engines).
    public var isEmpty: Bool { text.isEmpty }

    /// Always the mask.
    public var description: String { Self.mask }

    /// Always the mask.
    public var debugDescription: String { Self.mask }
}
