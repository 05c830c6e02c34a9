import ModuleKit
import SQLClient

/// The statements that create, change and drop a database.
struct DatabaseStatements {
    let arguments: PostgreSQLDbArguments
    /// The wanted limit; `nil` leaves it as it is.
    let connectionLimit: Int64?
    let settings: SessionSettings

    var drop: Change {
        let force: SQLStatement = arguments.force ? " WITH (FORCE)" : ""
        return Change(
            "DROP DATABASE \(identifier: arguments.name)\(statement: force)", isTransactional: false)
    }

    func creation(of new: PostgreSQLDbModule.Description) -> [Change] {
        var parts: [SQLStatement] = ["CREATE DATABASE \(identifier: arguments.name)"]
        if !new.owner.isEmpty { parts.append("OWNER \(identifier: new.owner)") }
        if !arguments.template.isEmpty { parts.append("TEMPLATE \(identifier: arguments.template)") }
        if !arguments.encoding.isEmpty { parts.append("ENCODING \(literal: arguments.encoding)") }
        if !new.collate.isEmpty { parts.append("LC_COLLATE \(literal: new.collate)") }
        if !new.ctype.isEmpty { parts.append("LC_CTYPE \(literal: new.ctype)") }
        if !new.icuLocale.isEmpty { parts.append("ICU_LOCALE \(literal: new.icuLocale)") }
        if !new.localeProvider.isEmpty { parts.append("LOCALE_PROVIDER \(literal: new.localeProvider)") }
        if !new.tablespace.isEmpty { parts.append("TABLESPACE \(identifier: new.tablespace)") }
        if let connectionLimit { parts.append("CONNECTION LIMIT \(integer: connectionLimit)") }
        let create = Change(parts.joined(separator: " "), isTransactional: false)
        return (new.comment.isEmpty ? [create] : [create, setComment(new.comment)])
            + settings.changes(from: [:], to: new.settings, on: alter)
    }

    func alterations(
        from old: PostgreSQLDbModule.Description, to new: PostgreSQLDbModule.Description
    ) -> [Change] {
        let database = alter
        var changes: [Change] = []
        if new.owner != old.owner {
            changes.append(Change("\(statement: database) OWNER TO \(identifier: new.owner)"))
        }
        if new.connectionLimit != old.connectionLimit {
            changes.append(Change("\(statement: database) CONNECTION LIMIT \(integer: new.connectionLimit)"))
        }
        if new.tablespace != old.tablespace {
            changes.append(
                Change(
                    "\(statement: database) SET TABLESPACE \(identifier: new.tablespace)",
                    isTransactional: false))
        }
        if new.comment != old.comment { changes.append(setComment(new.comment)) }
        return changes + settings.changes(from: old.settings, to: new.settings, on: alter)
    }

    private var alter: SQLStatement { "ALTER DATABASE \(identifier: arguments.name)" }

    private func setComment(_ comment: String) -> Change {
        Change("COMMENT ON DATABASE \(identifier: arguments.name) IS \(literal: comment)")
    }
}
