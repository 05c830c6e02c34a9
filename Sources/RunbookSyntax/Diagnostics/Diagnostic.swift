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
    case yaml
    case duplicateKey = "duplicate-key"
    case unknownKey = "unknown-key"
    case notYet = "not-yet"
    case missingKey = "missing-key"
    case conflictingKeys = "conflicting-keys"
    case wrongKind = "wrong-kind"
    case badValue = "bad-value"
    case badName = "bad-name"
    case duplicateName = "duplicate-name"
    case expressionSyntax = "expression-syntax"
    case unknownName = "unknown-name"
    case outOfReach = "out-of-reach"
    case typeMismatch = "type-mismatch"
    case injection
    case secret
    case unsafeRepeat = "unsafe-repeat"
    case unused
    case tooMany = "too-many"

    /// What the code means, for the reference page.
    public var summary: String {
        switch self {
        case .yaml: "The text is no YAML, or uses a part of YAML that is refused."
        case .duplicateKey: "A key that its mapping already has."
        case .unknownKey: "A key that no version knows."
        case .notYet: "A key or word of a later version."
        case .missingKey: "A key without which its mapping means nothing."
        case .conflictingKeys: "Keys that exclude each other, or a key that has no meaning here."
        case .wrongKind: "A value of another kind than its key takes."
        case .badValue: "A value of the right kind that is refused."
        case .badName: "A text that is no name of the kind wanted."
        case .duplicateName: "A name given twice."
        case .expressionSyntax: "An expression that cannot be read."
        case .unknownName: "A name that nothing declares."
        case .outOfReach: "A name that exists, but not yet or not here."
        case .typeMismatch: "Operands of types that do not go together."
        case .injection: "An expression in a text that would be executed."
        case .secret: "A secret used as a value."
        case .unsafeRepeat: "Declarations under which a step could take effect twice."
        case .unused: "Something declared and never used."
        case .tooMany: "More problems than are shown."
        }
    }
}
