import PostgreSQLModules
import SQLClient
import Testing

@testable import ModuleKit

/// Secrets of every option that can hold one, in every way in which a task can end.
@Suite(.serialized, .enabled(if: TestServer.current != nil, TestServer.skipReason))
struct ModuleSecretTests {
    let server: TestServer

    /// With what quoting and encoding change; the middle stays recognisable in every form of text.
    private static let secret = "x'\"é&Geheim42 \\%"
    private static let traces = ["Geheim42", "R2VoZWltNDI", "aGVpbTQy", "47656865696d3432"]

    init() throws {
        server = try #require(TestServer.current)
    }

    /// A task of each module, and whether a check must do.
    private static func task(_ module: String) -> [String: JSONValue] {
        convergenceCases.first { $0.module == module }?.options
            ?? CheckedTask.all.first { $0.module == module }?.options ?? [:]
    }

    /// Secret values for all options that take one: whole, or as the members of a dictionary that are secret.
    private static func secrets(_ module: AnyModule) -> [String: JSONValue] {
        var values: [String: JSONValue] = [:]
        for declaration in module.declarations {
            let members = task(module.name)[declaration.name]?.object
            if declaration.name == "connect_params" || (declaration.isSecret && members != nil) {
                let all = (members ?? [:]).merging(["password": .string(secret)]) { $1 }
                values[declaration.name] = .object(all)
            } else if declaration.isSecret {
                values[declaration.name] = .string(secret)
            }
        }
        return values
    }

    private func requireSilence(
        _ module: AnyModule, _ more: [String: JSONValue], checkMode: Bool
    ) throws {
        let options = Self.task(module.name).merging(Self.secrets(module)) { $1 }.merging(more) { $1 }
        let log = try server.logged {
            let reply = try server.reply(module.name, options, checkMode: checkMode, verbosity: 4)
            let text = JSONText.text(of: .object(reply))
            for trace in Self.traces { #expect(!text.contains(trace), "\(module.name): \(text)") }
            // Masked, and not merely absent: the task did have them.
            #expect(text.contains(SecretMask.optionMask) || reply["invocation"] == nil, "\(module.name)")
        }
        for trace in Self.traces { #expect(!log.contains(trace), "\(module.name)") }
    }

    @Test(arguments: TestServer.modules.map(\.name))
    func `a secret is in no reply and in no log, however the task ends`(name: String) throws {
        let module = try #require(TestServer.modules.first { $0.name == name })
        #expect(!Self.secrets(module).isEmpty)
        let unchanging: [String: JSONValue] = ["login_db": "postgres"]
        try requireSilence(module, unchanging, checkMode: true)
        for ending in [
            ["login_user": "no such role"], ["login_port": 1], ["login_host": "127.0.0.1"],
            ["session_role": "no such role"], ["login_db": "no such database"],
            ["login_pasword": .string(Self.secret)],
            ["login_port": .string(Self.secret)], ["ssl_mode": .string(Self.secret)],
        ] as [[String: JSONValue]] {
            try requireSilence(module, unchanging.merging(ending) { $1 }, checkMode: true)
        }
    }

    @Test(
        arguments: convergenceCases.filter { task in
            ["postgresql_user", "postgresql_subscription"].contains(task.module)
        })
    func `a secret that is stored is in no reply and in no log`(task: ConvergenceCase) throws {
        let module = try #require(TestServer.modules.first { $0.name == task.module })
        _ = try server.reply(task.module, task.absent)
        defer { _ = try? server.reply(task.module, task.absent) }
        for _ in 0..<2 { try requireSilence(module, ["login_db": "postgres"], checkMode: false) }
        let other = Self.secret + "2"
        let key = task.module == "postgresql_user" ? "password" : "connparams"
        let value: JSONValue =
            key == "password" ? .string(other) : ["host": "127.0.0.1", "port": 1, "password": .string(other)]
        try requireSilence(module, ["login_db": "postgres", key: value], checkMode: false)
    }
}
