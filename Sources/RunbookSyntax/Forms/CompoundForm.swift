import RunbookCore
import YAMLDocument

/// The most items that a list or map of a document may have, where nothing else is said.
let itemsMax = 10_000

extension Form where Value: Sendable {
    /// Values in order; a single value may stand alone.
    static func list<Item>(of item: Form<Item>, orOne: Bool = false) -> Form where Value == [Item] {
        let shape: Shape = orOne ? .either([item.shape, .list(item.shape)]) : .list(item.shape)
        return Form(shape) { node, reader in
            guard case .sequence(let nodes) = node.content else {
                if orOne, case .scalar = node.content { return item.read(node, &reader).map { [$0] } }
                if orOne, case .mapping = node.content { return item.read(node, &reader).map { [$0] } }
                reader.reportKind(of: node, wanted: "a list", hint: reader.about)
                return nil
            }
            guard !nodes.isEmpty, nodes.count <= itemsMax else {
                reader.report(
                    .badValue, at: node.start,
                    nodes.isEmpty
                        ? "'\(reader.key)' must not be empty"
                        : "'\(reader.key)' takes at most \(itemsMax) items", hint: reader.about)
                return nil
            }
            let topic = reader.topic
            var items: [Item] = []
            for node in nodes {
                reader.topic = topic
                if let value = item.read(node, &reader) { items.append(value) }
            }
            return items.count == nodes.count ? items : nil
        }
    }

    /// A mapping with the keys of a table.
    static func mapping(
        _ table: KeyTable, read: @escaping @Sendable (Fields, inout DocumentReader) -> Value?
    ) -> Form {
        Form(.mapping(table)) { node, reader in
            reader.fields(of: node, as: table).flatMap { read($0, &reader) }
        }
    }

    /// A mapping whose keys are names that the author chooses.
    static func map<Name: Sendable, Item>(
        _ what: String, _ rule: NameRule, _ make: @escaping @Sendable (String) -> Name?, of item: Form<Item>
    ) -> Form where Value == [NamedItem<Name, Item>] {
        Form(.map(name: what, pattern: rule.pattern, item.shape)) { node, reader in
            guard case .mapping(let entries) = node.content else {
                reader.reportKind(of: node, wanted: "a mapping", hint: reader.about)
                return nil
            }
            let summary = reader.topic.summary
            var items: [NamedItem<Name, Item>] = []
            for entry in entries {
                reader.topic = DocumentReader.Topic(key: entry.key, summary: summary)
                let value = item.read(entry.value, &reader)
                guard let name = make(entry.key) else {
                    reader.report(
                        .badName, at: entry.keyStart, "'\(entry.key)' is not \(what)",
                        hint: "\(rule.summary), at most \(NameRule.lengthMax) characters")
                    continue
                }
                if let value { items.append(NamedItem(name: name, value: value, place: entry.keyStart)) }
            }
            return items
        }
    }
}

/// An entry of a mapping whose keys are names.
struct NamedItem<Name: Sendable, Value: Sendable>: Sendable {
    let name: Name
    let value: Value
    let place: YAMLPosition
}

extension Form where Value == ValueTemplate {
    /// Any value, whose texts may hold expressions.
    static var value: Form {
        Form("a value: text with `${{ }}`, whole number, boolean, list or mapping", .any) { node, reader in
            reader.valueTemplate(node)
        }
    }
}

extension DocumentReader {
    /// A value with expressions. Recursion is bounded by the depth limit of YAML documents.
    fileprivate mutating func valueTemplate(_ node: YAMLNode) -> ValueTemplate? {
        switch node.content {
        case .refused: return nil
        case .scalar(let scalar):
            switch scalar.value {
            case .null: return .literal(.null)
            case .bool(let flag): return .literal(.bool(flag))
            case .int(let number): return .literal(.int(number))
            case .float:
                report(
                    .wrongKind, at: node.start, "'\(key)' takes whole numbers, found \(scalar.text)",
                    hint: "with quotes it is handed over as a text")
                return nil
            case .string(let text):
                guard let template = template(text, scalar: scalar, node: node) else { return nil }
                return template.isLiteral ? .literal(.string(text)) : .template(template)
            }
        case .sequence(let nodes):
            let items = nodes.map { valueTemplate($0) }
            let values = items.compactMap { $0 }
            return values.count == items.count ? .list(values) : nil
        case .mapping(let entries):
            let fields = entries.map { entry in
                valueTemplate(entry.value).map { ValueTemplate.Field(name: entry.key, value: $0) }
            }
            let values = fields.compactMap { $0 }
            return values.count == fields.count ? .map(values) : nil
        }
    }
}
