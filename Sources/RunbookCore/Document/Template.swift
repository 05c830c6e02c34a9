/// Text of a document with `${{ expressions }}` in it.
public struct Template: Hashable, Sendable {
    /// A piece of a template.
    public enum Segment: Hashable, Sendable {
        /// Literal text.
        case text(String)
        /// An expression whose text is inserted.
        case expression(Expression)
    }

    /// The pieces, in order.
    public let segments: [Segment]

    /// A template that was parsed elsewhere.
    public init(segments: [Segment]) { self.segments = segments }

    /// A template without expressions.
    public init(_ text: String) { segments = text.isEmpty ? [] : [.text(text)] }

    /// Whether the template is plain text.
    public var isLiteral: Bool { expressions.isEmpty }

    /// The expressions, in order.
    public var expressions: [Expression] {
        segments.compactMap { if case .expression(let expression) = $0 { expression } else { nil } }
    }

    /// The text with every expression replaced by its value.
    public func render(in scope: Scope) throws(EvaluationFailure) -> String {
        var text = ""
        for segment in segments {
            switch segment {
            case .text(let literal): text += literal
            case .expression(let expression): text += try Self.text(of: expression, in: scope)
            }
        }
        return text
    }

    /// The value: of its own type when the template is one expression and nothing else, text otherwise.
    public func evaluate(in scope: Scope) throws(EvaluationFailure) -> RunbookValue {
        if segments.count == 1, case .expression(let expression) = segments[0] {
            return try expression.evaluate(in: scope)
        }
        return .string(try render(in: scope))
    }

    /// The text as far as it is known: an expression without a value yet stays as it was written.
    public func preview(in scope: Scope) -> String {
        segments.map { segment in
            switch segment {
            case .text(let literal): return literal
            case .expression(let expression):
                do { return try Self.text(of: expression, in: scope) } catch {
                    return "${{ \(expression.text) }}"  // not known before the run
                }
            }
        }.joined()
    }

    /// The template as its author wrote it.
    public var source: String {
        segments.map { segment in
            switch segment {
            case .text(let literal): literal
            case .expression(let expression): "${{ \(expression.text) }}"
            }
        }.joined()
    }

    private static func text(
        of expression: Expression, in scope: Scope
    ) throws(EvaluationFailure) -> String {
        let value = try expression.evaluate(in: scope)
        if let text = value.text { return text }
        if value == .null { throw .absent(expression: expression.text) }
        throw .wrongType(operation: "${{ }}", found: "\(value.type)")
    }
}
