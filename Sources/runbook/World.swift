import ArgumentParser
import Glibc
import PostgreSQLClient
import RunbookCore
import RunbookJournal
import RunbookRuntime
import RunbookSyntax

/// The concrete parts that a run is made of on this machine.
struct World {
    let options: CommonOptions
    let console: Console
    /// Whether the operator is asked ahead of each step.
    var isStepwise = false
    /// Whether an operator at the terminal is asked about steps that fail or are in doubt.
    var isAsking = true
    var messages: Messages { options.messages }

    init(_ options: CommonOptions) {
        self.options = options
        console = Console(
            messages: options.messages, descriptor: options.json ? STDERR_FILENO : STDOUT_FILENO)
        isAsking = !options.json
    }

    /// Answers a program with these members, or a person with some lines.
    func answer(_ members: [String: JournalValue], _ lines: (Console) -> Void) {
        if options.json { console.tell(members) } else { lines(console) }
    }

    var settings: RunSettings {
        var settings = RunSettings(
            stateFolder: options.stateFolder, actor: Identity.current.account, host: Self.hostName,
            environment: Self.environment, clock: SystemClock(),
            supervisor: SupervisorProgram(path: Self.supervisorPath), connector: PostgreSQLConnector(),
            sleep: console.sleep,
            randomBytes: Self.randomBytes, observer: console,
            documents: ParsedDocuments())
        settings.stateFileSystem = StateFileSystem(allowsNetwork: options.allowsNetworkState)
        if isStepwise { settings.consent = StepPrompt(console: console, messages: messages).consent }
        return settings
    }

    /// Reads and checks a document; prints every diagnostic and exits when it has errors.
    ///
    /// - Parameter isAlone: Whether the documents that it calls are left alone: those of a run are kept with it.
    func document(
        at path: String, isAlone: Bool = false
    ) throws -> (document: RunbookDocument, text: [UInt8]) {
        let (parsed, text) = try parsed(at: path, isAlone: isAlone)
        if !parsed.diagnostics.isEmpty { Console.complain(parsed.report) }
        guard let document = parsed.document else { throw ExitCode(2) }
        console.show(document)
        return (document, text)
    }

    /// What came of reading a document, and of those that it calls unless it is alone; exits when there is no file.
    func parsed(at path: String, isAlone: Bool = false) throws -> (ParsedRunbook, text: [UInt8]) {
        guard let text = Self.contents(of: path) else {
            Console.complain("\(path): \(String(cString: strerror(errno)))")
            throw ExitCode(2)
        }
        let parsed = RunbookParser.parse(text: text, fileName: path)
        return (
            isAlone ? parsed : parsed.checkingCalls(path: absolutePath(path), read: Self.contents), text
        )
    }

    /// A run by the end of its identifier, with the document that it keeps.
    func run(_ text: String) throws -> (folder: RunFolder, document: RunbookDocument) {
        let folder = try attempt { () throws(RuntimeFailure) in
            try RunFolder.find(text, in: options.stateFolder).current()
        }
        return (folder, try document(at: folder.snapshotPath, isAlone: true).document)
    }

    /// Does something; a failure is told and ends the command with its status.
    func attempt<Value>(_ body: () throws(RuntimeFailure) -> Value) throws -> Value {
        do throws(RuntimeFailure) {
            return try body()
        } catch {
            console.endProgress()
            Console.complain(messages.failure(error))
            throw ExitCode(error.exitStatus)
        }
    }

    /// Goes on with a session and ends the command with the status of where it stands.
    func drive(_ session: inout RunSession) throws {
        Interruption.announce(messages.interrupted(session.opening.run))
        var standing = try carryOn(&session)
        while case .suspended(let suspension) = standing, try decideHere(suspension, &session) {
            standing = try carryOn(&session)
        }
        switch standing {
        case .finished(let result): console.say(messages.finished(result, session.opening.run))
        case .suspended(let suspension):
            messages.suspended(suspension, session.opening.run).forEach(console.say)
        }
        console.say(
            "journal \(options.stateFolder)/runs/\(session.opening.run)/journal.jsonl  \(session.head)")
        let status =
            session.isStoppedByAssertion(standing) ? Self.preconditionStatus : standing.exitStatus
        try tellStanding(of: session, exit: status)
        throw ExitCode(status)
    }

    /// Tells a program where the run stands now.
    func tellStanding(of session: RunSession, exit status: Int32 = 0) throws {
        guard options.json else { return }
        let reading = try attempt { () throws(RuntimeFailure) in
            try RunReading(RunFolder(stateFolder: options.stateFolder, run: session.opening.run))
        }
        var members = reading.members(session.document)
        members["exit"] = .int(Int64(status))
        console.tell(members)
    }

    private func carryOn(_ session: inout RunSession) throws -> RunStanding {
        try attempt { () throws(RuntimeFailure) in try session.drive() }
    }

    /// Lets the operator at the terminal decide about a step at once.
    ///
    /// - Returns: Whether something was decided, and the run goes on.
    private func decideHere(_ suspension: Suspension, _ session: inout RunSession) throws -> Bool {
        guard isAsking, DecisionPrompt.isPossible, !Decision.choices(at: suspension).isEmpty
        else { return false }
        let id = suspension.step
        messages.suspended(suspension, session.opening.run).prefix(1).forEach(console.say)
        let step = try step(id.text, in: session.document)
        let prompt = DecisionPrompt(console: console, messages: messages)
        guard let (decision, reason) = prompt.decision(at: suspension, of: step),
            let event = decision.event(id, in: session.state[id].phase, reason: reason)
        else { return false }
        try decide(&session, event, reason: reason)
        return true
    }

    /// Exit status of a run that is held because what it asserts is false: nothing failed, and nothing was done about it.
    private static let preconditionStatus: Int32 = 8

    // MARK: This machine

    static let hostName: String = {
        var name = [CChar](repeating: 0, count: 256)
        gethostname(&name, name.count - 1)
        return String(decoding: name.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }()

    private static var environment: [String: String] {
        var variables: [String: String] = [:]
        var entry = environ
        while let text = entry.pointee {
            let pair = String(cString: text)
            if let equals = pair.firstIndex(of: "=") {
                variables[String(pair[..<equals])] = String(pair[pair.index(after: equals)...])
            }
            entry += 1
        }
        return variables
    }

    /// The supervisor lies beside this program, unless the environment names another.
    private static var supervisorPath: String {
        if let path = environmentVariable("RUNBOOK_SUPERVISOR") { return path }
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = readlink("/proc/self/exe", &buffer, buffer.count - 1)
        let path = String(decoding: buffer.prefix(max(0, count)).map(UInt8.init(bitPattern:)), as: UTF8.self)
        return path.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
            + "/runbook-supervisor"
    }

    private static func randomBytes(_ count: Int) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        guard getentropy(&bytes, count) == 0 else { preconditionFailure("the system gives no random bytes") }
        return bytes
    }

    /// The bytes of a file, as far as the parser takes so many.
    static func contents(of path: String) -> [UInt8]? {
        guard let file = fopen(path, "r") else { return nil }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = fread(&chunk, 1, chunk.count, file)
            if count == 0 { return ferror(file) == 0 ? bytes : nil }
            bytes += chunk[..<count]
            if bytes.count > RunbookParser.bytesMax { return bytes }
        }
    }
}

extension RunSession {
    fileprivate func isStoppedByAssertion(_ standing: RunStanding) -> Bool {
        guard case .suspended(.held(let id, _)) = standing,
            let step = document.allSteps.first(where: { $0.id == id.base }), case .assert = step.action
        else { return false }
        return true
    }
}
