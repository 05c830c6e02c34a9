import RunbookCore
import SQLClient
import YAMLDocument

/// Checks what the statements of an SQL action mean together with its other keys.
struct SQLRules {
    let action: SQLAction
    let fields: Fields
    /// The key under which the body stands.
    let bodyKey: String

    /// Statements that end or begin a transaction: that is the executor's part.
    private static let transactionControl: Set<String> = [
        "BEGIN", "START", "COMMIT", "END", "ROLLBACK", "ABORT",
    ]
    /// Statements that PostgreSQL refuses inside a transaction block.
    ///
    /// Source: PostgreSQL 17 manual, the notes of each statement.
    private static let aloneOnly = [
        ["CREATE", "DATABASE"], ["DROP", "DATABASE"], ["CREATE", "TABLESPACE"], ["DROP", "TABLESPACE"],
        ["ALTER", "SYSTEM"], ["VACUUM"],
    ]

    func check(_ reader: inout DocumentReader) {
        var used: Set<Int> = []
        if let before = action.before { used.formUnion(check(before, key: SQLKeys.before.name, &reader)) }
        switch action.body {
        case .query(let text):
            used.formUnion(check(text, key: bodyKey, &reader))
            let count = statements(of: text).count
            if count > 1 {
                report(
                    .badValue, "'\(bodyKey)' takes one statement, found \(count)",
                    hint: "is it a transaction?", &reader)
            }
        case .transaction(let text):
            used.formUnion(check(text, key: bodyKey, &reader))
            refuseAlone(text, &reader)
        case .file: return  // its text is read when a run begins
        }
        for (index, place) in argumentPlaces.enumerated() where !used.contains(index + 1) {
            reader.report(.unused, at: place, "no statement uses $\(index + 1)", severity: .warning)
        }
    }

    /// The parameters that a text uses, after each was looked up in `args`.
    private func check(_ text: Template, key: String, _ reader: inout DocumentReader) -> Set<Int> {
        guard let node = fields.entry(key)?.value, case .scalar(let scalar) = node.content else { return [] }
        let parts = statements(of: text)
        if parts.isEmpty {
            reader.report(.badValue, at: node.start, "'\(key)' holds no statement")
        }
        for part in parts {
            let words = Self.words(of: part.text, count: 2)
            guard let first = words.first, Self.transactionControl.contains(first),
                words != ["ROLLBACK", "TO"]
            else { continue }
            reader.report(
                .conflictingKeys, at: node.start,
                "'\(key)' must not contain \(first): the executor begins and ends transactions",
                hint: "write the statements alone, under 'transaction'")
        }
        let used = Set(parts.flatMap(\.parameters))
        for number in used.sorted() where number < 1 || number > action.arguments.count {
            let count = action.arguments.count
            let values = count == 0 ? "no value" : count == 1 ? "1 value" : "\(count) values"
            let problem = ExpressionProblem(
                .unknownName, at: Self.offset(of: number, in: scalar.text),
                "the statement uses $\(number), but args has \(values)")
            reader.report([problem], text: scalar.text, scalar: scalar, node: node)
        }
        return used
    }

    private func refuseAlone(_ text: Template, _ reader: inout DocumentReader) {
        for part in statements(of: text) {
            let words = Self.words(of: part.text, count: 5)
            let alone = Self.aloneOnly.first { words.starts(with: $0) }
            guard let name = alone ?? words.lastIndex(of: "CONCURRENTLY").map({ Array(words[...$0]) }) else {
                continue
            }
            report(
                .conflictingKeys,
                "PostgreSQL does not execute \(name.joined(separator: " ")) in a transaction",
                hint: "write it under 'query', in a step of its own", &reader)
        }
    }

    private func report(
        _ code: DiagnosticCode, _ message: String, hint: String?, _ reader: inout DocumentReader
    ) {
        reader.report(code, at: fields.entry(bodyKey)?.value.start ?? fields.start, message, hint: hint)
    }

    /// The statements, with a name in place of each expression.
    private func statements(of text: Template) -> [SQLSplitter.Part] {
        let plain = text.segments.map { segment in
            switch segment {
            case .text(let literal): literal
            case .expression: "\"name\""
            }
        }
        return SQLSplitter.parts(of: plain.joined())
    }

    private var argumentPlaces: [YAMLPosition] {
        guard case .sequence(let nodes) = fields.entry(SQLKeys.args.name)?.value.content else { return [] }
        return nodes.map(\.start)
    }

    /// The byte at which a parameter stands first.
    private static func offset(of number: Int, in text: String) -> Int {
        let (bytes, wanted) = (Array(text.utf8), Array("$\(number)".utf8))
        return bytes.indices.first { index in
            let rest = bytes[index...]
            let isLonger = rest.dropFirst(wanted.count).first.map { (0x30...0x39).contains($0) } ?? false
            return rest.starts(with: wanted) && !isLonger
        } ?? 0
    }

    /// The first words of a statement, in capitals, behind its comments.
    private static func words(of statement: String, count: Int) -> [String] {
        var rest = Substring(statement)
        while true {
            rest = rest.drop { $0.isWhitespace }
            if rest.hasPrefix("--") {
                rest = rest.drop { !$0.isNewline }
            } else if rest.hasPrefix("/*") {
                rest = rest.dropFirst(2)
                while !rest.isEmpty, !rest.hasPrefix("*/") { rest = rest.dropFirst() }
                rest = rest.dropFirst(2)
            } else {
                break
            }
        }
        return rest.split(maxSplits: count) { !$0.isLetter }.prefix(count).map { $0.uppercased() }
    }
}
