import ModuleKit
import SQLClient

/// An attribute of a role that is either on or off.
enum RoleAttribute: String, CaseIterable {
    case superuser = "SUPERUSER"
    case createRole = "CREATEROLE"
    case createDatabase = "CREATEDB"
    case inherit = "INHERIT"
    case login = "LOGIN"
    case replication = "REPLICATION"
    case bypassRLS = "BYPASSRLS"

    /// The column of `pg_roles`.
    var column: String {
        switch self {
        case .superuser: "rolsuper"
        case .createRole: "rolcreaterole"
        case .createDatabase: "rolcreatedb"
        case .inherit: "rolinherit"
        case .login: "rolcanlogin"
        case .replication: "rolreplication"
        case .bypassRLS: "rolbypassrls"
        }
    }

    /// The word that switches it on or off.
    func keyword(_ isOn: Bool) -> SQLStatement {
        switch self {
        case .superuser: isOn ? "SUPERUSER" : "NOSUPERUSER"
        case .createRole: isOn ? "CREATEROLE" : "NOCREATEROLE"
        case .createDatabase: isOn ? "CREATEDB" : "NOCREATEDB"
        case .inherit: isOn ? "INHERIT" : "NOINHERIT"
        case .login: isOn ? "LOGIN" : "NOLOGIN"
        case .replication: isOn ? "REPLICATION" : "NOREPLICATION"
        case .bypassRLS: isOn ? "BYPASSRLS" : "NOBYPASSRLS"
        }
    }

    /// The attributes in a comma list such as `CREATEDB,NOSUPERUSER`.
    static func parsed(_ flags: String) throws(ModuleFailure) -> [RoleAttribute: Bool] {
        var attributes: [RoleAttribute: Bool] = [:]
        var unknown: [String] = []
        for word in flags.split(whereSeparator: { $0 == "," || $0 == " " }).map({ $0.uppercased() }) {
            if let attribute = RoleAttribute(rawValue: word) {
                try set(attribute, true, in: &attributes)
            } else if word.hasPrefix("NO"), let attribute = RoleAttribute(rawValue: String(word.dropFirst(2)))
            {
                try set(attribute, false, in: &attributes)
            } else {
                unknown.append(word)
            }
        }
        guard unknown.isEmpty else {
            throw .impossible(
                "Invalid role_attr_flags specified: \(unknown.joined(separator: " "))",
                hint:
                    "is it one of \(allCases.map(\.rawValue).joined(separator: ", ")), each also with NO before it?"
            )
        }
        return attributes
    }

    private static func set(
        _ attribute: RoleAttribute, _ isOn: Bool, in attributes: inout [RoleAttribute: Bool]
    ) throws(ModuleFailure) {
        if let known = attributes[attribute], known != isOn {
            throw .impossible(
                "role_attr_flags asks for both \(attribute.rawValue) and NO\(attribute.rawValue)", hint: nil)
        }
        attributes[attribute] = isOn
    }
}

/// One setting of a role or a database (`ALTER … SET`), compared as the server stores it.
enum RoleSetting {
    /// Settings whose value is a list of quoted names.
    ///
    /// Source: PostgreSQL 17, `src/backend/utils/misc/guc_tables.c`, flag `GUC_LIST_QUOTE`.
    private static let nameLists: Set<String> = [
        "search_path", "temp_tablespaces", "session_preload_libraries", "shared_preload_libraries",
        "local_preload_libraries", "unix_socket_directories",
    ]

    /// What follows `TO`: literals made from the value, or the value as the person wrote it.
    static func statement(_ name: String, value: String, quoted: Bool) -> SQLStatement {
        guard quoted else { return SQLStatement(userText: value) }
        guard nameLists.contains(name.lowercased()) else { return "\(literal: value)" }
        let names = elements(value)
        guard !names.isEmpty else { return "\(literal: "")" }
        return names.map { name -> SQLStatement in "\(literal: name)" }.joined(separator: ", ")
    }

    /// Whether a stored value is the wanted one.
    static func same(_ name: String, stored: String, wanted: String, quoted: Bool) -> Bool {
        if nameLists.contains(name.lowercased()) { return elements(stored) == elements(wanted) }
        return stored == (quoted ? wanted : unquoted(wanted))
    }

    /// `'16MB'` is stored as `16MB`.
    private static func unquoted(_ text: String) -> String {
        let scalars = text.unicodeScalars
        guard scalars.count >= 2, scalars.first == "'", scalars.last == "'" else { return text }
        return String(scalars.dropFirst().dropLast()).replacingScalars("''", with: "'")
    }

    /// The names of a list, quotes taken off.
    private static func elements(_ text: String) -> [String] {
        var names: [String] = []
        var name = ""
        var quote: Unicode.Scalar?
        var wasQuoted = false
        func finished() -> String { wasQuoted ? name : name.filter { !$0.isWhitespace }.lowercased() }
        for scalar in text.unicodeScalars {
            if let open = quote {
                if scalar == open { quote = nil } else { name.unicodeScalars.append(scalar) }
            } else if scalar == "\"" || scalar == "'" {
                // A quote right after a closing one stands for itself.
                if wasQuoted { name.unicodeScalars.append(scalar) } else { name = "" }
                quote = scalar
                wasQuoted = true
            } else if scalar == "," {
                names.append(finished())
                name = ""
                wasQuoted = false
            } else if !wasQuoted {
                name.unicodeScalars.append(scalar)
            }
        }
        names.append(finished())
        return names.filter { !$0.isEmpty }
    }
}
