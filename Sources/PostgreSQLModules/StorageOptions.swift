import ModuleKit
import SQLClient

/// Options that the catalogs keep as `name=value` (`spcoptions`, `reloptions`): of tablespaces, tables and indexes.
enum StorageOptions {
    /// The options of a catalog's array.
    static func parsed(_ entries: [String]) -> [String: String] {
        var options: [String: String] = [:]
        for entry in entries {
            guard let equals = entry.firstIndex(of: "=") else { continue }
            options[String(entry[..<equals])] = String(entry[entry.index(after: equals)...])
        }
        return options
    }

    /// The name of an option, which stands in statements as it is.
    ///
    /// - Throws: `ModuleFailure.impossible` for what cannot be one.
    static func name(_ text: String) throws(ModuleFailure) -> SQLStatement {
        let isName =
            !text.isEmpty
            && text.utf8.allSatisfy { byte in
                (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte) || byte == 0x5F || byte == 0x2E
            }
        guard isName else {
            throw .impossible(
                "\"\(text)\" is not the name of an option", hint: "is it written in lower case?")
        }
        return SQLStatement(userText: text)
    }
}
