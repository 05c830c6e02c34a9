/// Why a backup does not come about. Earlier backups are untouched in every case.
public enum BackupFailure: Error, Equatable, Sendable {
    /// The folder has no marker: it was never made a repository, or its file system is not mounted.
    case notARepository(path: String)
    /// Another backup has the lane.
    case busy(path: String, holder: String)
    /// A file or folder.
    case file(path: String, reason: String)
    /// The file system is full.
    case full(path: String, written: Int64)
    /// Less space than the backup will need.
    case tooLittleSpace(path: String, available: Int64, needed: Int64)
    /// A program is not there.
    case programMissing(name: String, package: String)
    /// A program failed; the end of what it said.
    case programFailed(name: String, end: ProgramEnd, said: String)
    /// It took longer than allowed.
    case timeout(name: String, seconds: Int)
    /// The dump has no end, or a file is not what was written.
    case damaged(path: String, reason: String)

    /// One line that names the object.
    public var message: String {
        switch self {
        case .notARepository(let path): "\(path) is not a backup repository: it has no marker file"
        case .busy(let path, let holder): "another backup is under way in \(path) (\(holder))"
        case .file(let path, let reason): "\(path): \(reason)"
        case .full(let path, let written): "no space left for \(path) after \(written) bytes"
        case .tooLittleSpace(let path, let available, let needed):
            "\(path) has \(available) bytes free, and the backup needs about \(needed)"
        case .programMissing(let name, let package):
            "program \(name) is not there; install package \(package)"
        case .programFailed(let name, let end, let said):
            "\(name) failed (\(end.text))" + (said.isEmpty ? "" : ": \(said)")
        case .timeout(let name, let seconds): "\(name) was ended after its \(seconds) seconds"
        case .damaged(let path, let reason): "\(path) is damaged: \(reason)"
        }
    }

    /// A question that tells where to look.
    public var hint: String? {
        switch self {
        case .notARepository:
            "is its file system mounted? a new repository is made once with initialize: true"
        case .busy: "should this task wait (on_concurrent: wait) or be skipped?"
        case .full, .tooLittleSpace: "can older backups go, or can the repository have more space?"
        case .programMissing: "is the package installed on the target?"
        case .timeout: "is the timeout too short for this database?"
        case .damaged: "is the storage sound? the earlier backups are untouched"
        case .file, .programFailed: nil
        }
    }
}

/// How a program ended that did not succeed.
public enum ProgramEnd: Equatable, Sendable {
    case exit(Int)
    case signal(Int)
    /// It never ran; the operating system's reason.
    case notStarted(String)

    /// A few words.
    public var text: String {
        switch self {
        case .exit(let status): "exit status \(status)"
        case .signal(let number): "signal \(number)"
        case .notStarted(let reason): reason
        }
    }

    /// The number that a shell would have for it.
    public var code: Int {
        switch self {
        case .exit(let status): status
        case .signal(let number): 128 + number
        case .notStarted: 126
        }
    }
}
