/// A value of a document whose texts may contain expressions: an SQL argument, a variable for Ansible.
public indirect enum ValueTemplate: Hashable, Sendable {
    /// A value without expressions.
    case literal(RunbookValue)
    /// A text, or one expression that keeps its type.
    case template(Template)
    /// Values in order.
    case list([ValueTemplate])
    /// Values by name, in the order of the document.
    case map([Field])

    /// One entry of a map.
    public struct Field: Hashable, Sendable {
        /// Key of the entry.
        public let name: String
        /// Value of the entry.
        public let value: ValueTemplate

        /// An entry.
        public init(name: String, value: ValueTemplate) {
            self.name = name
            self.value = value
        }
    }

    /// The value with every expression evaluated.
    public func evaluate(in scope: Scope) throws(EvaluationFailure) -> RunbookValue {
        switch self {
        case .literal(let value): return value
        case .template(let template): return try template.evaluate(in: scope)
        case .list(let items):
            var values: [RunbookValue] = []
            for item in items { values.append(try item.evaluate(in: scope)) }
            return .list(values)
        case .map(let fields):
            var values: [String: RunbookValue] = [:]
            for field in fields { values[field.name] = try field.value.evaluate(in: scope) }
            return .map(values)
        }
    }
}
