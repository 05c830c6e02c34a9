import RunbookCore
import RunbookJournal

/// Proves the files beside a journal that its records name by their digests: documents, the files they use, evidence,
/// and what commands said.
public enum RunProof {
    /// Proves every one of them.
    ///
    /// - Returns: How many there are.
    public static func proveFiles(of records: [JournalRecord], in folder: RunFolder) throws(RuntimeFailure)
        -> Int
    {
        var count = 0
        for record in records {
            switch record.kind {
            case "run.open": count += try proveDocument(of: record, in: folder.at(version: 1))
            case "doc.switch":
                let version = record.body["version"]?.int.map(Int.init) ?? 1
                count += try proveDocument(of: record, in: folder.at(version: version))
            case "attestation":
                for case .string(let digest) in (record.body["files"]?.object ?? [:]).values {
                    try prove(KeptEvidence.path(digest, in: folder), digest)
                    count += 1
                }
            case "exited": count += try CommandLogs.prove(record, in: folder)
            default: break
            }
        }
        return count
    }

    /// Proves one version of the document, and the files that it uses.
    static func proveDocument(of record: JournalRecord, in folder: RunFolder) throws(RuntimeFailure) -> Int {
        var digests = [folder.snapshotPath: record.body["digest"]?.string]
        for (path, digest) in record.body["includes"]?.object ?? [:] {
            digests[SQLRunner.snapshot(of: path, in: folder)] = digest.string
        }
        for (path, digest) in digests.sorted(by: { $0.key < $1.key }) { try prove(path, digest) }
        return digests.count
    }

    private static func prove(_ path: String, _ digest: String?) throws(RuntimeFailure) {
        guard Files.exists(path), try Files.digest(of: Files.read(path)) == digest else {
            throw .changed(path: path)
        }
    }
}
