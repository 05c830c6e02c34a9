import BackupKit
import ModuleKit
import SQLClient

/// What a dump and a restore have in common: a database that is there, the programs that fit its server, and the reply.
struct DumpTask {
    let arguments: PostgreSQLDbArguments
    let context: ModuleContext
    /// The task's own options for the program.
    let words: [String]
    let programs: ClientPrograms
    /// Where the file is.
    let path: String

    /// Connects to the database, so that a missing one or a wrong password is told before anything is done.
    init(_ arguments: PostgreSQLDbArguments, in context: ModuleContext) throws(ModuleFailure) {
        self.arguments = arguments
        self.context = context
        try arguments.requireTrusted()
        guard !arguments.name.isEmpty else {
            throw .impossible("the name of the database is empty", hint: nil)
        }
        let extra = arguments.state == .dump ? arguments.dumpExtraArguments ?? "" : ""
        words =
            try ShellWords.words(of: extra, option: "dump_extra_args")
            + ShellWords.words(of: arguments.targetOptions, option: "target_opts")
        try DumpWords.requireNoPassword(words)
        try DumpWords.requireNoFile(words)
        path = try Self.path(arguments)
        let session = try Self.session(arguments, context)
        defer { session.close() }
        programs = try ClientPrograms(
            arguments.connection, database: arguments.name, module: PostgreSQLDbModule.name,
            serverVersion: session.serverVersion)
    }

    private static func path(_ arguments: PostgreSQLDbArguments) throws(ModuleFailure) -> String {
        if !arguments.target.text.isEmpty { return arguments.target.text }
        guard !arguments.name.contains("/") else {
            throw .impossible(
                "database \(arguments.name) cannot name a file", hint: "can the task have a target?")
        }
        return "\(DumpFile.currentFolder())/\(arguments.name).sql"
    }

    private static func session(
        _ arguments: PostgreSQLDbArguments, _ context: ModuleContext
    ) throws(ModuleFailure) -> any SQLSession {
        let database = SQLConnectionParameter("dbname", ClientPrograms.databaseText(arguments.name, []))
        let parameters = arguments.connection.parameters(database: nil, module: PostgreSQLDbModule.name)
            .filter { $0.keyword != "dbname" }
        let session: any SQLSession
        do throws(SQLFailure) {
            session = try context.connector.connect(parameters + [database])
        } catch {
            try requireExistence(arguments, context, because: error)
            throw .database(error)
        }
        try arguments.connection.prepare(session)
        return session
    }

    /// A login that failed may have failed because there is no such database; libpq tells it in the server's language only.
    private static func requireExistence(
        _ arguments: PostgreSQLDbArguments, _ context: ModuleContext, because failure: SQLFailure
    ) throws(ModuleFailure) {
        guard case .loginRefused = failure else { return }
        let rows: [SQLRecord]
        do throws(SQLFailure) {
            let session = try context.connector.connect(
                arguments.connection.parameters(
                    database: arguments.maintenanceDatabase, module: PostgreSQLDbModule.name))
            defer { session.close() }
            rows = try session.records(
                """
                SELECT d.datname AS name
                  FROM pg_catalog.pg_database AS d
                 WHERE d.datname = \(value: .text(arguments.name))
                """)
        } catch {
            // The first failure is the one to tell.
            throw .database(failure)
        }
        guard rows.isEmpty else { return }
        throw .impossible(
            "database \"\(arguments.name)\" does not exist",
            hint: "is it created by an earlier task (state: present)?")
    }

    // MARK: Programs

    /// The words that switch to the session role.
    var roleWords: [String] {
        guard let role = arguments.connection.sessionRole, !role.isEmpty else { return [] }
        return ["--role=\(role)"]
    }

    /// Refuses a program that is not there, so that check mode knows it too.
    func requirePresent(_ programs: [Program?]) throws(ModuleFailure) {
        for case let program? in programs where ProgramFinder.onPath(program.name) == nil {
            guard !program.arguments[0].contains("/") else { continue }
            throw ModuleFailure(BackupFailure.programMissing(name: program.name, package: program.package))
        }
    }

    // MARK: Replies

    /// What check mode answers: the command that would run.
    func planned(_ command: String) -> Reply { Reply(changed: true, facts: facts(command)) }

    /// What a run answers that did it.
    func done(_ command: String, output: String, said: String, warnings: [String] = []) -> Reply {
        let results: [String: JSONValue] = ["rc": 0, "msg": .string(output), "stderr": .string(said)]
        return Reply(changed: true, facts: facts(command).merging(results) { $1 }, warnings: warnings)
    }

    /// What a run answers that failed.
    ///
    /// - Parameter mayHaveChanged: Whether a part may have taken effect all the same.
    func failed(_ command: String, _ failure: BackupFailure, mayHaveChanged: Bool = false) -> Reply {
        var facts = facts(command)
        facts["failed"] = true
        facts["rc"] = 1
        facts["stdout"] = ""
        facts["stderr"] = ""
        facts["msg"] = .string(failure.message)
        if let hint = failure.hint { facts["hint"] = .string(hint) }
        if case .programFailed(let name, let end, let said) = failure {
            facts["rc"] = .int(Int64(end.code))
            if context.noLog {
                facts["msg"] = .string("\(name) failed (\(end.text)); what it said is hidden by no_log")
            } else {
                facts["stderr"] = .string(said)
            }
        }
        return Reply(changed: mayHaveChanged, facts: facts)
    }

    private func facts(_ command: String) -> [String: JSONValue] {
        [
            "db": .string(arguments.name), "target": .string(path), "cmd": .string(command),
            "executed_commands": [.string(command)],
        ]
    }
}
