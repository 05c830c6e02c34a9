import RunbookCore
import SQLClient
import YAMLDocument

/// Checks what the statements of an SQL action mean together with its other keys.
struct SQLRules {
    let action: SQLAction
    let fields: Fields
    /// The key under which the body stands.
    let bodyKey: String

    /// Statements that PostgreSQL refuses inside a transaction block.
    ///
    /// Source: PostgreSQL 17 manual, the notes of each statement.
    private static let aloneOnly = [
        ["CREATE", "DATABASE"], ["DROP", "DATABASE"], ["CREATE", "TABLESPACE"], ["DROP", "TABLESPACE"],
        ["ALTER", "SYSTEM"], ["VACUUM"],
    ]

    func check(_ reader: inout DocumentReader) {
        var used: Set<Int> = []
        if let before = action.before {
            used.formUnion(check(Self.statements(of: before), key: SQLKeys.before.name, &reader))
        }
        switch action.body {
        case .query(let text):
            let statements = Self.statements(of: text)
            used.formUnion(check(statements, key: bodyKey, &reader))
            if statements.count > 1 {
                report(
                    .badValue, "'\(bodyKey)' takes one statement, found \(statements.count)",
                    hint: "is it a transaction?", &reader)
            }
        case .transaction(let text):
            let statements = Self.statements(of: text)
            used.formUnion(check(statements, key: bodyKey, &reader))
            refuseAlone(statements, &reader)
        case .file: return  // its text is read when a run begins
        }
        for (index, place) in argumentPlaces.enumerated() where !used.contains(index + 1) {
            reader.report(
                .unused, at: place, "no statement uses $\(index + 1)",
                hint: "can it go, or is a $\(index + 1) missing?", severity: .warning)
        }
    }

    /// The parameters that statements use, after each was looked up in `args`.
    private func check(_ statements: [Statement], key: String, _ reader: inout DocumentReader) -> Set<Int> {
        guard let node = fields.entry(key)?.value, case .scalar(let scalar) = node.content else { return [] }
        if statements.isEmpty {
            reader.report(
                .badValue, at: node.start, "'\(key)' holds no statement",
                hint: "is only a comment left of it?")
        }
        for statement in statements {
            guard let name = statement.transactionControl else { continue }
            reader.report(
                .conflictingKeys, at: node.start,
                "'\(key)' must not contain \(name): the executor begins and ends transactions",
                hint: "write the statements alone, under 'transaction'")
        }
        let used = Set(statements.flatMap(\.parameters))
        let count = action.arguments.count
        // Arguments that could not be read were reported, and their number is not known.
        if count == 0, fields.has(SQLKeys.args) { return used }
        for number in used.sorted() where number < 1 || number > count {
            let values = count == 0 ? "no value" : count == 1 ? "1 value" : "\(count) values"
            let problem = ExpressionProblem(
                .unknownName, at: Self.offset(of: number, in: scalar.text),
                "the statement uses $\(number), but args has \(values)",
                hint: "is an entry of args missing, or is the number wrong?")
            reader.report([problem], text: scalar.text, scalar: scalar, node: node)
        }
        return used
    }

    private func refuseAlone(_ statements: [Statement], _ reader: inout DocumentReader) {
        for statement in statements {
            let words = statement.words
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
    private static func statements(of text: Template) -> [Statement] {
        let plain = text.segments.map { segment in
            switch segment {
            case .text(let literal): literal
            case .expression: "\"name\""
            }
        }
        return SQLSplitter.parts(of: plain.joined()).map {
            Statement(parameters: $0.parameters, words: words(of: Array($0.text.utf8)))
        }
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
    private static func words(of bytes: [UInt8]) -> [String] {
        var words: [String] = []
        var index = 0
        while index < bytes.count, words.count < Statement.wordsMax {
            let start = index
            if bytes[index...].starts(with: "--".utf8) {
                index = bytes[index...].firstIndex(of: 0x0A) ?? bytes.count
            } else if bytes[index...].starts(with: "/*".utf8) {
                index += 2
                while index < bytes.count, !bytes[index...].starts(with: "*/".utf8) { index += 1 }
                index += 2
            } else if isLetter(bytes[index]) {
                while index < bytes.count, isLetter(bytes[index]) { index += 1 }
                words.append(String(decoding: bytes[start..<index], as: UTF8.self).uppercased())
            } else {
                index += 1
            }
        }
        return words
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) || byte == 0x5F || byte >= 0x80
    }
}

/// What the rules look at in one statement.
private struct Statement {
    /// Words that are read of a statement.
    static let wordsMax = 5

    /// The numbers of its parameters.
    let parameters: [Int]
    /// Its first words, in capitals.
    let words: [String]

    /// The words with which it begins or ends a transaction; that is the executor's part.
    var transactionControl: String? {
        guard let first = words.first else { return nil }
        switch first {
        case "BEGIN", "START", "COMMIT", "END", "ABORT": return first
        case "ROLLBACK": return words.contains("TO") ? nil : first
        case "PREPARE": return words.dropFirst().first == "TRANSACTION" ? "PREPARE TRANSACTION" : nil
        default: return nil
        }
    }
}
