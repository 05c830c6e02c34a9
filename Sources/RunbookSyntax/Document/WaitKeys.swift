import RunbookCore
import YAMLDocument

/// The keys of `wait`.
enum WaitKeys {
    static let intervalRange = Duration.milliseconds(100)...Duration.seconds(3_600)

    static let http = Key("http", HTTPKeys.form, "Until a request is answered as expected.")
    static let sql = Key("sql", SQLKeys.form, "Until a query returns a row.")
    static let run = Key("run", .script, "Until a text for `sh -c` ends with status 0.")
    static let argv = Key("argv", .list(of: .template), "Until a program ends with status 0.")
    static let until = Key(
        "until", .moment, "Until a moment; the run suspends, and goes on at the first `resume` behind it.")
    static let every = Key("every", .duration(intervalRange), "Between two looks, `10s` unless given.")
    static let limit = Key(
        "for", .duration(StepKeys.timeoutRange),
        "How long it may take, `10m` unless given; alone, how long to pause.")

    static let conditions = ["http", "sql", "run", "argv", "until"]

    static let table = KeyTable(
        "a wait",
        [
            http.declaration, sql.declaration, run.declaration, argv.declaration, until.declaration,
            every.declaration, limit.declaration,
        ],
        later: ["file", "port", "while"])

    static let form = Form<WaitAction>.mapping(table) { fields, reader in read(fields, &reader) }

    private static func read(_ fields: Fields, _ reader: inout DocumentReader) -> WaitAction? {
        let given = fields.entries.filter { conditions.contains($0.key) }
        for extra in given.dropFirst() {
            reader.report(
                .conflictingKeys, at: extra.keyStart,
                "'\(extra.key)' and '\(given[0].key)' exclude each other",
                hint: "can the second become a wait of its own?")
        }
        let found = given.compactMap { Self.condition($0.key, fields, &reader) }
        let interval = reader.read(every, in: fields) ?? WaitAction.intervalDefault
        let longest = reader.read(limit, in: fields) ?? WaitAction.limitDefault
        if given.isEmpty, !fields.has(limit) {
            guard !fields.hasUnknown(table) else { return nil }
            reader.report(
                .missingKey, at: fields.start,
                "a wait needs 'http', 'sql', 'run', 'argv', 'until' or 'for'",
                hint: "what is it that the step waits for?")
            return nil
        }
        guard given.count <= 1, found.count == given.count else { return nil }
        let wanted = found.first ?? .pause
        refuseMeaningless(wanted, fields, &reader)
        return WaitAction(condition: wanted, interval: interval, limit: longest)
    }

    private static func condition(
        _ name: String, _ fields: Fields, _ reader: inout DocumentReader
    ) -> WaitAction.Condition? {
        switch name {
        case "http": reader.read(http, in: fields).map { .http($0) }
        case "sql": shortSQL(fields, &reader).map { .sql($0) }
        case "run": reader.read(run, in: fields).map { .run($0) }
        case "argv": reader.read(argv, in: fields).map { .argv($0) }
        default: reader.read(until, in: fields).map { .until($0) }
        }
    }

    /// The SQL, with the checks that a mapping has gone through already.
    private static func shortSQL(_ fields: Fields, _ reader: inout DocumentReader) -> SQLAction? {
        guard let action = reader.read(sql, in: fields) else { return nil }
        if case .scalar = fields.entry(sql.name)?.value.content {
            SQLRules(action: action, fields: fields, bodyKey: sql.name).check(&reader)
        }
        return action
    }

    private static func refuseMeaningless(
        _ condition: WaitAction.Condition, _ fields: Fields, _ reader: inout DocumentReader
    ) {
        let meaningless: [String]
        switch condition {
        case .until: meaningless = [every.name, limit.name]
        case .pause: meaningless = [every.name]
        case .http(let request):
            meaningless = []
            if !request.method.isSafe {
                reader.report(
                    .unsafeRepeat, at: fields.place(of: http),
                    "a wait asks again and again, and \(request.method.rawValue) is not for reading",
                    hint: "is there an address to GET?")
            }
        case .sql(let sql):
            meaningless = []
            if sql.body.isTransaction || sql.before != nil {
                reader.report(
                    .unsafeRepeat, at: fields.place(of: Self.sql), "a wait only reads: it takes one query",
                    hint: "write the statement under 'query'")
            }
        case .run, .argv: meaningless = []
        }
        for entry in fields.entries where meaningless.contains(entry.key) {
            reader.report(
                .conflictingKeys, at: entry.keyStart, "'\(entry.key)' has no meaning in this wait",
                hint: "can the key go? a wait for a moment or a while looks only once")
        }
    }
}

extension Form where Value == Expression {
    /// A moment, as an expression.
    static var moment: Form {
        Form("an expression that is a time, such as `run.started_at + 7d`") { node, reader in
            reader.expression(node, .time, wanted: "a moment")
        }
    }
}
