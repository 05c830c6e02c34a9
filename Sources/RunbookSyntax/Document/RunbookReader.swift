import RunbookCore
import YAMLDocument

/// Reads a whole document: declarations first, wherever they stand, then the steps in order.
struct RunbookReader {
    /// Steps that a document may have.
    static let stepsMax = itemsMax

    private var reader: DocumentReader
    private let root: YAMLNode

    init(root: YAMLNode, reader: DocumentReader) {
        self.root = root
        self.reader = reader
    }

    /// The document, `nil` when anything is wrong with it, every diagnostic, and the calls of other documents.
    mutating func read() -> (document: RunbookDocument?, diagnostics: [Diagnostic], calls: [CallPlace]) {
        let document = readDocument()
        return (reader.hasErrors ? nil : document, reader.sortedDiagnostics, reader.calls)
    }

    private mutating func readDocument() -> RunbookDocument? {
        reader.key = "the document"
        guard let fields = reader.fields(of: root, as: RunbookKeys.table) else { return nil }
        if let version = reader.read(RunbookKeys.runbook, in: fields),
            version != RunbookDocument.formatVersion
        {
            reader.report(
                .notYet, at: fields.valuePlace(of: RunbookKeys.runbook),
                "this program reads documents of version \(RunbookDocument.formatVersion), this one is of version \(version)",
                hint: "is there a newer version of this program?"
            )
        }
        let id = reader.read(RunbookKeys.id, in: fields)
        let title = reader.read(RunbookKeys.title, in: fields)
        var document = RunbookDocument(id: id ?? "unnamed", title: title ?? "", steps: [])
        document.owner = reader.read(RunbookKeys.owner, in: fields)
        declareSteps(fields)
        document.parameters = readParameters(fields)
        readVariablesAndSecrets(of: &document, fields)
        reader.visibility = .beforeRun
        document.lock = reader.read(RunbookKeys.lock, in: fields)
        reader.visibility = Visibility(place: "the document's env", facts: .stable)
        let environment = reader.read(RunbookKeys.env, in: fields) ?? []
        reader.checkEnvironment(environment)
        document.environment = environment.map { EnvironmentEntry(name: $0.name, value: $0.value) }
        for role in reader.read(RunbookKeys.roles, in: fields) ?? [] {
            document.roles[role.name] = role.value
        }
        reader.names.roles = Set(declaredNames(of: RunbookKeys.roles, fields))
        let defaults = reader.read(RunbookKeys.defaults, in: fields) ?? StepDefaults()
        var lines: [StepID: Int] = [:]
        let nodes = reader.read(RunbookKeys.steps, in: fields) ?? []
        document.steps = readSteps(nodes, .steps, defaults, &lines)
        let final = reader.read(RunbookKeys.final, in: fields) ?? []
        document.final = readSteps(final, .final, defaults, &lines, from: nodes.count)
        reportUnused(fields)
        return document
    }

    private mutating func readParameters(_ fields: Fields) -> [Parameter] {
        let parameters = reader.read(RunbookKeys.params, in: fields) ?? []
        for parameter in parameters {
            let facts = NameTable.ParameterFacts(
                type: parameter.value?.kind.type ?? .any,
                choices: parameter.value.map { $0.kind.type == .string ? $0.choices.compactMap(\.text) : [] }
                    ?? [])
            reader.names.parameters[parameter.name] = facts
        }
        // A parameter that could not be read at all still has its name, so that its uses are not reported too.
        for entry in declaredNames(of: RunbookKeys.params, fields) where reader.names.parameters[entry] == nil
        {
            reader.names.parameters[entry] = NameTable.ParameterFacts(type: .any, choices: [])
        }
        return parameters.compactMap(\.value)
    }

    private mutating func readVariablesAndSecrets(of document: inout RunbookDocument, _ fields: Fields) {
        reader.visibility = Visibility(place: "vars", facts: .stable)
        reader.names.allVariables = Set(declaredNames(of: RunbookKeys.vars, fields))
        document.variables = (reader.read(RunbookKeys.vars, in: fields) ?? []).map {
            Variable(name: $0.name, value: $0.value)
        }
        reader.visibility = Visibility(place: "a secret", facts: .stable)
        document.secrets = (reader.read(RunbookKeys.secrets, in: fields) ?? []).compactMap(\.value)
    }

    private func declaredNames<Value>(of key: Key<Value>, _ fields: Fields) -> [ValueName] {
        guard case .mapping(let entries) = fields.entry(key.name)?.value.content else { return [] }
        return entries.compactMap { ValueName($0.key) }
    }

    /// - Parameter first: Index of the first step: what stands behind is not known to it.
    private mutating func readSteps(
        _ nodes: [YAMLNode], _ place: StepReader.Place, _ defaults: StepDefaults,
        _ lines: inout [StepID: Int],
        from first: Int = 0
    ) -> [Step] {
        let (table, key) =
            switch place {
            case .steps: (StepKeys.table, RunbookKeys.steps.name)
            case .parallel: (ChildKeys.table, StepKeys.parallel.name)
            case .final: (FinalKeys.table, RunbookKeys.final.name)
            }
        var steps: [Step] = []
        for (offset, node) in nodes.enumerated() {
            reader.key = key
            guard let fields = reader.fields(of: node, as: table) else { continue }
            // Steps side by side see what their group sees.
            let index = place == .parallel ? first : first + offset
            let id = Self.scalarText(fields.entry(StepKeys.id.name)?.value).flatMap { StepID($0) }
            let sameLine = id.flatMap { lines[$0] }
            if let id, sameLine == nil { lines[id] = fields.valuePlace(of: StepKeys.id).line }
            let children = place == .steps ? readChildren(fields, defaults, &lines, of: index) : []
            let step = StepReader(
                fields: fields, place: place, index: index, defaults: defaults, sameLine: sameLine,
                children: children
            ).read(&reader)
            if let step { steps.append(step) }
        }
        return steps
    }

    private mutating func readChildren(
        _ fields: Fields, _ defaults: StepDefaults, _ lines: inout [StepID: Int], of index: Int
    ) -> [Step] {
        let nodes = reader.read(StepKeys.parallel, in: fields) ?? []
        return readSteps(nodes, .parallel, defaults, &lines, from: index)
    }

    /// Makes every step known before anything is read, so that a name of a later one is told from an unknown one.
    private mutating func declareSteps(_ fields: Fields) {
        let steps = Self.nodes(of: RunbookKeys.steps, fields)
        for (index, node) in (steps + Self.nodes(of: RunbookKeys.final, fields)).enumerated() {
            guard let fields = declareStep(node, index: index) else { continue }
            for child in Self.nodes(of: StepKeys.parallel, fields) { _ = declareStep(child, index: index) }
        }
    }

    private static func nodes<Value>(of key: Key<Value>, _ fields: Fields) -> [YAMLNode] {
        guard case .sequence(let nodes) = fields.entry(key.name)?.value.content else { return [] }
        return nodes
    }

    private mutating func declareStep(_ node: YAMLNode, index: Int) -> Fields? {
        guard case .mapping(let entries) = node.content else { return nil }
        let fields = Fields(start: node.start, entries: entries)
        guard let id = Self.scalarText(fields.entry(StepKeys.id.name)?.value).flatMap({ StepID($0) }),
            reader.names.steps[id] == nil
        else { return fields }
        var outputs: [ValueName: ValueType] = [:]
        if case .mapping(let declared) = fields.entry(StepKeys.outputs.name)?.value.content {
            for entry in declared {
                guard let name = ValueName(entry.key) else { continue }
                outputs[name] = Self.outputType(entry.value)
            }
        }
        reader.names.steps[id] = NameTable.StepFacts(index: index, outputs: outputs)
        return fields
    }

    private static func outputType(_ node: YAMLNode) -> ValueType {
        guard case .mapping(let entries) = node.content,
            let text = scalarText(entries.first { $0.key == OutputKeys.type.name }?.value)
        else { return .any }
        return Parameter.Kind(rawValue: text)?.type ?? .any
    }

    private static func scalarText(_ node: YAMLNode?) -> String? {
        guard case .scalar(let scalar) = node?.content else { return nil }
        return scalar.text
    }

    /// Tells of parameters and variables that nothing reads; only when all could be read.
    private mutating func reportUnused(_ fields: Fields) {
        guard !reader.hasErrors else { return }
        let declared = [
            ("parameter", RunbookKeys.params.name, reader.names.usedParameters),
            ("variable", RunbookKeys.vars.name, reader.names.usedVariables),
        ]
        for (what, key, used) in declared {
            guard case .mapping(let entries) = fields.entry(key)?.value.content else { continue }
            for entry in entries {
                guard let name = ValueName(entry.key), !used.contains(name) else { continue }
                reader.report(
                    .unused, at: entry.keyStart, "the \(what) '\(name)' is never used",
                    hint: "can it go, or was it meant to be read somewhere?", severity: .warning)
            }
        }
    }
}
