import BackupKit
import ModuleKit

/// A file or folder of `target`: what is in it follows from its name, as in community.postgresql.
struct DumpTarget: Equatable {
    enum Format: String, Equatable {
        case plain, tar, custom, directory
    }

    enum Compression: String, Equatable {
        case gzip, bzip2, xz
    }

    let path: String
    let format: Format
    /// The program that the SQL text passes; archives are compressed by pg_dump itself.
    let compression: Compression?

    /// The file that a folder of pg_dump holds.
    static let folderMarker = "toc.dat"

    private static let formats: [String: Format] = [".tar": .tar, ".pgc": .custom, ".dir": .directory]
    private static let compressions: [String: Compression] = [".gz": .gzip, ".bz2": .bzip2, ".xz": .xz]

    /// The target of a dump; an option of pg_dump that names a format wins over the suffix.
    init(dump path: String, words: [String]) throws(ModuleFailure) {
        self.init(path: path)
        try DumpWords.requireNoFile(words)
        if let format = try DumpWords.format(words) { self = DumpTarget(self, format: format) }
        if compression != nil, format != .plain {
            throw .impossible(
                "an archive of format \(format.rawValue) is compressed by pg_dump, not by \(path)",
                hint: "can the target end with .pgc, .tar or .dir?")
        }
        if format == .plain, DumpWords.compresses(words) {
            throw .impossible(
                "a plain dump is compressed by the suffix of its target, not by an option of pg_dump",
                hint: "can \(path) end with .gz, .bz2 or .xz?")
        }
    }

    /// The target of a restore; a custom archive is known by its first bytes, whatever its name.
    init(restore path: String) throws(ModuleFailure) {
        self.init(path: path)
        let found = self
        try ModuleFailure.onHost { () throws(BackupFailure) in
            try DumpFile.requireReadable(
                found.path, entry: found.format == .directory ? Self.folderMarker : nil)
        }
        guard format == .plain, compression == nil else { return }
        let magic = PlainDump.archiveMagic
        let head = try ModuleFailure.onHost { () throws(BackupFailure) in
            try DumpFile.head(of: found.path, bytes: magic.count)
        }
        if head == magic { self = DumpTarget(self, format: .custom) }
    }

    private init(path: String) {
        var path = path[...]
        while path.count > 1, path.hasSuffix("/") { path = path.dropLast() }
        self.path = String(path)
        let name = path.split(separator: "/").last ?? ""
        // A dot at the beginning hides a file and is no suffix.
        let dot = name.lastIndex(of: ".").flatMap { $0 == name.startIndex ? nil : $0 }
        let suffix = dot.map { String(name[$0...]) } ?? ""
        format = Self.formats[suffix] ?? .plain
        compression = Self.compressions[suffix]
    }

    private init(_ other: DumpTarget, format: Format) {
        path = other.path
        compression = other.compression
        self.format = format
    }

    /// The program that compresses; several processors are used where pigz is there.
    var compressor: Program? {
        switch compression {
        case .gzip: Program([gzipName, "-c"], package: "gzip")
        case .bzip2: Program(["bzip2", "-c"], package: "bzip2")
        case .xz: Program(["xz", "-c"], package: "xz-utils")
        case nil: nil
        }
    }

    /// The program that writes the SQL text of a file to its standard output.
    func reader(of path: String) -> Program {
        switch compression {
        case .gzip: Program([gzipName, "-d", "-c", path], package: "gzip")
        case .bzip2: Program(["bzip2", "-d", "-c", path], package: "bzip2")
        case .xz: Program(["xz", "-d", "-c", path], package: "xz-utils")
        case nil: Program(["cat", path], package: "coreutils")
        }
    }

    private var gzipName: String { ProgramFinder.onPath("pigz") == nil ? "gzip" : "pigz" }
}
