import ModuleKit

/// The name of a collation or an operator class in the catalog.
struct PostgreSQLCatalogName: Equatable {
    let schema: String
    let name: String
    /// Whether it may be written without its schema.
    let isVisible: Bool

    /// A name as an object with `schema`, `name` and `is_visible`.
    init(_ value: JSONValue) {
        schema = value.object?["schema"]?.string ?? ""
        name = value.object?["name"]?.string ?? ""
        isVisible = value.object?["is_visible"]?.bool ?? false
    }

    /// Whether these levels of a written name mean it.
    func isMeant(by levels: [String]) -> Bool {
        levels.last == name && (levels.count == 1 ? isVisible : levels[levels.count - 2] == schema)
    }
}
