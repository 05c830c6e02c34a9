import SQLClient

/// Parameters that hold a list of names, and how such a list is read and written.
///
/// The server puts every element of these lists into double quotes by itself, so that a list given as one text becomes
/// one long name, and a server that looks for a library of that name does not start.
enum SettingLists {
    /// One name of a list.
    struct Element: Equatable {
        let name: String
        /// Whether it stood in double quotes.
        let isQuoted: Bool
    }

    /// Parameters with the flag `GUC_LIST_QUOTE` and the version that brought the flag.
    ///
    /// Source: PostgreSQL 18 source, `bin/pg_dump/dumputils.c`, `variable_is_guc_list_quote`.
    private static let since = [
        "local_preload_libraries": 0, "search_path": 0, "session_preload_libraries": 0,
        "shared_preload_libraries": 0, "temp_tablespaces": 0, "unix_socket_directories": 140_000,
    ]

    /// Where an element without a name keeps the server from starting or from taking sessions.
    private static let needsNames: Set<String> = [
        "local_preload_libraries", "session_preload_libraries", "shared_preload_libraries",
        "unix_socket_directories",
    ]

    static func holdsNames(_ name: String, serverVersion: Int) -> Bool {
        since[name].map { serverVersion >= $0 } ?? false
    }

    /// Whether the text has an element without a name, in a list where that does harm.
    static func isDangerous(_ text: String, for name: String, serverVersion: Int) -> Bool {
        holdsNames(name, serverVersion: serverVersion) && needsNames.contains(name)
            && (text.isEmpty || elements(of: text).contains { $0.name.isEmpty })
    }

    /// The elements; a comma inside double quotes belongs to the name.
    static func elements(of text: String) -> [Element] {
        guard !text.isEmpty else { return [] }
        var elements: [Element] = []
        var name = ""
        var isQuoted = false
        var inQuotes = false
        var rest = text[...]
        func finished() -> Element {
            isQuoted
                ? Element(name: name, isQuoted: true)
                : Element(name: name.withoutOuterSpaces, isQuoted: false)
        }
        while let character = rest.popFirst() {
            if character == "\"" {
                if inQuotes, rest.first == "\"" {
                    rest.removeFirst()
                    name.append(character)
                } else if !inQuotes, name.withoutOuterSpaces.isEmpty {
                    (name, isQuoted, inQuotes) = ("", true, true)
                } else {
                    inQuotes.toggle()
                }
            } else if character == ",", !inQuotes {
                elements.append(finished())
                (name, isQuoted) = ("", false)
            } else if inQuotes || !isQuoted || !character.isWhitespace {
                name.append(character)
            }
        }
        return elements + [finished()]
    }

    /// Longest name that the server reads as an identifier, in bytes; longer ones must be literals.
    private static let identifierBytesMax = 63

    /// The elements as `ALTER SYSTEM SET` takes them.
    static func written(_ text: String) -> SQLStatement {
        let elements = elements(of: text)
        guard !elements.isEmpty else { return "''" }
        return elements.map { element -> SQLStatement in
            element.isQuoted && !element.name.isEmpty && element.name.utf8.count <= identifierBytesMax
                ? "\(identifier: element.name)" : "\(literal: element.name)"
        }.joined(separator: ",")
    }
}
