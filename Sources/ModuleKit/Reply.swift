/// What a module answers; the kit adds `invocation`, `warnings` and masks secrets.
public struct Reply: Sendable {
    /// Whether the target was changed (or would be, in check mode).
    public var changed: Bool
    /// Further keys.
    public var facts: [String: JSONValue]
    /// Lines for the person who runs the playbook.
    public var warnings: [String]
    /// State before and after, when the task asked for it.
    public var diff: Diff?

    /// Two documents to compare.
    public struct Diff: Sendable, Equatable {
        /// The state that was found.
        public let before: JSONValue
        /// The state that is wanted.
        public let after: JSONValue

        /// A difference.
        public init(before: JSONValue, after: JSONValue) {
            self.before = before
            self.after = after
        }
    }

    /// An answer.
    public init(
        changed: Bool, facts: [String: JSONValue] = [:], warnings: [String] = [], diff: Diff? = nil
    ) {
        self.changed = changed
        self.facts = facts
        self.warnings = warnings
        self.diff = diff
    }
}
