import YAMLDocument

/// What a key's value looks like: for the reference page.
indirect enum Shape: Sendable {
    /// A single value, and what it may be in words.
    case plain(Atom, String)
    /// Values in order, or one of them alone.
    case list(Shape)
    /// Values by names of the author's choice.
    case map(name: String, pattern: String, Shape)
    /// Keys of a table.
    case mapping(KeyTable)
    /// One of several.
    case either([Shape])

    /// The tables that the shape leads to.
    var tables: [KeyTable] {
        switch self {
        case .plain: []
        case .list(let item), .map(_, _, let item): item.tables
        case .mapping(let table): [table]
        case .either(let shapes): shapes.flatMap(\.tables)
        }
    }
}

/// What kind of scalar a value is: for the JSON Schema.
enum Atom: Sendable {
    case any, text, boolean
    case integer(ClosedRange<Int>)
    /// A text that matches a regular expression.
    case matching(String)
    case oneOf([String])
}

/// What is said of a key, once for the parser and the reference page.
struct KeyDeclaration: Sendable {
    let name: String
    let shape: Shape
    let summary: String
    let isRequired: Bool
}

/// A key of a mapping, with the form of its value.
struct Key<Value>: Sendable {
    let declaration: KeyDeclaration
    let form: Form<Value>

    init(_ name: String, _ form: Form<Value>, required: Bool = false, _ summary: String) {
        declaration = KeyDeclaration(name: name, shape: form.shape, summary: summary, isRequired: required)
        self.form = form
    }

    var name: String { declaration.name }
}

/// The keys of one kind of mapping.
struct KeyTable: Sendable {
    /// What the mapping is, with an article, for messages.
    let subject: String
    let keys: [KeyDeclaration]
    /// Keys of later versions.
    let laterKeys: Set<String>
    /// Keys that other mappings have, with where they belong.
    let keysElsewhere: [String: String]
    let keysByName: [String: KeyDeclaration]

    init(
        _ subject: String, _ keys: [KeyDeclaration], later: Set<String> = [],
        elsewhere: [String: String] = [:]
    ) {
        self.subject = subject
        self.keys = keys
        laterKeys = later
        keysElsewhere = elsewhere
        keysByName = Dictionary(keys.map { ($0.name, $0) }) { first, _ in first }
    }
}

/// The entries of one mapping of the document.
struct Fields {
    let start: YAMLPosition
    let entries: [YAMLEntry]

    func entry(_ name: String) -> YAMLEntry? { entries.first { $0.key == name } }

    func has(_ name: String) -> Bool { entry(name) != nil }

    /// Whether a key is not in the table: it was reported, and may have been meant as any of them.
    func hasUnknown(_ table: KeyTable) -> Bool { entries.contains { table.keysByName[$0.key] == nil } }

    func has<Value>(_ key: Key<Value>) -> Bool { has(key.name) }

    /// Where a key stands, for diagnostics.
    func place<Value>(of key: Key<Value>) -> YAMLPosition { entry(key.name)?.keyStart ?? start }

    /// Where the value of a key stands, for diagnostics.
    func valuePlace<Value>(of key: Key<Value>) -> YAMLPosition { entry(key.name)?.value.start ?? start }
}
