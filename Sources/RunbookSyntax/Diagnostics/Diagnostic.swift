/// Something that is wrong with a document, and where.
public struct Diagnostic: Hashable, Sendable {
    /// Whether the document can be executed in spite of it.
    public enum Severity: String, Hashable, Sendable, CaseIterable {
        case error, warning
    }

    /// How much it matters.
    public let severity: Severity
    /// The line, from 1.
    public let line: Int
    /// The column, from 1, in Unicode scalars.
    public let column: Int
    /// What kind of problem.
    public let code: DiagnosticCode
    /// What is wrong.
    public let message: String
    /// Where to look, or what to write instead.
    public let hint: String?

    /// A diagnostic.
    public init(
        severity: Severity = .error, line: Int, column: Int, code: DiagnosticCode, message: String,
        hint: String? = nil
    ) {
        self.severity = severity
        self.line = line
        self.column = column
        self.code = code
        self.message = message
        self.hint = hint
    }
}

/// What kind of problem a diagnostic tells of; the texts are stable, programs may rely on them.
public enum DiagnosticCode: String, Hashable, Sendable, CaseIterable {
    /// The text is no YAML, or uses a part of YAML that is refused.
    case yaml
    /// A key that its mapping already has.
    case duplicateKey = "duplicate-key"
    /// A key that no version knows.
    case unknownKey = "unknown-key"
    /// A key or word of a later version.
    case notYet = "not-yet"
    /// A key without which its mapping means nothing.
    case missingKey = "missing-key"
    /// Keys that exclude each other, or a key that has no meaning here.
    case conflictingKeys = "conflicting-keys"
    /// A value of another kind than its key takes.
    case wrongKind = "wrong-kind"
    /// A value of the right kind that is refused.
    case badValue = "bad-value"
    /// A text that is no name of the kind wanted.
    case badName = "bad-name"
    /// A name given twice.
    case duplicateName = "duplicate-name"
    /// An expression that cannot be read.
    case expressionSyntax = "expression-syntax"
    /// A name that nothing declares.
    case unknownName = "unknown-name"
    /// A name that exists, but not yet or not here.
    case outOfReach = "out-of-reach"
    /// Operands of types that do not go together.
    case typeMismatch = "type-mismatch"
    /// An expression in a text that would be executed.
    case injection
    /// A secret used as a value.
    case secret
    /// Declarations under which a step could take effect twice.
    case unsafeRepeat = "unsafe-repeat"
    /// Something declared and never used.
    case unused
    /// More problems than are shown.
    case tooMany = "too-many"
}
