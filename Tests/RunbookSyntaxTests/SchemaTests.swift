import TestKit
import Testing
import YAMLDocument

@testable import RunbookSyntax

/// Parser, JSON Schema and reference page say the same, because they are made from one table.
struct SchemaTests {
    /// Every table that documents are read by, each once.
    private static let tables: [KeyTable] = {
        var tables: [KeyTable] = []
        var queue = [RunbookKeys.table]
        while let table = queue.popLast() {
            if tables.contains(where: { $0.subject == table.subject }) { continue }
            tables.append(table)
            queue += table.keys.flatMap(\.shape.tables)
        }
        return tables
    }()

    private func schema() throws -> Schema {
        Schema(root: try #require(YAMLDocument.parse(Array(JSONSchema.text.utf8)).root))
    }

    @Test func `every key of every table is in the schema and on the page, and no other`() throws {
        let schema = try schema()
        var objects = schema.definitions
        objects["runbook"] = schema.root
        #expect(objects.count == Self.tables.count)
        for table in Self.tables {
            let names = table.keys.map(\.name)
            let object = try #require(
                objects.values.first { $0["properties"]?.entries.map(\.key) == names }, "\(table.subject)")
            let required = object["required"]?.items.compactMap(\.text) ?? []
            #expect(required == table.keys.filter(\.isRequired).map(\.name))
            #expect(object["additionalProperties"]?.text == "false")
            let page = ReferencePage.text.split(separator: "## ").first {
                $0.hasPrefix("Keys of \(table.subject)\n")
            }
            for key in table.keys { #expect(page?.contains("| `\(key.name)`") == true, "\(key.name)") }
        }
    }

    @Test func `mistakes were made with every key of every table`() throws {
        var used: Set<String> = []
        for mistake in Mistake.all {
            guard let root = YAMLDocument.parse(mistake.text).root else { continue }
            Self.collect(root, .mapping(RunbookKeys.table), &used)
        }
        let all = Self.tables.flatMap { table in table.keys.map { "\(table.subject): \($0.name)" } }
        #expect(all.filter { !used.contains($0) } == [])
    }

    private static func collect(_ node: YAMLNode, _ shape: Shape, _ used: inout Set<String>) {
        switch shape {
        case .plain: break
        case .list(let item): node.items.forEach { collect($0, item, &used) }
        case .map(_, _, let item): node.entries.forEach { collect($0.value, item, &used) }
        case .either(let shapes): shapes.forEach { collect(node, $0, &used) }
        case .mapping(let table):
            for entry in node.entries {
                guard let key = table.keysByName[entry.key] else { continue }
                used.insert("\(table.subject): \(key.name)")
                collect(entry.value, key.shape, &used)
            }
        }
    }

    @Test(arguments: ["../runbooks", "Runbook/documents", "RunbookSyntaxTests/Golden/good"])
    func `the schema takes every document that the parser takes`(path: String) throws {
        let folder = GoldenFolder(path)
        let names = folder.names(endingIn: ".yml")
        #expect(!names.isEmpty)
        for name in names {
            let root = try #require(YAMLDocument.parse(try folder.bytes(name)).root)
            #expect(try schema().problem(of: root) == nil, "\(name)")
        }
    }

    /// What only the parser can know: what depends on several keys, on expressions, and on the texts of values.
    @Test func `the schema refuses what an editor can see`() throws {
        let schema = try schema()
        var refused: [String: Int] = [:]
        for mistake in Mistake.all {
            let parsed = YAMLDocument.parse(mistake.text)
            guard let root = parsed.root, parsed.problems.isEmpty else { continue }
            guard schema.problem(of: root) == nil else {
                refused[mistake.code, default: 0] += 1
                continue
            }
            #expect(mistake.code != "unknown-key", "\(mistake)")
            #expect(mistake.code != "not-yet" || mistake.name == "a version of the future", "\(mistake)")
        }
        #expect(refused.values.reduce(0, +) >= 150)
        for code in ["unknown-key", "not-yet", "missing-key", "wrong-kind", "bad-value", "bad-name"] {
            #expect(refused[code, default: 0] >= 10, "\(code)")
        }
    }
}

/// As much of JSON Schema (draft 2020-12) as the schema of documents uses; another word fails.
private struct Schema {
    let root: YAMLNode

    /// The parts that others refer to.
    var definitions: [String: YAMLNode] {
        Dictionary(
            (root["$defs"]?.entries ?? []).map { ($0.key, $0.value) }, uniquingKeysWith: { first, _ in first }
        )
    }

    /// What is wrong with a document; `nil` when nothing is.
    func problem(of node: YAMLNode) -> String? { problem(of: node, root) }

    private func problem(of node: YAMLNode, _ schema: YAMLNode) -> String? {
        for entry in schema.entries {
            guard let problem = problem(of: node, entry.key, entry.value, schema) else { continue }
            return problem
        }
        return nil
    }

    private func problem(of node: YAMLNode, _ word: String, _ value: YAMLNode, _ schema: YAMLNode) -> String?
    {
        let place = "line \(node.start.line), column \(node.start.column)"
        switch word {
        case "$schema", "$comment", "$defs", "title", "description": return nil
        case "$ref":
            let name = value.text.map { String($0.dropFirst("#/$defs/".count)) } ?? ""
            guard let target = definitions[name] else { return "no definition of \(name)" }
            return problem(of: node, target)
        case "type":
            let types = value.items.isEmpty ? [value.text ?? ""] : value.items.compactMap(\.text)
            return types.contains(where: node.isA) ? nil : "\(place): not of type \(types)"
        case "enum":
            return value.items.contains { $0.text == node.text } ? nil : "\(place): none of the words"
        case "pattern":
            guard let text = node.text, let regex = try? Regex(value.text ?? "") else { return nil }
            return text.firstMatch(of: regex) == nil ? "\(place): no match" : nil
        case "minimum": return (node.number ?? .max) >= (value.number ?? 0) ? nil : "\(place): too small"
        case "maximum": return (node.number ?? .min) <= (value.number ?? 0) ? nil : "\(place): too large"
        case "minItems": return node.isA("array") && node.items.isEmpty ? "\(place): empty" : nil
        case "items": return node.items.lazy.compactMap { problem(of: $0, value) }.first
        case "required":
            let missing = value.items.compactMap(\.text).first { node[$0] == nil }
            return node.isA("object") ? missing.map { "\(place): no \($0)" } : nil
        case "properties":
            return value.entries.lazy.compactMap { entry in
                node[entry.key].flatMap { problem(of: $0, entry.value) }
            }.first
        case "patternProperties":
            return node.entries.lazy.compactMap { entry in
                rule(for: entry.key, value).flatMap { problem(of: entry.value, $0) }
            }.first
        case "additionalProperties":
            let extra = node.entries.first { entry in
                schema["properties"]?[entry.key] == nil
                    && schema["patternProperties"].flatMap { rule(for: entry.key, $0) } == nil
            }
            return extra.map { "\(place): unknown \($0.key)" }
        case "anyOf":
            return value.items.contains { problem(of: node, $0) == nil } ? nil : "\(place): none of several"
        default: return "the word '\(word)' is not known to this test"
        }
    }

    private func rule(for key: String, _ patterns: YAMLNode) -> YAMLNode? {
        patterns.entries.first { entry in
            (try? Regex(entry.key)).map { key.firstMatch(of: $0) != nil } ?? false
        }?.value
    }
}

extension YAMLNode {
    fileprivate var entries: [YAMLEntry] { if case .mapping(let entries) = content { entries } else { [] } }

    fileprivate var items: [YAMLNode] { if case .sequence(let nodes) = content { nodes } else { [] } }

    fileprivate var text: String? { if case .scalar(let scalar) = content { scalar.text } else { nil } }

    fileprivate var number: Int64? {
        guard case .scalar(let scalar) = content, case .int(let number) = scalar.value else { return nil }
        return number
    }

    fileprivate subscript(key: String) -> YAMLNode? { entries.first { $0.key == key }?.value }

    /// Whether the node is of a type of JSON Schema.
    fileprivate func isA(_ type: String) -> Bool {
        switch content {
        case .refused: false
        case .mapping: type == "object"
        case .sequence: type == "array"
        case .scalar(let scalar):
            switch scalar.value {
            case .null: type == "null"
            case .bool: type == "boolean"
            case .int: type == "integer" || type == "number"
            case .float: type == "number"
            case .string: type == "string"
            }
        }
    }
}
