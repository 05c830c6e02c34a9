import SQLClient

/// The options of a module: one initialiser declares and reads them.
///
/// It only reads the form: no conditions, no traps, no work.
public protocol ModuleArguments: Sendable {
    /// Declares and reads the options.
    init(form: inout ArgumentForm)
}

/// What a module may use of the host, handed in by the frame.
public struct ModuleContext {
    /// Whether the task must only read.
    public let checkMode: Bool
    /// Whether the task wants to see the state before and after.
    public let diffMode: Bool
    /// Whether the task said `no_log`: failures then show no SQL, since Ansible prints `msg` all the same.
    public let noLog: Bool
    /// Opens sessions of the engine.
    public let connector: any SQLConnector
    /// Files and random bytes of the target.
    public let host: any HostServices

    /// A context.
    public init(
        checkMode: Bool, diffMode: Bool, noLog: Bool, connector: any SQLConnector, host: any HostServices
    ) {
        self.checkMode = checkMode
        self.diffMode = diffMode
        self.noLog = noLog
        self.connector = connector
        self.host = host
    }
}

/// The few things of the target that modules need besides the database.
public protocol HostServices {
    /// The bytes of a file.
    ///
    /// - Throws: `ModuleFailure.host` with the path; also when the file is larger than `limitBytes`.
    func contents(of path: String, limitBytes: Int) throws(ModuleFailure) -> [UInt8]

    /// Files to write.
    var files: any HostFiles { get }

    /// Random bytes from the operating system.
    func randomBytes(_ count: Int) throws(ModuleFailure) -> [UInt8]

    /// The document of a JSON text; `nil` when it is not JSON.
    func json(of text: String) -> JSONValue?

    /// Seconds on a clock that never steps.
    func monotonicSeconds() -> Double
}

/// One module of the collection.
public protocol Module {
    associatedtype Arguments: ModuleArguments

    /// The name inside the collection.
    static var name: String { get }
    /// What a person reads.
    static var manual: Manual { get }
    /// Whether the reply can hold the state before and after.
    static var hasDiff: Bool { get }

    /// Performs the task.
    ///
    /// In check mode it only reads.
    static func run(_ arguments: Arguments, in context: ModuleContext) throws(ModuleFailure) -> Reply
}

extension Module {
    /// Not unless the module says so.
    public static var hasDiff: Bool { false }
}

/// One change of a plan.
public struct Change: Hashable, Sendable {
    /// What is executed.
    public let statement: SQLStatement
    /// Whether it may run inside a transaction block (CREATE DATABASE may not).
    public let isTransactional: Bool
    /// Whether the change is done once it is executed, whatever is found afterwards: rows may come into a
    /// table right after TRUNCATE.
    public let isMomentary: Bool

    /// A change.
    public init(_ statement: SQLStatement, isTransactional: Bool = true, isMomentary: Bool = false) {
        self.statement = statement
        self.isTransactional = isTransactional
        self.isMomentary = isMomentary
    }
}

/// A module that brings an object into a wanted state.
///
/// `observe` reads; `wanted` and `changes` are pure. The kit does the rest: check mode, transaction,
/// the second observation, diff and reply.
public protocol ConvergentModule: Module {
    /// What matters of the object, as it is or as it shall be.
    associatedtype State: Equatable

    /// An instance for one task.
    init(arguments: Arguments, context: ModuleContext) throws(ModuleFailure)

    /// The parameters of the connection.
    func connection() throws(ModuleFailure) -> [SQLConnectionParameter]

    /// Prepares the session (role, search path).
    func prepare(_ session: any SQLSession) throws(ModuleFailure)

    /// Reads the state; changes nothing.
    func observe(_ session: any SQLSession) throws(ModuleFailure) -> State

    /// The state that the task asks for, given the one that is: what was not asked for stays as it is.
    func wanted(given state: State) throws(ModuleFailure) -> State

    /// The same after the changes were executed: what cannot be read back counts as written.
    func wantedAfterChanges(given state: State) throws(ModuleFailure) -> State

    /// The changes that lead from one state to the other; empty when nothing differs.
    func changes(from state: State, to wanted: State, on session: ServerFacts) throws(ModuleFailure)
        -> [Change]

    /// A state as a document for `diff`; secrets are not part of it.
    func document(_ state: State) -> JSONValue

    /// Keys of the reply besides the common ones.
    func facts(before: State, after: State, changes: [Change], shown: [String]) -> [String: JSONValue]

    /// Remarks about the state that a person should see.
    func warnings(before: State) -> [String]
}

/// What planning may know of a server.
public struct ServerFacts: Sendable, Equatable {
    /// As the session reports it.
    public let version: Int
    /// How the server writes names and literals.
    public let dialect: SQLDialect

    /// Facts of a server.
    public init(version: Int, dialect: SQLDialect) {
        self.version = version
        self.dialect = dialect
    }
}

extension ConvergentModule {
    /// The kit compares the states.
    public static var hasDiff: Bool { true }

    /// The executed (or planned) statements under the usual key.
    public func facts(before: State, after: State, changes: [Change], shown: [String]) -> [String: JSONValue]
    {
        ["queries": .strings(shown)]
    }

    /// The same as before: nearly everything can be read back.
    public func wantedAfterChanges(given state: State) throws(ModuleFailure) -> State {
        try wanted(given: state)
    }

    /// None.
    public func warnings(before: State) -> [String] { [] }

    /// Observe, plan, apply, observe again.
    public static func run(_ arguments: Arguments, in context: ModuleContext) throws(ModuleFailure) -> Reply {
        try converge(arguments, in: context)
    }

    /// The same, for a module that has other work besides and therefore a `run` of its own.
    public static func converge(
        _ arguments: Arguments, in context: ModuleContext
    ) throws(ModuleFailure) -> Reply {
        let module = try Self(arguments: arguments, context: context)
        return try Convergence(module: module, context: context).reply()
    }
}
