import Digests
import RunbookCore
import RunbookJournal

/// Files that people hand in with an answer: the run keeps a copy of each, named by its digest.
enum KeptEvidence {
    /// The folder of the copies.
    static func folder(_ folder: RunFolder) -> String { "\(folder.path)/evidence" }

    /// Where the copy with this digest lies.
    static func path(_ digest: String, in folder: RunFolder) -> String {
        "\(self.folder(folder))/\(digest)"
    }

    /// Copies the files of an answer, durably, ahead of the record that names them.
    ///
    /// - Returns: Digest by the name of the evidence; empty for any other event.
    static func keep(
        _ event: RunEvent, of document: RunbookDocument, in folder: RunFolder
    ) throws(RuntimeFailure) -> [String: JournalValue] {
        guard case .answered(let id, let answer) = event,
            case .manual(let manual)? = document.allSteps.first(where: { $0.id == id.base })?.action
        else { return [:] }
        var digests: [String: JournalValue] = [:]
        for evidence in manual.evidence where evidence.kind == .file {
            guard case .string(let path)? = answer[evidence.id] else { continue }
            let bytes = try Files.read(path)
            let digest = try Files.digest(of: bytes)
            try Files.makeFolder(Self.folder(folder))
            try Files.write(bytes, to: Self.path(digest, in: folder))
            digests[evidence.id.text] = .string(digest)
        }
        if !digests.isEmpty {
            try Files.syncFolder(Self.folder(folder))
            try Files.syncFolder(folder.path)
        }
        return digests
    }
}
