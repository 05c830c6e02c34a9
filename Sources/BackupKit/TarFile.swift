import Glibc

/// A tar archive, as far as it must be known to tell that it is whole.
///
/// pg_restore takes the end of a file for the end of a table's rows: half a tar archive is restored with half of the rows, and
/// exit status 0 (measured on PostgreSQL 15).
///
/// Source: POSIX.1-2017, pax, "ustar Interchange Format"; sizes from 8 GB on are in base 256, as GNU tar and pg_dump have it.
public enum TarFile {
    private static let blockBytes = 512
    private static let sizeField = 124..<136
    private static let checksumField = 148..<156

    /// Refuses an archive whose members do not follow one another up to its end mark. Reads the headers only.
    public static func requireWhole(_ path: String) throws(BackupFailure) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw RepositoryFiles.failure(path) }
        defer { close(descriptor) }
        var position: off_t = 0
        while true {
            var block = [UInt8](repeating: 0, count: blockBytes)
            let count = pread(descriptor, &block, blockBytes, position)
            if count < 0 { throw RepositoryFiles.failure(path) }
            guard count == blockBytes else {
                throw .damaged(path: path, reason: "it ends at byte \(position + count), before its end mark")
            }
            if block.allSatisfy({ $0 == 0 }) { return }
            guard let size = size(of: block), isHeader(block) else {
                throw .damaged(path: path, reason: "there is no header at byte \(position)")
            }
            let blocks = (size + off_t(blockBytes) - 1) / off_t(blockBytes)
            position += off_t(blockBytes) * (1 + blocks)
        }
    }

    private static func size(of block: [UInt8]) -> off_t? {
        let field = block[sizeField]
        guard let first = field.first, first & 0x80 != 0 else { return octal(field) }
        return field.dropFirst().suffix(7).reduce(0) { $0 << 8 | off_t($1) }
    }

    private static func octal(_ field: ArraySlice<UInt8>) -> off_t? {
        let text = String(decoding: field.prefix { $0 != 0 }, as: UTF8.self)
        return off_t(text.filter { $0 != " " }, radix: 8)
    }

    /// The sum of a header's bytes, its own field counted as blanks.
    private static func isHeader(_ block: [UInt8]) -> Bool {
        let sum = block.enumerated().reduce(0) {
            $0 + (checksumField.contains($1.offset) ? 32 : Int($1.element))
        }
        return octal(block[checksumField]) == off_t(sum)
    }
}
