import SQLClient

/// Something that privileges are on: an object, a group of roles, or the future objects of a role.
enum AccessItem: Hashable {
    /// An object by its name, and for routines with argument types; `schema` where it lies in one.
    case object(schema: String?, name: String, signature: String?)
    /// Objects of a kind that a role will make; `role` is `nil` for the session's own.
    case future(DefaultObjects, role: String?)

    /// For diffs and messages.
    var text: String {
        switch self {
        case .object(let schema, let name, let signature):
            (schema.map { "\($0)." } ?? "") + name + (signature ?? "")
        case .future(let objects, let role):
            "default \(objects.rawValue.lowercased())" + (role.map { " of \($0)" } ?? "")
        }
    }

    /// As it stands behind ON; a signature was read by the server already.
    var reference: SQLStatement {
        switch self {
        case .object(let schema, let name, let signature):
            let identifier: SQLStatement = "\(identifier: SQLIdentifier(schema: schema, name))"
            return signature.map { identifier + SQLStatement(userText: $0) } ?? identifier
        case .future(let objects, _): return objects.words
        }
    }
}

/// What a role holds on an item, and from whom.
struct HeldPrivilege: Hashable {
    /// Name of the role; empty for everybody.
    let grantee: String
    let privilege: String
    /// `nil` for the role in whose name the session grants and revokes on this item.
    var grantor: String?
    /// Whether it may be passed on.
    var isGrantable: Bool
    /// Whether it is on columns of the table: REVOKE on the table ends it, too.
    var isOnColumns = false
}
