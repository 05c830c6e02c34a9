import SQLClient
import TestKit
import Testing

@testable import ModuleKit

/// A module that wants one number to be another; its plan is a list of statements from the options.
private struct SampleModule: ConvergentModule {
    struct Arguments: ModuleArguments {
        let wanted: Int
        let split: Bool
        let momentary: Bool

        init(form: inout ArgumentForm) {
            wanted = form.required("wanted", doc: "Wanted number.")
            split = form.defaulted("split", to: false, doc: "Second change outside the transaction.")
            momentary = form.defaulted("momentary", to: false, doc: "Changes that leave no state behind.")
        }
    }

    static let name = "sample"
    static let manual = Manual(summary: "Sample", description: ["Sample."], examples: [])
    let arguments: Arguments

    init(arguments: Arguments, context: ModuleContext) throws(ModuleFailure) { self.arguments = arguments }
    func connection() throws(ModuleFailure) -> [SQLConnectionParameter] { [] }
    func prepare(_ session: any SQLSession) throws(ModuleFailure) {}

    func observe(_ session: any SQLSession) throws(ModuleFailure) -> Int {
        do throws(SQLFailure) {
            return Int(try session.records("SELECT n").first?.int("n") ?? 0)
        } catch {
            throw .database(error)
        }
    }

    func wanted(given state: Int) throws(ModuleFailure) -> Int { arguments.wanted }

    func changes(from state: Int, to wanted: Int, on server: ServerFacts) throws(ModuleFailure) -> [Change] {
        guard state != wanted else { return [] }
        return [
            Change("SET a", isMomentary: arguments.momentary),
            Change("SET b", isTransactional: !arguments.split, isMomentary: arguments.momentary),
        ]
    }

    func document(_ state: Int) -> JSONValue { .int(Int64(state)) }
}

private struct NoHost: HostServices {
    var files: any HostFiles { OperatingSystem().files }
    func contents(of path: String, limitBytes: Int) throws(ModuleFailure) -> [UInt8] { [] }
    func randomBytes(_ count: Int) throws(ModuleFailure) -> [UInt8] { [] }
    func json(of text: String) -> JSONValue? { nil }
    func monotonicSeconds() -> Double { 0 }
}

private func number(_ n: Int64) -> Result<SQLResult, SQLFailure> {
    .success(SQLResult(columns: ["n"], rows: [[.int(n)]], status: "SELECT 1"))
}

private let done: Result<SQLResult, SQLFailure> = .success(SQLResult())

private func outcome(
    _ session: ScriptedSession, _ options: [String: JSONValue] = ["wanted": 2], checkMode: Bool = false
) -> AnyModule.Outcome {
    AnyModule(SampleModule.self, connector: ScriptedConnector(session)).perform(
        AnyModule.Task(
            options: options, checkMode: checkMode, diffMode: true, noLog: false, verbosity: 0,
            coercion: CoercionContext(environment: [:], parseJSON: { _ in nil })), NoHost())
}

@Suite struct ConvergenceTests {
    @Test func `what goes while it is read is read again, ten times at most`() {
        let gone = Result<SQLResult, SQLFailure>.failure(
            .conflict(SQLServerMessage(sqlState: "XX000", text: "cache lookup failed for relation 1")))
        let once = ScriptedSession(answers: [gone, number(2)])
        #expect(outcome(once).reply["changed"] == false)
        #expect(once.statements == ["SELECT n", "SELECT n"])
        let always = ScriptedSession(answers: Array(repeating: gone, count: 11))
        #expect(outcome(always).reply["failed"] == true)
        #expect(always.statements.count == 10)
    }

    @Test func `nothing to change means one observation and no transaction`() {
        let session = ScriptedSession(answers: [number(2)])
        #expect(outcome(session).reply["changed"] == false)
        #expect(session.statements == ["SELECT n"])
        #expect(session.isClosed)
    }

    @Test func `changes share a transaction and the state is observed again`() {
        let session = ScriptedSession(answers: [number(1), done, done, number(2)])
        let reply = outcome(session).reply
        #expect(session.statements == ["SELECT n", "BEGIN", "SET a", "SET b", "COMMIT", "SELECT n"])
        #expect(reply["changed"] == true)
        #expect(reply["queries"] == ["SET a", "SET b"])
        #expect(reply["diff"] == ["before": 1, "after": 2])
    }

    @Test func `check mode reports the same and sends nothing but reads`() {
        let real = outcome(ScriptedSession(answers: [number(1), done, done, number(2)])).reply
        let session = ScriptedSession(answers: [number(1)])
        #expect(outcome(session, checkMode: true).reply == real)
        #expect(session.statements == ["SELECT n"])
    }

    @Test func `a change that is refused rolls back and tells the statement`() {
        let denied = SQLFailure.permissionDenied(
            SQLServerMessage(sqlState: "42501", text: "permission denied"))
        let session = ScriptedSession(answers: [number(1), done, .failure(denied)])
        let result = outcome(session)
        #expect(session.statements == ["SELECT n", "BEGIN", "SET a", "SET b", "ROLLBACK"])
        #expect(result.failed)
        #expect(result.reply["msg"] == "permission denied")
        #expect(result.reply["statement"] == "SET b")
        #expect(result.reply["sqlstate"] == "42501")
        #expect(result.reply["applied"] == nil)
    }

    @Test func `changes that stay done are told when a later one fails`() {
        let busy = SQLFailure.inUse(SQLServerMessage(sqlState: "55006", text: "in use"))
        let session = ScriptedSession(answers: [number(1), done, .failure(busy)])
        let result = outcome(session, ["wanted": 2, "split": true])
        #expect(result.reply["applied"] == ["SET a"])
        #expect(result.reply["changed"] == true)
    }

    @Test func `another session that was faster leads to a new plan`() {
        let exists = SQLFailure.alreadyExists(SQLServerMessage(sqlState: "42710", text: "exists"))
        let session = ScriptedSession(answers: [number(1), .failure(exists), number(2)])
        #expect(outcome(session).reply["changed"] == false)
    }

    @Test func `in use by a session that made the same change is no failure, by another one it is`() {
        let busy = SQLFailure.inUse(SQLServerMessage(sqlState: "55006", text: "in use"))
        let same = ScriptedSession(answers: [number(1), .failure(busy), number(2)])
        #expect(outcome(same).reply["changed"] == false)
        let other = ScriptedSession(answers: [number(1), .failure(busy), number(1)])
        let result = outcome(other)
        #expect(result.reply["sqlstate"] == "55006")
        #expect(result.reply["statement"] == "SET a")
        #expect(other.statements.filter { $0 == "SET a" }.count == 1)
    }

    @Test func `a new plan goes on after what was applied, and the reply tells all of it`() {
        let conflict = SQLFailure.conflict(
            SQLServerMessage(sqlState: "XX000", text: "tuple concurrently updated"))
        let session = ScriptedSession(
            answers: [number(1), done, .failure(conflict), number(3), done, done, number(2)])
        let reply = outcome(session, ["wanted": 2, "split": true]).reply
        #expect(reply["failed"] == nil)
        #expect(reply["queries"] == ["SET a", "SET a", "SET b"])
        #expect(reply["diff"] == ["before": 1, "after": 2])
    }

    @Test func `a plan is not made anew for ever`() {
        let exists = SQLFailure.alreadyExists(SQLServerMessage(sqlState: "42710", text: "exists"))
        let session = ScriptedSession(answers: (0..<99).flatMap { _ in [number(1), .failure(exists)] })
        #expect(outcome(session).failed)
        #expect(session.statements.filter { $0 == "SELECT n" }.count == 10)
    }

    @Test func `what another session drops while it is read is read once more, and not for ever`() {
        let dropped = SQLFailure.conflict(
            SQLServerMessage(sqlState: "XX000", text: "cache lookup failed for attribute 1 of relation 7"))
        let session = ScriptedSession(answers: [.failure(dropped), .failure(dropped), number(2)])
        #expect(outcome(session).reply["changed"] == false)
        let stubborn = ScriptedSession(answers: (0..<99).map { _ in .failure(dropped) })
        #expect(outcome(stubborn).failed)
        #expect(stubborn.statements.count == 10)
    }

    @Test func `a module that is never satisfied is a failure`() {
        let session = ScriptedSession(answers: [number(1), done, done, number(1)])
        let result = outcome(session)
        #expect(result.failed)
        #expect(result.reply["msg"]?.string?.contains("still needed: SET a; SET b") == true)
    }

    @Test func `what comes back after a momentary change is not this task's matter`() {
        let session = ScriptedSession(answers: [number(1), done, done, number(1)])
        let result = outcome(session, ["wanted": 2, "momentary": true])
        #expect(!result.failed)
        #expect(result.reply["changed"] == true)
    }
}
