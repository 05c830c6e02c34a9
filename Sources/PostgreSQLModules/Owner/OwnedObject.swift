import ModuleKit
import SQLClient

/// An object as a task names it.
struct OwnedObject {
    let kind: OwnedKind
    /// As the task has it.
    let text: String
    /// Name and, where the task gives one, schema; without argument types.
    private let levels: [String]
    /// Argument types in parentheses; `nil` when the task gives none.
    private let signature: String?

    init(_ kind: OwnedKind, _ text: String) throws(ModuleFailure) {
        self.kind = kind
        self.text = text
        var name = text
        var signature: String?
        if kind.naming == .routine, let parenthesis = text.firstIndex(of: "(") {
            name = String(text[..<parenthesis])
            signature = String(text[parenthesis...])
        }
        self.signature = signature
        switch kind.naming {
        case .plain: levels = [text]
        case .number:
            guard UInt32(text) != nil else {
                throw .impossible("\(text) is not the number of a large object", hint: nil)
            }
            levels = [text]
        case .qualified, .routine:
            levels = Array(try PostgreSQLObjectName.identifier(name, as: .table).parts.suffix(2))
        }
    }

    /// The owners of the objects that are meant; more than one row when the name is not unique.
    var observation: SQLStatement {
        let place = kind.place
        var conditions: [SQLStatement] = [place.condition]
        if let signature {
            let full = text.replacing("(*)", with: "()")
            conditions.append(
                "o.oid = pg_catalog.to_regprocedure(\(value: .text(signature == "(*)" ? full : text)))")
        } else {
            let name = SQLValue.text(levels[levels.count - 1])
            conditions.append("o.\(statement: place.name)::text = \(value: name)")
            if let namespace = place.namespace, levels.count == 2 {
                conditions.append(
                    """
                    o.\(statement: namespace) = (SELECT n.oid FROM pg_catalog.pg_namespace AS n
                                                  WHERE n.nspname = \(value: .text(levels[0])))
                    """
                )
            } else if let isVisible = place.isVisible {
                conditions.append(isVisible)
            }
        }
        return """
            SELECT pg_catalog.pg_get_userbyid(o.\(statement: place.owner)) AS owner
              FROM pg_catalog.\(statement: place.catalog) AS o
             WHERE \(statement: conditions.joined(separator: " AND "))
            """
    }

    /// The object as it stands behind ALTER.
    ///
    /// A signature was read by the server already: what is not one finds no object, and nothing is altered.
    var reference: SQLStatement {
        switch kind.naming {
        case .number: SQLStatement(userText: text)
        case .plain where kind == .language && Self.isSimple(text): SQLStatement(userText: text)
        case .plain: "\(identifier: text)"
        case .qualified: "\(identifier: SQLIdentifier(parts: levels))"
        case .routine where signature != nil: SQLStatement(userText: text)
        case .routine where kind == .function && levels.allSatisfy(Self.isSimple):
            SQLStatement(userText: levels.joined(separator: "."))
        case .routine: "\(identifier: SQLIdentifier(parts: levels))"
        }
    }

    /// Whether a name means the same with and without quotes.
    private static func isSimple(_ name: String) -> Bool {
        name.first.map { !$0.isNumber } == true
            && name.utf8.allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x5F }
    }
}
