import RunbookCore
import YAMLDocument

/// The keys of a parameter.
enum ParameterKeys {
    static let title = Key("title", .text, "What it means, for people.")
    static let type = Key("type", Form<Parameter.Kind>.choice, required: true, "What values it takes.")
    static let required = Key("required", .bool, "Whether a run without it is refused, `false` unless given.")
    static let defaultValue = Key(
        "default", .node(.plain(.any, "a value of the type")), "Its value when a run does not give one.")
    static let pattern = Key("pattern", .pattern, "What texts must match, for `string`, `path` and `host`.")
    static let choices = Key(
        "choices", .node(.list(.plain(.any, "a value of the type"))), "The only values that are taken.")
    static let min = Key(
        "min", .node(.plain(.any, "a value of the type")), "Smallest `int`, `duration` or `time`.")
    static let max = Key(
        "max", .node(.plain(.any, "a value of the type")), "Largest `int`, `duration` or `time`.")
    static let mustExist = Key("must_exist", .bool, "Whether the `path` must exist when the run starts.")

    static let table = KeyTable(
        "a parameter",
        [
            type.declaration, title.declaration, required.declaration, defaultValue.declaration,
            pattern.declaration, choices.declaration, min.declaration, max.declaration, mustExist.declaration,
        ],
        later: ["secret", "from", "help", "group"])

    static let form = Form<[NamedItem<ValueName, Parameter?>]>.map(
        "a name of a parameter", .value, { ValueName($0) },
        of: .mapping(table) { fields, reader in .some(ParameterReader(fields: fields).read(&reader)) })
}

extension Form where Value == Pattern {
    /// A regular expression.
    static var pattern: Form {
        Form("a regular expression; `^` and `$` bind it to the ends") { node, reader in
            guard let (text, scalar) = reader.scalarText(node, wanted: "a regular expression") else {
                return nil
            }
            do throws(PatternProblem) {
                return try Pattern(reading: text)
            } catch {
                let problem = ExpressionProblem(
                    .badValue, at: error.offset, "this is no pattern: \(error.message)", hint: error.hint)
                reader.report([problem], text: text, scalar: scalar, node: node)
                return nil
            }
        }
    }
}

/// Reads one parameter; its name is the reader's current key.
private struct ParameterReader {
    /// Values that `choices` may list: each is compared with each.
    private static let choicesMax = 1_000

    let fields: Fields

    func read(_ reader: inout DocumentReader) -> Parameter? {
        guard let name = ValueName(reader.key) else { return nil }
        guard let kind = reader.read(ParameterKeys.type, in: fields) else { return nil }
        var parameter = Parameter(name: name, kind: kind)
        parameter.title = reader.read(ParameterKeys.title, in: fields)
        parameter.isRequired = reader.read(ParameterKeys.required, in: fields) ?? false
        parameter.pattern = reader.read(ParameterKeys.pattern, in: fields)
        parameter.mustExist = reader.read(ParameterKeys.mustExist, in: fields) ?? false
        refuseKeysOfOtherKinds(kind, &reader)
        parameter.minimum = bound(ParameterKeys.min, of: parameter, &reader)
        parameter.maximum = bound(ParameterKeys.max, of: parameter, &reader)
        checkBounds(of: parameter, &reader)
        parameter.choices = choices(of: parameter, &reader)
        parameter.defaultValue = defaultValue(of: parameter, &reader)
        return parameter
    }

    private func hint(for refusal: Parameter.Refusal) -> String {
        switch refusal {
        case .notOfKind(let kind): kind.example
        case .notAmongChoices: "is it missing in 'choices'?"
        case .notMatching: "is the value right, and the pattern?"
        case .belowMinimum, .aboveMaximum: "is the value right, and the bound?"
        }
    }

    private func refuseKeysOfOtherKinds(_ kind: Parameter.Kind, _ reader: inout DocumentReader) {
        let isText = kind == .string || kind == .path || kind == .host
        let refused =
            (isText ? [] : ["pattern"]) + (kind.isOrdered ? [] : ["min", "max"])
            + (kind == .path ? [] : ["must_exist"])
        for entry in fields.entries where refused.contains(entry.key) {
            reader.report(
                .conflictingKeys, at: entry.keyStart,
                "'\(entry.key)' has no meaning for the type \(kind.rawValue)",
                hint: "is the type right, or can the key go?")
        }
    }

    private func bound(
        _ key: Key<YAMLNode>, of parameter: Parameter, _ reader: inout DocumentReader
    ) -> RunbookValue? {
        guard parameter.kind.isOrdered, let node = reader.read(key, in: fields) else { return nil }
        return value(node, of: Parameter(name: parameter.name, kind: parameter.kind), &reader)
    }

    private func checkBounds(of parameter: Parameter, _ reader: inout DocumentReader) {
        guard let minimum = parameter.minimum else { return }
        var upper = parameter
        upper.minimum = nil
        if upper.refusal(of: minimum) != nil {
            reader.report(
                .badValue, at: fields.valuePlace(of: ParameterKeys.min),
                "'min' is above 'max': no value would be taken", hint: "are the two swapped?")
        }
    }

    private func choices(of parameter: Parameter, _ reader: inout DocumentReader) -> [RunbookValue] {
        guard let node = reader.read(ParameterKeys.choices, in: fields) else { return [] }
        guard case .sequence(let items) = node.content else {
            reader.reportKind(of: node, wanted: "a list", hint: reader.about)
            return []
        }
        guard !items.isEmpty, items.count <= Self.choicesMax else {
            let words = items.isEmpty ? "must not be empty" : "takes at most \(Self.choicesMax) values"
            reader.report(.badValue, at: node.start, "'choices' \(words)", hint: reader.about)
            return []
        }
        var values: [RunbookValue] = []
        for item in items {
            guard let value = value(item, of: parameter, &reader) else { continue }
            if values.contains(value) {
                reader.report(
                    .duplicateName, at: item.start, "the choice '\(value.text ?? "")' is given twice",
                    hint: "can one of them go?")
            }
            values.append(value)
        }
        return values
    }

    private func defaultValue(of parameter: Parameter, _ reader: inout DocumentReader) -> RunbookValue? {
        guard let node = reader.read(ParameterKeys.defaultValue, in: fields) else { return nil }
        if parameter.isRequired {
            reader.report(
                .conflictingKeys, at: fields.place(of: ParameterKeys.defaultValue),
                "a required parameter has no use for a default", hint: "can one of the two go?")
        }
        return value(node, of: parameter, &reader)
    }

    /// The value that a node means for the parameter, under all of its rules.
    private func value(
        _ node: YAMLNode, of parameter: Parameter, _ reader: inout DocumentReader
    ) -> RunbookValue? {
        let result: Result<RunbookValue, Parameter.Refusal>
        var shown = "the list"
        if parameter.kind == .list, case .sequence(let items) = node.content {
            var texts: [RunbookValue] = []
            for item in items {
                guard let (text, _) = reader.scalarText(item) else { return nil }
                texts.append(.string(text))
            }
            let list = RunbookValue.list(texts)
            result = parameter.refusal(of: list).map(Result.failure) ?? .success(list)
        } else {
            guard
                let (text, _) = reader.scalarText(node, wanted: "a value of type \(parameter.kind.rawValue)")
            else { return nil }
            shown = "'\(text)'"
            result = parameter.value(of: text)
        }
        switch result {
        case .success(let value): return value
        case .failure(let refusal):
            reader.report(.badValue, at: node.start, "\(shown) \(refusal)", hint: hint(for: refusal))
            return nil
        }
    }
}

extension Parameter.Kind {
    /// Whether a value can be smaller than another.
    fileprivate var isOrdered: Bool { self == .int || self == .duration || self == .time }

    /// How values are written, as a hint.
    var example: String {
        switch self {
        case .string: "a text is written in quotes: 'mairie'"
        case .int: "a whole number is written like 16"
        case .bool: "write true or false"
        case .duration: "durations are written like 90s, 10m, 24h, 7d or 1h30m"
        case .time: "times are written like 2026-03-01T12:00:00Z"
        case .path: "a path is written like /var/backups/mairie"
        case .host: "a host is written like pg-prod-01 or 10.0.0.1"
        case .list: "a list is written like [controle, espace]"
        }
    }
}
