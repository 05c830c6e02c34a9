/// A statement whose inserted parts say what they are.
///
/// Made by interpolation: `identifier:` (quoted name), `literal:` (quoted text), `value:` (bound
/// parameter), `secret:` (quoted text, masked wherever the statement is shown), `keyword:` (a fixed
/// word chosen by the program), `statement:` (a part made the same way). Unlabelled does not compile.
public struct SQLStatement: Hashable, Sendable, ExpressibleByStringInterpolation {
    enum Fragment: Hashable, Sendable {
        case text(String)
        case identifier(SQLIdentifier)
        case literal(String)
        case value(SQLValue)
        case secret(Secret)
    }

    var fragments: [Fragment]

    /// A statement without inserted parts.
    public init(stringLiteral text: String) {
        fragments = [.text(text)]
    }

    /// A statement from its interpolated parts.
    public init(stringInterpolation parts: Interpolation) {
        fragments = parts.fragments
    }

    /// SQL that a person wrote (a task's `query`, a runbook's `sql`), taken as it is, with values to bind.
    ///
    /// The text must already use this engine's placeholders.
    public init(userText text: String, values: [SQLValue] = []) {
        fragments = [.text(text)]
        userValues = values
    }

    var userValues: [SQLValue] = []

    /// The statement as the server gets it.
    public func text(for dialect: SQLDialect) -> String {
        rendered(for: dialect, secret: { dialect.quoted(literal: $0.reveal()) }, value: nil)
    }

    /// The statement as a person may see it: secrets masked, bound values written out as literals.
    public func shown(for dialect: SQLDialect) -> String {
        rendered(
            for: dialect, secret: { _ in "'\(Secret.mask)'" },
            value: { Self.shown($0, for: dialect) })
    }

    /// The bound values, in the order of their placeholders.
    public var values: [SQLValue] {
        userValues
            + fragments.compactMap { fragment in
                if case .value(let value) = fragment { value } else { nil }
            }
    }

    /// The secrets in the statement, so that server messages that echo it can be masked.
    public var secrets: [Secret] {
        fragments.compactMap { fragment in
            if case .secret(let secret) = fragment { secret } else { nil }
        }
    }

    /// Two statements one after the other, as one.
    public static func + (left: SQLStatement, right: SQLStatement) -> SQLStatement {
        var sum = left
        sum.fragments += right.fragments
        sum.userValues += right.userValues
        return sum
    }

    private func rendered(
        for dialect: SQLDialect, secret: (Secret) -> String, value: ((SQLValue) -> String)?
    ) -> String {
        var position = 0
        var out = ""
        for fragment in fragments {
            switch fragment {
            case .text(let text): out += text
            case .identifier(let identifier): out += identifier.quoted(for: dialect)
            case .literal(let text): out += dialect.quoted(literal: text)
            case .secret(let text): out += secret(text)
            case .value(let bound):
                position += 1
                out += value?(bound) ?? dialect.placeholder(position)
            }
        }
        return out
    }

    private static func shown(_ value: SQLValue, for dialect: SQLDialect) -> String {
        switch value {
        case .null: "NULL"
        case .bool(let truth): truth ? "true" : "false"
        case .int(let number): String(number)
        case .double(let number): String(number)
        case .decimal(let digits): digits
        case .text(let text), .json(let text): dialect.quoted(literal: text)
        case .bytes(let bytes): "<\(bytes.count) bytes>"
        case .array(let elements):
            "ARRAY[" + elements.map { shown($0, for: dialect) }.joined(separator: ", ") + "]"
        }
    }
}

extension Sequence where Element == SQLStatement {
    /// The parts in a row, with a fixed text between them.
    public func joined(separator: SQLStatement) -> SQLStatement {
        var sum: SQLStatement = ""
        for (index, part) in enumerated() {
            // In place: a sum of sums would copy a long list once for each of its parts.
            if index == 0 {
                sum = part
                continue
            }
            for piece in [separator, part] {
                sum.fragments += piece.fragments
                sum.userValues += piece.userValues
            }
        }
        return sum
    }
}

extension SQLStatement {
    /// Collects the parts of an interpolated statement.
    public struct Interpolation: StringInterpolationProtocol {
        var fragments: [Fragment] = []

        /// Called by the compiler.
        public init(literalCapacity: Int, interpolationCount: Int) {
            fragments.reserveCapacity(2 * interpolationCount + 1)
        }

        /// Text of the program itself.
        public mutating func appendLiteral(_ text: String) {
            if !text.isEmpty { fragments.append(.text(text)) }
        }

        /// A name of one level, quoted.
        public mutating func appendInterpolation(identifier name: String) {
            fragments.append(.identifier(SQLIdentifier(name)))
        }

        /// A possibly qualified name, quoted.
        public mutating func appendInterpolation(identifier: SQLIdentifier) {
            fragments.append(.identifier(identifier))
        }

        /// A text as a literal, where the engine takes no bound parameter (DDL).
        public mutating func appendInterpolation(literal text: String) {
            fragments.append(.literal(text))
        }

        /// A bound parameter.
        public mutating func appendInterpolation(value: SQLValue) {
            fragments.append(.value(value))
        }

        /// A text as a literal that is masked wherever the statement is shown.
        public mutating func appendInterpolation(secret: Secret) {
            fragments.append(.secret(secret))
        }

        /// A fixed word that the program chose (`CASCADE`, `LOGIN`).
        public mutating func appendInterpolation(keyword: StaticString) {
            fragments.append(.text("\(keyword)"))
        }

        /// A whole number, written as digits.
        public mutating func appendInterpolation(integer: Int64) {
            fragments.append(.text(String(integer)))
        }

        /// A part that was made as a statement.
        public mutating func appendInterpolation(statement: SQLStatement) {
            fragments += statement.fragments
        }

        /// SQL that a person wrote and that stands for itself (column definitions, expressions).
        public mutating func appendInterpolation(userText text: String) {
            fragments.append(.text(text))
        }
    }
}
