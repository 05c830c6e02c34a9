import Glibc

/// A file with expected text below `Tests/`.
public struct GoldenText {
    /// The file's lines, without empty ones.
    public let lines: [String]
    /// The whole text.
    public let text: String

    /// Why the file cannot be read.
    public struct Unreadable: Error {
        /// The file.
        public let path: String
    }

    /// Reads a file, named from `Tests/` on.
    public init(_ path: String, testsFolder: String = Self.testsFolder()) throws {
        let path = testsFolder + "/" + path
        guard let file = fopen(path, "r") else { throw Unreadable(path: path) }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = fread(&chunk, 1, chunk.count, file)
            if count == 0 { break }
            bytes += chunk[..<count]
        }
        text = String(decoding: bytes, as: UTF8.self)
        lines = text.split(separator: "\n").map(String.init)
    }

    /// The folder `Tests` of this checkout.
    public static func testsFolder(_ file: String = #filePath) -> String {
        var parts = file.split(separator: "/", omittingEmptySubsequences: false)
        parts.removeLast(3)
        return parts.joined(separator: "/") + "/Tests"
    }
}
