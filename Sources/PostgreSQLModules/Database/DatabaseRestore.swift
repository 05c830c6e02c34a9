import BackupKit
import ModuleKit
import SQLClient

/// `state: restore`: the file is read to its end before anything is loaded, and loaded as a whole or not at all.
struct DatabaseRestore {
    let task: DumpTask
    let target: DumpTarget

    private let pipeline = Pipeline(timeoutSeconds: 0)

    init(_ task: DumpTask) throws(ModuleFailure) {
        self.task = task
        target = try DumpTarget(restore: task.path)
    }

    /// Restores; in check mode proves the file and says how.
    func reply() throws(ModuleFailure) -> Reply {
        target.format == .plain ? try plain() : try archive()
    }

    // MARK: Archives

    private func archive() throws(ModuleFailure) -> Reply {
        let isWhole = !DumpWords.excludesTransaction(task.words)
        let words =
            ["--exit-on-error"] + (isWhole ? ["--single-transaction"] : []) + task.roleWords + task.words
        let restore = try task.programs.connected("pg_restore", words + [target.path])
        let reader = try task.programs.local("pg_restore", ["--file=/dev/null", target.path])
        let command = ShellWords.command(restore.arguments)
        do throws(BackupFailure) {
            // pg_restore --list is content with half an archive; this reads all of it.
            if target.format == .tar { try TarFile.requireWhole(target.path) }
            _ = try pipeline.prove(reader)
        } catch {
            return task.failed(command, damaged(error))
        }
        if task.context.checkMode { return task.planned(command) }
        do throws(BackupFailure) {
            let output = try pipeline.prove(restore)
            return task.done(command, output: text(output.tail), said: output.said)
        } catch {
            return task.failed(command, error, mayHaveChanged: !isWhole)
        }
    }

    // MARK: SQL text

    /// What psql says last, after it has read everything.
    private static let readMark = "vigie: everything is read"

    private func plain() throws(ModuleFailure) -> Reply {
        let reader = target.reader(of: target.path)
        try task.requirePresent([reader])
        let words = ["--no-psqlrc", "--set=ON_ERROR_STOP=1"] + task.words + ["--file=-"]
        let psql = try task.programs.connected("psql", words)
        let dump: PlainDump
        do throws(BackupFailure) {
            let output = try pipeline.prove(reader)
            dump = PlainDump(head: output.head, tail: output.tail)
            try requireWhole(dump, head: output.head)
        } catch {
            return task.failed(command(reader, psql, before: "", isWhole: false), damaged(error))
        }
        try requireRoleHolds(dump.kind)
        let isWhole = isWhole(dump.kind)
        let command = command(reader, psql, before: opening(isWhole), isWhole: isWhole)
        if task.context.checkMode { return task.planned(command) }
        do throws(BackupFailure) {
            return try load(dump, from: reader, into: psql, command)
        } catch {
            return task.failed(command, error, mayHaveChanged: !isWhole)
        }
    }

    /// The transaction is ended by a statement of its own and not by psql's option: psql takes the end of its input for the
    /// end of the file, and would commit half of one when this process is killed.
    private func load(
        _ dump: PlainDump, from reader: Program, into psql: Program, _ command: String
    ) throws(BackupFailure) -> Reply {
        let isWhole = isWhole(dump.kind)
        let closing = isWhole ? "\nCOMMIT;\n\\echo \(Self.readMark)\n" : ""
        let output = try pipeline.feed(
            reader, to: psql, opening: Array((opening(isWhole) + dump.head).utf8),
            replacedHead: Array(dump.replacedHead.utf8), closing: Array(closing.utf8))
        let tail = text(output.tail)
        guard !isWhole || tail.contains(Self.readMark) else {
            throw .programFailed(
                name: psql.name, end: .exit(0), said: "it ended before it had read everything")
        }
        return task.done(command, output: tail.replacing(Self.readMark + "\n", with: ""), said: output.said)
    }

    /// Whether one transaction holds everything. One that goes on after an error would lose everything and tell nobody.
    private func isWhole(_ kind: PlainDump.Kind) -> Bool {
        guard let stop = task.words.last(where: { $0.contains("ON_ERROR_STOP") }) else {
            return kind == .database
        }
        return kind == .database
            && ["=1", "=on", "=true", "=yes"].contains(where: stop.lowercased().hasSuffix)
    }

    /// On the first line of the file, so that psql's line numbers are those of the file.
    private func opening(_ isWhole: Bool) -> String {
        var role = ""
        if let name = task.arguments.connection.sessionRole, !name.isEmpty {
            role = "SET ROLE \(SQLDialect.postgreSQL.quoted(identifier: name)); "
        }
        return (isWhole ? "BEGIN; " : "") + role
    }

    private func requireRoleHolds(_ kind: PlainDump.Kind) throws(ModuleFailure) {
        guard kind == .creatingDatabases, !task.roleWords.isEmpty else { return }
        throw .impossible(
            "\(target.path) creates databases and connects to them, where session_role does not hold",
            hint: "can the login role restore it?")
    }

    private func requireWhole(_ dump: PlainDump, head: [UInt8]) throws(BackupFailure) {
        if let mark = dump.missingEnd {
            throw .damaged(path: target.path, reason: "it has no end mark (\(mark))")
        }
        if head.isEmpty { throw .damaged(path: target.path, reason: "there is nothing in it") }
        if head.starts(with: PlainDump.archiveMagic) {
            throw .damaged(path: target.path, reason: "it is a compressed archive of pg_dump and no SQL text")
        }
    }

    private func command(_ reader: Program, _ psql: Program, before: String, isWhole: Bool) -> String {
        let read = ShellWords.command(reader.arguments)
        let load = ShellWords.command(psql.arguments)
        if before.isEmpty, !isWhole { return "\(read) | \(load)" }
        let opening = "printf %s \(ShellWords.quoted(before)); "
        return "{ \(before.isEmpty ? "" : opening)\(read); \(isWhole ? "echo 'COMMIT;'; " : "")} | \(load)"
    }

    // MARK: Texts

    /// A reader that fails on the file says that the file is damaged.
    private func damaged(_ failure: BackupFailure) -> BackupFailure {
        guard case .programFailed(let name, let end, let said) = failure else { return failure }
        return .damaged(path: target.path, reason: "\(name) cannot read it (\(end.text)): \(said)")
    }

    private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
}
