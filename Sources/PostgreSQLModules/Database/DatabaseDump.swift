import BackupKit
import ModuleKit
import SQLClient

/// `state: dump`: the target gets its name only when every program succeeded and the dump was read back to its end.
struct DatabaseDump {
    let task: DumpTask
    let target: DumpTarget
    let published: PublishedTarget
    private let program: Program

    private let pipeline = Pipeline(timeoutSeconds: 0)

    init(_ task: DumpTask) throws(ModuleFailure) {
        self.task = task
        let target = try DumpTarget(dump: task.path, words: task.words)
        self.target = target
        published = try ModuleFailure.onHost { () throws(BackupFailure) in
            try PublishedTarget(
                target.path, isFolder: target.format == .directory, marker: DumpTarget.folderMarker)
        }
        let format = target.format == .plain ? [] : ["--format=\(target.format.rawValue)"]
        program = try task.programs.connected("pg_dump", format + task.roleWords + task.words)
        try task.requirePresent([target.compressor])
        if target.format != .plain { _ = try archiveReader() }
    }

    private func archiveReader() throws(ModuleFailure) -> Program {
        try task.programs.local("pg_restore", ["--file=/dev/null", published.incoming])
    }

    /// The command as a person would write it; it really writes beside the target first.
    private var command: String {
        let dump = ShellWords.command(program.arguments)
        let path = ShellWords.quoted(target.path)
        if target.format != .plain { return "\(dump) --file=\(path)" }
        guard let compressor = target.compressor else { return "\(dump) > \(path)" }
        return "\(dump) | \(ShellWords.command(compressor.arguments)) > \(path)"
    }

    /// Makes the dump; in check mode only says how.
    func reply() throws(ModuleFailure) -> Reply {
        if task.context.checkMode { return task.planned(command) }
        let reader = try archiveReader()
        let removed = published.removeLeftovers()
        do throws(BackupFailure) {
            let said = try write()
            try verify(reader)
            try published.publish()
            return task.done(
                command, output: "", said: said,
                warnings: removed.map { "removed the unfinished dump of a run that was killed: \($0)" })
        } catch {
            published.discard()
            return task.failed(command, error)
        }
    }

    private func write() throws(BackupFailure) -> String {
        if target.format == .plain {
            let result = try pipeline.run(program, filter: target.compressor, into: published.incoming)
            try requireEndMark(result.rawTail)
            return result.said
        }
        // pg_dump writes archives itself: only into a file can it put the positions that a parallel restore needs.
        if target.format != .directory { try published.makeEmpty() }
        let writer = Program(
            program.arguments + ["--file=\(published.incoming)"], environment: program.environment,
            package: program.package)
        return try pipeline.prove(writer).said
    }

    /// Reads the dump to its end as it is on disk.
    private func verify(_ reader: Program) throws(BackupFailure) {
        switch (target.format, target.compression) {
        case (.plain, nil): break
        case (.plain, .some):
            try requireEndMark(try pipeline.prove(target.reader(of: published.incoming)).tail)
        case (.custom, _), (.directory, _): _ = try pipeline.prove(reader)
        case (.tar, _):
            try TarFile.requireWhole(published.incoming)
            _ = try pipeline.prove(reader)
        }
    }

    private func requireEndMark(_ tail: [UInt8]) throws(BackupFailure) {
        guard String(decoding: tail, as: UTF8.self).contains(PlainDump.endMark) else {
            throw .damaged(path: target.path, reason: "pg_dump ended without its end mark")
        }
    }
}
