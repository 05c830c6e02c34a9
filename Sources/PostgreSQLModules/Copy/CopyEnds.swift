import ModuleKit
import SQLClient

/// Both ends of a COPY: a table or query here, a file or program there.
struct CopyEnds {
    enum Direction {
        case from, to
    }

    enum Relation: Equatable {
        case table(SQLIdentifier)
        case query(String)
    }

    let direction: Direction
    let relation: Relation
    /// The file, or the command when it is a program.
    let file: String
    let isProgram: Bool
    private let columnTexts: [String]
    private let relationText: String

    init(_ arguments: PostgreSQLCopyModule.Arguments) throws(ModuleFailure) {
        if let file = arguments.copyTo?.text {
            guard let source = arguments.source, !source.isEmpty else {
                throw .impossible("src param is necessary with copy_to", hint: nil)
            }
            direction = .to
            self.file = file
            relationText = source
            relation = try Self.isQuery(source) ? .query(source) : .table(Self.table(source))
        } else {
            guard let destination = arguments.destination, !destination.isEmpty else {
                throw .impossible("dst param is necessary with copy_from", hint: nil)
            }
            direction = .from
            file = arguments.copyFrom?.text ?? ""
            relationText = destination
            relation = .table(try Self.table(destination))
        }
        isProgram = arguments.isProgram
        columnTexts = arguments.columns
        if case .query = relation, !columnTexts.isEmpty {
            throw .impossible("columns cannot be given with a SELECT", hint: "can the SELECT name them?")
        }
    }

    /// As in community.postgresql: a text with this word is a query.
    private static func isQuery(_ text: String) -> Bool { text.uppercased().contains("SELECT ") }

    private static func table(_ text: String) throws(ModuleFailure) -> SQLIdentifier {
        try PostgreSQLObjectName.identifier(text, as: .table)
    }

    var shownSource: String { direction == .to ? relationText : file }
    var shownDestination: String { direction == .to ? file : relationText }

    /// The columns as they are stored.
    var columnNames: [String] { columnTexts.map(CopyColumn.stored) }

    /// The columns as they stand in the statement.
    func columns(_ session: any SQLSession) throws(ModuleFailure) -> [SQLStatement] {
        guard !columnTexts.isEmpty else { return [] }
        let words = columnTexts.map { $0.lowercased().filter { $0 != " " } }
        // Words that are no column names without quotes (R and T), as this server's grammar has them.
        let rows = try session.observedRecords(
            """
            SELECT k.word
              FROM pg_catalog.pg_get_keywords() AS k
             WHERE k.catcode IN ('R', 'T')
               AND k.word = ANY (\(value: .array(words.map(SQLValue.text)))::text[])
            """)
        let reserved = Set(rows.compactMap { $0.text("word") })
        return columnTexts.map { CopyColumn.statement($0, reserved: reserved) }
    }

    /// The COPY.
    func statement(columns: [SQLStatement], options: SQLStatement?) -> SQLStatement {
        var parts: [SQLStatement] = []
        switch relation {
        case .table(let name): parts.append("COPY \(identifier: name)")
        case .query(let text): parts.append("COPY (\(userText: text))")
        }
        if !columns.isEmpty { parts.append("(\(statement: columns.joined(separator: ",")))") }
        parts.append(direction == .to ? "TO" : "FROM")
        if isProgram { parts.append("PROGRAM") }
        parts.append("\(literal: file)")
        if let options { parts.append(options) }
        return parts.joined(separator: " ")
    }
}
