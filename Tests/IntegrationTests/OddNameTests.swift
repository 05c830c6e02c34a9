import SQLClient
import Testing

@testable import ModuleKit

/// Modules whose objects cannot have any name: settings, extensions, lines of a file, slots (letters and digits only).
private let modulesOfFixedNames: Set = [
    "postgresql_alter_system", "postgresql_ext", "postgresql_pg_hba", "postgresql_set", "postgresql_slot",
]

/// Modules that read a name as it is; the others read dots and quotes in it, as SQL does.
private let modulesOfPlainNames: Set = [
    "postgresql_db", "postgresql_idx", "postgresql_publication", "postgresql_schema", "postgresql_sequence",
    "postgresql_subscription",
    "postgresql_tablespace",
]

private struct NamedCase: CustomTestStringConvertible, Sendable {
    let task: ConvergenceCase
    /// The option that has the name.
    let key: String

    var testDescription: String { task.module }

    static let all = convergenceCases.compactMap { task -> NamedCase? in
        let keys = ["name", "table", "sequence", "idxname", "tablespace"]
        guard !modulesOfFixedNames.contains(task.module),
            let key = keys.first(where: {
                task.options[$0]?.string != nil && task.options[$0] == task.absent[$0]
            })
        else { return nil }
        return NamedCase(task: task, key: key)
    }

    /// The options of the task with another name.
    func options(_ name: String, of options: [String: JSONValue]) -> [String: JSONValue] {
        let isPlain =
            modulesOfPlainNames.contains(task.module)
            || !(name.containsScalars(".") || name.containsScalars("\""))
        return options.merging([key: .string(isPlain ? name : Self.quoted(name))]) { $1 }
    }

    static func quoted(_ name: String) -> String { "\"" + name.replacing("\"", with: "\"\"") + "\"" }
}

extension ModuleConvergenceTests {
    private static let seed: UInt64 = 4711
    private static let namesMax = 12

    @Test(arguments: NamedCase.all) fileprivate func `any name is a name`(named: NamedCase) throws {
        try server.execute(named.task.needs)
        for name in OddName(seed: Self.seed).prefix(Self.namesMax) {
            let wanted = named.options(name, of: named.task.options)
            let absent = named.options(name, of: named.task.absent)
            _ = try server.reply(named.task.module, absent)
            let made = try server.reply(named.task.module, wanted)
            #expect(made["changed"] == true, "\(name.debugDescription): \(made["msg"] ?? "")")
            let statements = ["queries", "executed_commands", "query"].flatMap { key in
                made[key]?.array?.compactMap(\.string) ?? [made[key]?.string ?? ""]
            }
            #expect(
                statements.contains { $0.contains(NamedCase.quoted(name)) },
                "\(name.debugDescription): \(statements)")
            #expect(
                try server.reply(named.task.module, wanted)["changed"] == false, "\(name.debugDescription)")
            #expect(
                try server.reply(named.task.module, absent)["changed"] == true, "\(name.debugDescription)")
            #expect(
                try server.reply(named.task.module, absent)["changed"] == false, "\(name.debugDescription)")
        }
    }
}
