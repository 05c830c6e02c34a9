import ModuleKit
import SQLClient

/// Settings that a role or a database gives to its sessions (`ALTER … SET`), as a task wants them.
struct SessionSettings {
    private let values: [String: String]
    /// Whether settings that the task does not name are reset.
    private let resetsOthers: Bool
    /// Whether values are written as literals; otherwise as they are given.
    private let quoted: Bool

    init(_ values: ArgumentDictionary, resetsOthers: Bool, quoted: Bool = true) throws(ModuleFailure) {
        self.values = values.members.mapValues(\.asParameterText)
        self.resetsOthers = resetsOthers
        self.quoted = quoted
        if self.values.keys.contains(where: { $0.containsScalars("'") || $0.containsScalars("\"") }) {
            throw .impossible("The key of a configuration may not contain single or double quotes", hint: nil)
        }
    }

    /// Entries of `pg_db_role_setting`, each `name=value`.
    static func stored(_ entries: [String]) -> [String: String] {
        Dictionary(
            entries.compactMap { entry in
                let scalars = entry.unicodeScalars
                return scalars.firstIndex(of: "=").map {
                    (String(scalars[..<$0]), String(scalars[scalars.index(after: $0)...]))
                }
            }, uniquingKeysWith: { _, last in last })
    }

    /// What shall be stored; a value that means the same stays as it is.
    func wanted(given current: [String: String]) -> [String: String] {
        var wanted = current
        if resetsOthers {
            let kept = Set(values.keys.map { $0.lowercased() })
            wanted = wanted.filter { kept.contains($0.key.lowercased()) }
        }
        for (name, value) in values {
            let stored = current.first { $0.key.lowercased() == name.lowercased() }
            let isSame = stored.map {
                RoleSetting.same(name, stored: $0.value, wanted: value, quoted: quoted)
            }
            if isSame != true { wanted[stored?.key ?? name] = value }
        }
        return wanted
    }

    /// The changes that lead from what is stored to what shall be.
    ///
    /// - Parameter object: `ALTER ROLE` or `ALTER DATABASE` with the name.
    func changes(
        from old: [String: String], to new: [String: String], on object: SQLStatement
    ) -> [Change] {
        let resets = old.keys.filter { new[$0] == nil }.sorted()
        let sets = new.filter { old[$0.key] != $0.value }.sorted { $0.key < $1.key }
        return resets.map { Change("\(statement: object) RESET \(identifier: $0)") }
            + sets.map { name, value in
                let text = RoleSetting.statement(name, value: value, quoted: quoted)
                return Change("\(statement: object) SET \(identifier: name) TO \(statement: text)")
            }
    }
}
