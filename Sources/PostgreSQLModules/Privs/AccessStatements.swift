import SQLClient

/// Writes the statements of a plan.
struct AccessStatements {
    let request: PrivsRequest
    /// Whether a step is about everything in the schema.
    let isAll: (AccessPlan.Step) -> Bool
    /// All privileges of an item's kind, to say ALL where all are meant.
    let order: (AccessItem) -> [String]

    func statement(_ step: AccessPlan.Step) -> SQLStatement {
        let roles = step.grantees.map(\.reference).joined(separator: ",")
        switch request.kind {
        case .group: return membership(step, roles)
        case .defaultPrivileges: return defaults(step, roles)
        case .table, .sequence, .function, .procedure, .database, .schema, .language, .tablespace,
            .foreignDataWrapper, .foreignServer, .type, .parameter:
            return objects(step, roles)
        }
    }

    private func privileges(_ step: AccessPlan.Step) -> SQLStatement {
        let isAll = request.saysAll && step.items.first.map(order) == step.privileges
        return SQLStatement(userText: isAll ? "ALL" : step.privileges.joined(separator: ","))
    }

    private func objects(_ step: AccessPlan.Step, _ roles: SQLStatement) -> SQLStatement {
        let target: SQLStatement
        if let schema = request.schema, isAll(step) {
            target = "\(statement: request.kind.allInSchema) \(identifier: schema)"
        } else {
            let items = step.items.map(\.reference).joined(separator: ",")
            target = "\(statement: request.kind.words) \(statement: items)"
        }
        let what: SQLStatement = "\(statement: privileges(step)) ON \(statement: target)"
        switch step.action.verb {
        case .grant: return "GRANT \(statement: what) TO \(statement: roles);"
        case .grantWithOption: return "GRANT \(statement: what) TO \(statement: roles) WITH GRANT OPTION;"
        case .revoke: return "REVOKE \(statement: what) FROM \(statement: roles);"
        case .revokeOption: return "REVOKE GRANT OPTION FOR \(statement: what) FROM \(statement: roles);"
        }
    }

    private func membership(_ step: AccessPlan.Step, _ roles: SQLStatement) -> SQLStatement {
        let groups = step.items.map(\.reference).joined(separator: ",")
        let name: SQLStatement = step.action.grantor.map { " GRANTED BY \(identifier: $0)" } ?? ""
        switch step.action.verb {
        case .grant: return "GRANT \(statement: groups) TO \(statement: roles);"
        case .grantWithOption: return "GRANT \(statement: groups) TO \(statement: roles) WITH ADMIN OPTION;"
        case .revoke: return "REVOKE \(statement: groups) FROM \(statement: roles)\(statement: name);"
        case .revokeOption:
            return "REVOKE ADMIN OPTION FOR \(statement: groups) FROM \(statement: roles)\(statement: name);"
        }
    }

    private func defaults(_ step: AccessPlan.Step, _ roles: SQLStatement) -> SQLStatement {
        var start: SQLStatement = "ALTER DEFAULT PRIVILEGES"
        if case .future(_, let role?) = step.items.first { start += " FOR ROLE \(identifier: role)" }
        if let schema = request.schema { start += " IN SCHEMA \(identifier: schema)" }
        let items = step.items.map(\.reference).joined(separator: ",")
        let what: SQLStatement = "\(statement: privileges(step)) ON \(statement: items)"
        switch step.action.verb {
        case .grant: return "\(statement: start) GRANT \(statement: what) TO \(statement: roles);"
        case .grantWithOption:
            return "\(statement: start) GRANT \(statement: what) TO \(statement: roles) WITH GRANT OPTION;"
        case .revoke: return "\(statement: start) REVOKE \(statement: what) FROM \(statement: roles);"
        case .revokeOption:
            return "\(statement: start) REVOKE GRANT OPTION FOR \(statement: what) FROM \(statement: roles);"
        }
    }
}

extension SQLStatement {
    static func += (left: inout SQLStatement, right: SQLStatement) { left = left + right }
}
