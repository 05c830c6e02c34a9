import BackupKit
import ModuleKit
import SQLClient

/// The files of one backup, as they come about in the work area.
struct BackupDumps {
    let work: BackupWork
    let incoming: IncomingBackup
    private(set) var files: [BackupFile] = []
    private(set) var descriptions: [JSONValue] = []
    private(set) var programs: [JSONValue] = []

    init(work: BackupWork, incoming: IncomingBackup) {
        self.work = work
        self.incoming = incoming
    }

    private var pipeline: Pipeline { Pipeline(timeoutSeconds: work.wishes.timeoutSeconds) }

    /// Last line of a plain dump that is whole.
    ///
    /// Source: PostgreSQL 15, `src/bin/pg_dump/pg_backup_archiver.c`.
    private static let endMark = "-- PostgreSQL database dump complete"
    private static let globalsEndMark = "-- PostgreSQL database cluster dump complete"

    /// Dumps one database from a snapshot that is kept open meanwhile.
    mutating func dump(_ database: BackupSource.Database) throws(ModuleFailure) {
        let session = try work.arguments.connection.session(
            database: ClientPrograms.databaseText(database.name, []), module: PostgreSQLBackupModule.name,
            in: work.context)
        defer { session.close() }
        let snapshot = try BackupSnapshot.open(
            session, bytes: database.bytes, timeoutSeconds: work.wishes.timeoutSeconds)
        let program = work.programs.dump(database: database.name, snapshot: snapshot.name)
        let name = Self.fileName(database.name) + work.programs.suffix
        let result = try run(program, filter: work.programs.compressor, into: name)
        if work.arguments.format == .plain { try requireEndMark(Self.endMark, in: result.rawTail, name) }
        descriptions.append([
            "name": .string(database.name), "bytes": .int(database.bytes),
            "encoding": .string(database.encoding),
            "collversion": .string(database.collationVersion), "file": .string(name),
            "snapshot": .string(snapshot.name),
            "objects": ["tables": .int(Int64(snapshot.tables)), "indexes": .int(Int64(snapshot.indexes))],
            "rows": .object(snapshot.rows.mapValues(JSONValue.int)), "rows_exact": .bool(snapshot.isExact),
        ])
    }

    /// Dumps roles and tablespaces.
    mutating func dumpGlobals(withPasswords: Bool) throws(ModuleFailure) {
        let program = work.programs.globals(withPasswords: withPasswords)
        let result = try run(program, filter: nil, into: "globals.sql")
        try requireEndMark(Self.globalsEndMark, in: result.rawTail, "globals.sql")
    }

    private mutating func run(
        _ program: Program, filter: Program?, into name: String
    ) throws(ModuleFailure) -> Pipeline.Result {
        let result = try work.onHost { () throws(BackupFailure) in
            try pipeline.run(program, filter: filter, into: "\(incoming.path)/\(name)")
        }
        files.append(
            BackupFile(
                path: name, rawBytes: result.rawBytes, storedBytes: result.storedBytes, sha256: result.sha256)
        )
        for program in [program, filter].compactMap({ $0 }) {
            programs.append(["argv": .strings(program.arguments), "exit": 0])
        }
        return result
    }

    /// A database's name as a file's name: what is not plain is written as its bytes.
    static func fileName(_ name: String) -> String {
        var out = ""
        for byte in name.utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "_"), UInt8(ascii: "-"):
                out.unicodeScalars.append(Unicode.Scalar(byte))
            default: out += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
            }
        }
        return out
    }

    private func requireEndMark(_ mark: String, in tail: [UInt8], _ name: String) throws(ModuleFailure) {
        guard String(decoding: tail, as: UTF8.self).contains(mark) else {
            throw .host(
                "\(name) has no end mark: the dump is not whole", hint: "what does the server's log say?")
        }
    }

    // MARK: Verification

    /// Proves what the task asks for, on the files as they are on disk.
    func verify() throws(ModuleFailure) -> JSONValue {
        let start = ProgramFinder.monotonicSeconds()
        if work.arguments.verifyLevel != .none {
            for file in files { try verifyDigest(file) }
        }
        if work.arguments.verifyLevel == .structure {
            for file in files where file.path != "globals.sql" { try verifyStructure(file) }
        }
        let seconds = ProgramFinder.monotonicSeconds() - start
        return [
            "level": .string(work.arguments.verifyLevel.rawValue),
            "result": work.arguments.verifyLevel == .none ? "not verified" : "ok",
            "at": .string(BackupTime.text(ProgramFinder.wallSeconds())),
            "duration_s": .double((seconds * 1000).rounded() / 1000),
        ]
    }

    private func verifyDigest(_ file: BackupFile) throws(ModuleFailure) {
        let path = "\(incoming.path)/\(file.path)"
        let found = try work.onHost { () throws(BackupFailure) in try Pipeline.digest(of: path) }
        guard found.sha256 == file.sha256, found.bytes == file.storedBytes else {
            throw .host("\(path) is not what was written", hint: "is the storage sound?")
        }
    }

    private func verifyStructure(_ file: BackupFile) throws(ModuleFailure) {
        let reader = work.programs.reader(of: "\(incoming.path)/\(file.path)")
        switch work.arguments.format {
        case .custom:
            _ = try work.onHost { () throws(BackupFailure) in
                try pipeline.prove(reader, filter: work.programs.archiveReader)
            }
        case .plain:
            let tail = try work.onHost { () throws(BackupFailure) in try pipeline.prove(reader).tail }
            try requireEndMark(Self.endMark, in: tail, file.path)
        }
    }
}
