/// What a person reads about a module; options come from the declaration, not from here.
public struct Manual: Sendable {
    /// One line.
    public let summary: String
    /// Paragraphs.
    public let description: [String]
    /// Where the module deliberately differs from the one it is compatible with.
    public let differences: [String]
    /// Further remarks.
    public let notes: [String]
    /// Names of related modules.
    public let seeAlso: [String]
    /// Tasks that work as they stand.
    public let examples: [ManualExample]
    /// Keys of the reply besides the common ones.
    public let returns: [ManualReturn]
    /// Version of the collection that brought the module.
    public let versionAdded: String

    /// Describes a module.
    public init(
        summary: String, description: [String], differences: [String] = [], notes: [String] = [],
        seeAlso: [String] = [], examples: [ManualExample], returns: [ManualReturn] = [],
        versionAdded: String = "0.1.0"
    ) {
        self.summary = summary
        self.description = description
        self.differences = differences
        self.notes = notes
        self.seeAlso = seeAlso
        self.examples = examples
        self.returns = returns
        self.versionAdded = versionAdded
    }
}

/// One task of the manual: a title and its options. Every example is run through the validator by a test.
public struct ManualExample: Sendable {
    /// The task's name.
    public let title: String
    /// The module's options, in the order of the manual.
    public let options: [(name: String, value: JSONValue)]

    /// A task.
    public init(_ title: String, _ options: KeyValuePairs<String, JSONValue>) {
        self.title = title
        self.options = options.map { (name: $0.key, value: $0.value) }
    }
}

/// One key of a reply.
public struct ManualReturn: Sendable {
    /// The key.
    public let name: String
    /// Ansible's word for the value's type.
    public let type: String
    /// When the key is there.
    public let returned: String
    /// What the value means.
    public let doc: String
    /// A value as it may come.
    public let sample: JSONValue

    /// Describes a key.
    public init(_ name: String, type: String, returned: String = "success", sample: JSONValue, doc: String) {
        self.name = name
        self.type = type
        self.returned = returned
        self.sample = sample
        self.doc = doc
    }
}
