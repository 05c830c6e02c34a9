import RunbookCore
import YAMLDocument

/// Reads the text of a runbook.
public struct RunbookParser {
    /// The document, or everything that is wrong with it; any bytes are survived.
    public static func parse(text: [UInt8], fileName: String) -> ParsedRunbook {
        let source = SourceText(text)
        let yaml = YAMLDocument.parse(source)
        var reader = DocumentReader(source: source)
        for problem in yaml.problems {
            reader.report(
                problem.code, at: problem.position, problem.description, hint: problem.hint)
        }
        guard let root = yaml.root else {
            return ParsedRunbook(
                document: nil, diagnostics: reader.sortedDiagnostics, source: source, fileName: fileName)
        }
        var runbook = RunbookReader(root: root, reader: reader)
        let (document, diagnostics) = runbook.read()
        return ParsedRunbook(document: document, diagnostics: diagnostics, source: source, fileName: fileName)
    }
}

extension YAMLProblem {
    fileprivate var code: DiagnosticCode {
        switch reason {
        case .duplicateKey: .duplicateKey
        case .invalidUTF8, .syntax, .empty, .severalDocuments, .unfitKey, .mergeKey, .anchor, .alias, .tag,
            .overLimit:
            .yaml
        }
    }
}

/// What came of reading a text.
public struct ParsedRunbook: Sendable {
    /// The document; `nil` when there is any error.
    public let document: RunbookDocument?
    /// Errors and warnings, in the order of the text.
    public let diagnostics: [Diagnostic]
    private let source: SourceText
    private let fileName: String

    init(document: RunbookDocument?, diagnostics: [Diagnostic], source: SourceText, fileName: String) {
        self.document = document
        self.diagnostics = diagnostics
        self.source = source
        self.fileName = fileName
    }

    /// Every diagnostic as compilers print it; empty when there is none.
    public var report: String {
        diagnostics.map { $0.rendered(source: source, fileName: fileName) }.joined(separator: "\n")
    }
}
