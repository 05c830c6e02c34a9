import ModuleKit
import SQLClient

/// An object as a task names it.
struct OwnedObject {
    let kind: OwnedKind
    /// As the task has it.
    let text: String
    /// Database and schema, where the task gives them, and name; without argument types.
    private let levels: [String]
    /// `nil` when the task gives none.
    private let signature: RoutineSignature?

    /// An object that was found.
    struct Found {
        let owner: String
        /// How the object stands behind ALTER.
        let reference: SQLStatement
    }

    init(_ kind: OwnedKind, _ text: String) throws(ModuleFailure) {
        self.kind = kind
        self.text = text
        var signature: RoutineSignature?
        switch kind.naming {
        case .plain:
            // Such a name may have dots. In quotes it is read as SQL reads it.
            levels = [PostgreSQLObjectName.isQuoted(text) ? try PostgreSQLObjectName.unquoted(text) : text]
        case .number:
            guard UInt32(text) != nil else {
                throw .impossible(
                    "\(text) is not the number of a large object",
                    hint: "which one is meant (pg_largeobject_metadata.oid)?")
            }
            levels = [text]
        case .qualified:
            levels = try PostgreSQLObjectName.identifier(text, as: .table).parts
        case .routine:
            let name: String
            (name, signature) = RoutineSignature.split(text)
            levels = try PostgreSQLObjectName.identifier(name, as: .table).parts
        }
        self.signature = signature
    }

    /// Finds the one object that is meant.
    ///
    /// - Throws: `ModuleFailure.impossible` when there is none, or more than one.
    func found(in session: any SQLSession) throws(ModuleFailure) -> Found {
        guard levels.count < 3 || levels[0] == session.database else {
            throw .impossible(
                "\(kind.rawValue) \"\(text)\" is in another database than \(session.database)",
                hint: "is login_db: \(levels[0]) meant?")
        }
        var rows = try session.observedRecords(observation)
        let exact = rows.filter { $0.text("name") == levels.last }
        // Without quotes, SQL reads names in lower case; one that is stored as it is written comes first.
        if !exact.isEmpty { rows = exact }
        if let signature { rows = try matching(signature, rows, session) }
        guard let row = rows.first else {
            throw .impossible(
                "\(kind.rawValue) \"\(text)\" does not exist",
                hint: "is it in the database \(session.database), and in which schema?")
        }
        guard rows.count == 1 else {
            let known = rows.compactMap { $0.text("arguments") }.map { "(\($0))" }.joined(separator: ", ")
            throw .impossible(
                "\(kind.rawValue) name \"\(text)\" is not unique",
                hint: "which argument types has it, in parentheses behind the name: \(known)?")
        }
        return Found(owner: row.text("owner") ?? "", reference: reference(row))
    }

    // MARK: Reading

    private var observation: SQLStatement {
        let place = kind.place
        var conditions: [SQLStatement] = [place.condition, name(place.name)]
        if let namespace = place.namespace, levels.count > 1 {
            let schemas = spellings(of: levels[levels.count - 2])
            conditions.append(
                """
                o.\(statement: namespace) IN (SELECT n.oid
                                                FROM pg_catalog.pg_namespace AS n
                                               WHERE n.nspname = ANY (\(value: schemas)::name[]))
                """)
        } else if let isVisible = place.isVisible {
            conditions.append(isVisible)
        }
        let routine: SQLStatement =
            kind.naming == .routine
            ? """
            ,
                   o.pronamespace::pg_catalog.regnamespace::text AS quoted_schema,
                   pg_catalog.pg_get_function_identity_arguments(o.oid) AS arguments,
                   pg_catalog.oidvectortypes(o.proargtypes) AS types,
                   o.proargtypes::text AS type_numbers,
                   coalesce(o.proargnames, '{}') AS argument_names
            """ : ""
        return """
            SELECT pg_catalog.pg_get_userbyid(o.\(statement: place.owner)) AS owner,
                   o.\(statement: place.name)::text AS name,
                   pg_catalog.quote_ident(o.\(statement: place.name)::text) AS quoted_name\(statement: routine)
              FROM pg_catalog.\(statement: place.catalog) AS o
             WHERE \(statement: conditions.joined(separator: " AND "))
             ORDER BY o.oid
            """
    }

    private func name(_ column: SQLStatement) -> SQLStatement {
        let name = levels[levels.count - 1]
        return kind.naming == .number
            ? "o.\(statement: column) = \(value: .text(name))::oid"
            : "o.\(statement: column) = ANY (\(value: spellings(of: name))::name[])"
    }

    /// The names that a text may stand for.
    private func spellings(of name: String) -> SQLValue {
        let folded = String(String.UnicodeScalarView(name.unicodeScalars.map(Self.lowercase)))
        let isFolded = kind.isReadAsSQL && !text.containsScalars("\"") && folded != name
        return .array((isFolded ? [name, folded] : [name]).map(SQLValue.text))
    }

    /// Only ASCII letters: so does the server in encodings of several bytes.
    private static func lowercase(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
        ("A"..."Z").contains(scalar) ? Unicode.Scalar(UInt8(scalar.value) + 32) : scalar
    }

    /// The routines with this signature: as the server shows it, or, when none is, with the types that it means.
    private func matching(
        _ signature: RoutineSignature, _ rows: [SQLRecord], _ session: any SQLSession
    ) throws(ModuleFailure) -> [SQLRecord] {
        let written = signature.written == "*" ? "" : signature.written
        let asShown = rows.filter { $0.text("arguments") == written || $0.text("types") == written }
        guard asShown.isEmpty, !rows.isEmpty, !signature.arguments.isEmpty else { return asShown }
        let names = Set(rows.flatMap { $0.texts("argument_names") })
        let types = signature.types(argumentNames: names).map(SQLValue.text)
        let meant = try session.observedRecords(
            """
            SELECT pg_catalog.string_agg(coalesce(pg_catalog.to_regtype(w.type)::pg_catalog.oid::text, '?'),
                                         ' ' ORDER BY w.position) AS type_numbers
              FROM pg_catalog.unnest(\(value: .array(types))::text[]) WITH ORDINALITY AS w (type, position)
            """)
        return rows.filter { $0.text("type_numbers") == meant.first?.text("type_numbers") }
    }

    // MARK: Writing

    private func reference(_ row: SQLRecord) -> SQLStatement {
        let quoted = SQLStatement(userText: row.text("quoted_name") ?? "")
        switch kind.naming {
        case .number: return SQLStatement(userText: text)
        case .plain: return kind.isReadAsSQL ? quoted : "\(identifier: row.text("name") ?? "")"
        case .qualified: return "\(identifier: SQLIdentifier(parts: levels))"
        case .routine:
            let schema: SQLStatement =
                levels.count > 1 ? SQLStatement(userText: (row.text("quoted_schema") ?? "") + ".") : ""
            let name: SQLStatement =
                kind.isReadAsSQL ? schema + quoted : "\(identifier: SQLIdentifier(parts: levels))"
            return name + arguments(row)
        }
    }

    /// The signature as the task has it where it is made of plain words, else as the server shows it.
    private func arguments(_ row: SQLRecord) -> SQLStatement {
        let shown = row.text("arguments") ?? ""
        guard let signature else {
            // ALTER AGGREGATE never goes without.
            guard kind == .aggregate else { return "" }
            return SQLStatement(userText: shown.isEmpty ? "(*)" : "(\(shown))")
        }
        guard !shown.isEmpty else { return kind == .aggregate ? "(*)" : "()" }
        return SQLStatement(userText: "(\(signature.isPlain ? signature.written : shown))")
    }
}
