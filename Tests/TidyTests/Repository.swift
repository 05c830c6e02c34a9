import Glibc

/// One file of the repository, as the rules look at it.
struct SourceFile {
    /// From the top of the repository.
    let path: String
    let text: String
    /// The text with comments and literals blanked, for rules about code.
    let code: String
    let lines: [Substring]
    let codeLines: [Substring]

    init(path: String, text: String) {
        self.path = path
        self.text = text
        code = path.hasSuffix(".swift") ? SwiftCode.blanked(text) : text
        lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        codeLines = code.split(separator: "\n", omittingEmptySubsequences: false)
    }

    var name: String { path.split(separator: "/").last.map(String.init) ?? path }

    /// The folder below `Sources` or `Tests`: the target.
    var target: String? {
        let parts = path.split(separator: "/")
        return parts.count > 2 && (parts[0] == "Sources" || parts[0] == "Tests") ? String(parts[1]) : nil
    }
}

/// A place where a rule is broken.
struct Finding: CustomStringConvertible, Equatable {
    let path: String
    let line: Int
    let rule: String

    var description: String { "\(path):\(line): \(rule)" }
}

/// The files that git knows or would take.
enum Repository {
    static let root: String = #filePath.split(separator: "/").dropLast(3).map { "/" + $0 }.joined()

    /// Paths from the top; empty when git cannot answer, which a test refuses.
    static let paths: [String] = {
        let command =
            "git -c safe.directory='*' -C '\(root)' ls-files -z --cached --others --exclude-standard"
        guard let pipe = popen(command, "r") else { return [] }
        defer { pclose(pipe) }
        let found = String(decoding: bytes(of: pipe), as: UTF8.self).split(separator: "\0").map(String.init)
        // A file that was removed and not yet committed is still listed, a link is no file of its own.
        return Set(found).filter { kind(of: $0) == S_IFREG }.sorted()
    }()

    static let swiftFiles: [SourceFile] = files { $0.hasSuffix(".swift") }
    static let sources: [SourceFile] = swiftFiles.filter { $0.path.hasPrefix("Sources/") }

    static func files(where isWanted: (String) -> Bool) -> [SourceFile] {
        paths.filter(isWanted).map { SourceFile(path: $0, text: text(of: $0)) }
    }

    static func exists(_ path: String) -> Bool { access("\(root)/\(path)", F_OK) == 0 }

    static func text(of path: String) -> String {
        guard let file = fopen("\(root)/\(path)", "r") else { return "" }
        defer { fclose(file) }
        return String(decoding: bytes(of: file), as: UTF8.self)
    }

    private static func kind(of path: String) -> mode_t {
        var status = stat()
        guard lstat("\(root)/\(path)", &status) == 0 else { return 0 }
        return status.st_mode & S_IFMT
    }

    private static func bytes(of file: UnsafeMutablePointer<FILE>) -> [UInt8] {
        var all: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = fread(&chunk, 1, chunk.count, file)
            if count == 0 { return all }
            all += chunk[..<count]
        }
    }
}
