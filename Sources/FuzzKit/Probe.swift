import Digests
import RunbookCore
import RunbookJournal
import RunbookSyntax
import YAMLDocument

/// Something that reads bytes from outside, and must survive any.
public enum Probe: String, CaseIterable, Sendable {
    case document, journal

    /// What is wrong with how an input was taken; `nil` when all is well. A trap ends the process.
    public func complaint(of input: [UInt8]) -> String? {
        switch self {
        case .document: Self.document(input)
        case .journal: Self.journal(input) ?? Self.journal(SealedJournal.bytes(of: input))
        }
    }

    // MARK: Documents

    private static func document(_ input: [UInt8]) -> String? {
        let parsed = RunbookParser.parse(text: input, fileName: "x.yml")
        let errors = parsed.diagnostics.filter { $0.severity == .error }
        guard (parsed.document == nil) == !errors.isEmpty else { return "refused without a reason" }
        if let lost = errors.first(where: { ($0.hint ?? "").isEmpty }) { return "no hint: \(lost.message)" }
        let source = SourceText(input)
        for diagnostic in parsed.diagnostics {
            let length = source.line(diagnostic.line).unicodeScalars.count
            let isInside =
                diagnostic.line >= 1 && diagnostic.line <= source.lineCount && diagnostic.column >= 1
                && diagnostic.column <= length + 1
            guard isInside else {
                return "no such place: \(diagnostic.line):\(diagnostic.column) \(diagnostic.message)"
            }
        }
        guard parsed.report.isEmpty == parsed.diagnostics.isEmpty else {
            return "a report that tells nothing"
        }
        if let document = parsed.document { plan(document) }
        return nil
    }

    /// What a check that went well leads to.
    private static func plan(_ document: RunbookDocument) {
        guard case .success(let values) = ParameterBinding.bind([], to: document) else { return }
        _ = RunbookPlanner.items(of: document, parameters: values)
        _ = document.allSteps.map(\.canonicalText)
    }

    // MARK: Journals

    private static func journal(_ input: [UInt8]) -> String? {
        let chain: JournalChain
        do throws(JournalChain.Damage) {
            chain = try JournalChain(input)
        } catch {
            return error.message.isEmpty ? "damage without words" : nil
        }
        guard chain.wholeBytes + chain.tornBytes == input.count else { return "bytes that belong nowhere" }
        for record in chain.records {
            let event: RunEvent?
            do throws(RunEvent.Unreadable) {
                event = try RunEvent(record)
            } catch {
                continue
            }
            if let event, event.encoded.kind != record.kind { return "'\(record.kind)' became another event" }
        }
        return nil
    }
}

/// A journal whose lines were changed, with the hashes that its writer would have given them: without, nothing behind the
/// proof of the chain would ever be reached.
enum SealedJournal {
    static func bytes(of input: [UInt8]) -> [UInt8] {
        var sealed: [UInt8] = []
        var head = String(repeating: "0", count: 64)
        for line in input.split(separator: 0x0A) {
            let tail = Array(",\"prev\":\"".utf8)
            let end = line.indices.last { line[$0...].starts(with: tail) } ?? line.endIndex
            let content = Array(line[..<end] + tail) + head.utf8 + "\"".utf8
            guard let hash = try? SHA256.hexDigest(of: Array(head.utf8) + content) else { return sealed }
            sealed += content + ",\"h\":\"\(hash)\"}\n".utf8
            head = hash
        }
        return sealed
    }
}
