import RunbookCore
import YAMLDocument

/// Reads the text of a runbook.
public struct RunbookParser {
    /// Bytes that a document may have; nobody needs to read more of a file.
    public static let bytesMax = YAMLDocument.Limits().bytesMax

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
        let (document, diagnostics, calls) = runbook.read()
        var parsed = ParsedRunbook(
            document: document, diagnostics: diagnostics, source: source, fileName: fileName)
        parsed.calls = calls
        return parsed
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
    public private(set) var document: RunbookDocument?
    /// Errors and warnings, in the order of the text.
    public private(set) var diagnostics: [Diagnostic]
    /// Calls of other documents, with their places.
    var calls: [CallPlace] = []
    private let source: SourceText
    private let fileName: String

    init(document: RunbookDocument?, diagnostics: [Diagnostic], source: SourceText, fileName: String) {
        self.document = document
        self.diagnostics = diagnostics
        self.source = source
        self.fileName = fileName
    }

    /// The same with what is wrong with the calls of other documents, at their places in this one.
    ///
    /// - Parameters:
    ///   - path: This document's file, from which the others are found.
    ///   - read: The bytes of a file; `nil` when it cannot be read.
    public func checkingCalls(path: String, read: @escaping (String) -> [UInt8]?) -> ParsedRunbook {
        guard document != nil, !calls.isEmpty else { return self }
        var called = CalledDocuments(read: read)
        let found = called.problems(of: self, at: path)
        guard !found.isEmpty else { return self }
        var checked = self
        checked.document = nil
        let all = (diagnostics + found).enumerated()
        checked.diagnostics = all.sorted {
            ($0.element.line, $0.element.column, $0.offset) < ($1.element.line, $1.element.column, $1.offset)
        }.map(\.element)
        return checked
    }

    /// Every diagnostic as compilers print it; empty when there is none.
    public var report: String {
        diagnostics.map { $0.rendered(source: source, fileName: fileName) }.joined(separator: "\n")
    }
}
