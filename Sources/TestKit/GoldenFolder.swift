import Glibc

/// A folder of expected texts below the checkout, which `RECORD_GOLDEN=1` rewrites.
public struct GoldenFolder: Sendable {
    private let path: String

    /// Why a text is not the expected one.
    public enum Mismatch: Error, CustomStringConvertible {
        case unreadable(path: String)
        /// The first line that differs.
        case differs(file: String, line: Int, expected: String, found: String)
        /// The run recorded the text and fails on purpose.
        case recorded(file: String)

        /// The mismatch, for people.
        public var description: String {
            switch self {
            case .unreadable(let path): "\(path) cannot be read or written"
            case .differs(let file, let line, let expected, let found):
                "\(file), line \(line): expected \"\(expected)\", found \"\(found)\""
            case .recorded(let file): "\(file) was recorded: review it, then run without RECORD_GOLDEN"
            }
        }
    }

    /// A folder, named from `Tests/` on, or from the checkout's top with `..`.
    public init(_ path: String) { self.path = GoldenText.testsFolder() + "/" + path }

    /// Files with this ending, sorted; empty when the folder does not exist.
    public func names(endingIn ending: String) -> [String] {
        guard let folder = opendir(path) else { return [] }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name.hasSuffix(ending) { names.append(name) }
        }
        return names.sorted()
    }

    /// All bytes of a file.
    public func bytes(_ name: String) throws(Mismatch) -> [UInt8] {
        guard let file = fopen(path + "/" + name, "r") else { throw .unreadable(path: name) }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = fread(&chunk, 1, chunk.count, file)
            if count == 0 { return bytes }
            bytes += chunk[..<count]
        }
    }

    /// Compares a text with a file.
    public func compare(_ text: String, with name: String) throws(Mismatch) {
        if getenv("RECORD_GOLDEN") != nil { throw try record(text, as: name) }
        let expected = String(decoding: try bytes(name), as: UTF8.self)
        guard Array(expected.utf8) != Array(text.utf8) else { return }
        let (old, new) = (Self.lines(expected), Self.lines(text))
        let index = (0..<max(old.count, new.count)).first { index in
            index >= old.count || index >= new.count || old[index] != new[index]
        }
        let line = index ?? 0
        throw .differs(
            file: name, line: line + 1, expected: line < old.count ? old[line] : "(end)",
            found: line < new.count ? new[line] : "(end)")
    }

    private func record(_ text: String, as name: String) throws(Mismatch) -> Mismatch {
        guard let file = fopen(path + "/" + name, "w") else { throw .unreadable(path: name) }
        defer { fclose(file) }
        let bytes = Array(text.utf8)
        guard fwrite(bytes, 1, bytes.count, file) == bytes.count else { throw .unreadable(path: name) }
        return .recorded(file: name)
    }

    private static func lines(_ text: String) -> [String] {
        text.utf8.split(separator: 0x0A, omittingEmptySubsequences: false).map {
            String(decoding: $0, as: UTF8.self)
        }
    }
}
