/// What is wrong with an expression, and at which byte of its text.
struct ExpressionProblem: Error {
    let code: DiagnosticCode
    let offset: Int
    let message: String
    var hint: String?

    init(_ code: DiagnosticCode, at offset: Int, _ message: String, hint: String? = nil) {
        self.code = code
        self.offset = offset
        self.message = message
        self.hint = hint
    }
}
