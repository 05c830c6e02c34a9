import Glibc
import RunbookCore
import RunbookRuntime
import RunbookSyntax

/// Reads the documents that steps call.
struct ParsedDocuments: DocumentSource {
    func document(_ text: [UInt8], path: String) throws(RuntimeFailure) -> RunbookDocument {
        let parsed = RunbookParser.parse(text: text, fileName: path)
        guard let document = parsed.document else { throw .refused(parsed.report) }
        return document
    }

    func values(
        _ given: [(name: String, text: String)], for document: RunbookDocument
    ) throws(RuntimeFailure) -> [ValueName: RunbookValue] {
        switch ParameterBinding.bind(given, to: document, pathExists: { access($0, F_OK) == 0 }) {
        case .success(let values): return values
        case .failure(let problems):
            throw .refused(problems.all.map { "\(document.id): \($0.description)" }.joined(separator: "; "))
        }
    }
}
