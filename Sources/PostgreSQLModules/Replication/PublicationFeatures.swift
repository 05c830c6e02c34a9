import ModuleKit
import SQLClient

/// What a version of the server can publish (release notes of 13, 15 and 18).
struct PublicationFeatures {
    let version: Int

    /// Lists of columns, conditions on rows, and whole schemas.
    var hasParts: Bool { version >= 150_000 }
    /// Every parameter, the first version that has it, and the expression that reads it; `publish` has columns of its own.
    static let parameters: [(name: String, since: Int, column: SQLStatement?)] = [
        ("publish", 100_000, nil),
        ("publish_via_partition_root", 130_000, "p.pubviaroot::text"),
        ("publish_generated_columns", 180_000, "CASE p.pubgencols WHEN 's' THEN 'stored' ELSE 'none' END"),
    ]
    static let operations = ["insert", "update", "delete", "truncate"]

    /// The parameters that this server has.
    var parameters: [(name: String, since: Int, column: SQLStatement?)] {
        Self.parameters.filter { $0.since <= version }
    }

    /// Refuses what this server does not know; the server itself would only do so when the change is made.
    func require(_ parameter: String, _ value: JSONValue) throws(ModuleFailure) {
        guard let known = Self.parameters.first(where: { $0.name == parameter }) else {
            throw Self.unknown(parameter, of: "a parameter of a publication", among: parameters.map(\.name))
        }
        guard known.since <= version else {
            throw .impossible(
                "parameters: \(parameter) needs PostgreSQL \(known.since / 10_000), this server is \(version / 10_000)",
                hint: "is it the right server?")
        }
        guard parameter == "publish" else { return }
        for operation in Self.operations(in: value) where !Self.operations.contains(operation) {
            throw Self.unknown(operation, of: "an operation of publish", among: Self.operations)
        }
    }

    /// The operations of `publish`, sorted.
    static func operations(in value: JSONValue) -> [String] {
        value.asParameterText.lowercased().filter { !$0.isWhitespace }.split(separator: ",").map(String.init)
            .sorted()
    }

    private static func unknown(_ word: String, of place: String, among known: [String]) -> ModuleFailure {
        let nearest = NearestWord.of(word, among: known).map { "is \($0) meant?" }
        return .impossible(
            "\(word) is not \(place)", hint: nearest ?? "is it one of \(known.joined(separator: ", "))?")
    }
}
