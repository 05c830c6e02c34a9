/// The name of a database object, possibly qualified: one text per level, unquoted, exactly as stored.
public struct SQLIdentifier: Hashable, Sendable {
    /// The levels, outermost first: `["public", "invoice"]`.
    public let parts: [String]

    /// A name of these levels, outermost first.
    public init(parts: [String]) {
        self.parts = parts
    }

    /// A name of one level. Dots in it belong to the name.
    public init(_ name: String) {
        parts = [name]
    }

    /// A qualified name; `schema` may be absent.
    public init(schema: String?, _ name: String) {
        parts = schema.map { [$0, name] } ?? [name]
    }

    /// The name as it stands in a statement, every level quoted.
    public func quoted(for dialect: SQLDialect) -> String {
        parts.map { dialect.quoted(identifier: $0) }.joined(separator: ".")
    }
}
