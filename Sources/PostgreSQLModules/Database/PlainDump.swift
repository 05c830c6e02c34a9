import ModuleKit

/// What both ends of an SQL file tell: whether pg_dump made it, and whether it is whole.
struct PlainDump: Equatable {
    /// Where a file comes from decides how it is run.
    enum Kind: Equatable {
        /// One database by pg_dump: everything or nothing.
        case database
        /// pg_dump with `--create`, or pg_dumpall: creates databases, which no transaction may.
        case creatingDatabases
        /// Written by a person or another program; it governs its own transactions.
        case script
    }

    /// The texts that pg_dump and pg_dumpall begin and end a plain dump with.
    ///
    /// Source: PostgreSQL 13 to 18, `src/bin/pg_dump/pg_backup_archiver.c` and `pg_dumpall.c`.
    private static let marks: [(begin: String, end: String)] = [
        ("-- PostgreSQL database dump\n", "-- PostgreSQL database dump complete"),
        ("-- PostgreSQL database cluster dump\n", "-- PostgreSQL database cluster dump complete"),
    ]

    /// The last line of a plain dump of one database.
    static let endMark = marks[0].end

    /// What a custom archive begins with.
    static let archiveMagic = Array("PGDMP".utf8)

    let kind: Kind
    /// The end mark that must be there and is not; `nil` for a whole dump and for a script.
    let missingEnd: String?
    /// The lines at the head that are run in another form, as they are.
    let replacedHead: String
    /// What is run instead.
    let head: String

    /// Reads the first and the last bytes of a file.
    init(head bytes: [UInt8], tail: [UInt8]) {
        let text = String(decoding: bytes, as: UTF8.self)
        let begin = text.prefix(200)
        guard let mark = Self.marks.first(where: { begin.contains($0.begin) }) else {
            kind = .script
            missingEnd = nil
            replacedHead = ""
            head = ""
            return
        }
        missingEnd = String(decoding: tail, as: UTF8.self).contains(mark.end) ? nil : mark.end
        let createsDatabases =
            mark.end != Self.endMark || text.contains("\nCREATE DATABASE ") || text.contains("\n\\connect ")
        kind = createsDatabases ? .creatingDatabases : .database
        let preamble = Self.preamble(of: text)
        let isReplaced = preamble.hasSuffix(Self.createPublic)
        replacedHead = isReplaced ? String(preamble) : ""
        head = isReplaced ? preamble.dropLast(Self.createPublic.count) + Self.createPublicIfMissing : ""
    }

    /// A dump of the schema `public` alone creates it, and every database has it already.
    private static let createPublic = "\nCREATE SCHEMA public;\n"
    private static let createPublicIfMissing = "\nCREATE SCHEMA IF NOT EXISTS public;\n"

    private static let preambleBegins = [
        "--", "\\restrict ", "SET ", "SELECT pg_catalog.set_config(", "CREATE SCHEMA ", "ALTER SCHEMA ",
    ]

    /// The lines before the first table or function, up to the creation of `public` if that is among them.
    private static func preamble(of text: String) -> Substring {
        var rest = text[...]
        while let end = rest.firstIndex(of: "\n") {
            let line = rest[..<end]
            guard line.isEmpty || preambleBegins.contains(where: line.hasPrefix) else { break }
            rest = rest[text.index(after: end)...]
            if line == "CREATE SCHEMA public;" { break }
        }
        return text[..<rest.startIndex]
    }
}
