import ModuleKit
import SQLClient

/// Rows as the reply of a free query shows them.
struct ResultRows {
    /// Reads the text of JSON columns.
    let host: any HostServices

    /// One object per row; an empty object for a statement without columns, as
    /// community.postgresql has it.
    func json(_ result: SQLResult) -> JSONValue {
        guard !result.columns.isEmpty else { return .object([:]) }
        return .array(
            result.rows.map { row in
                .object(
                    Dictionary(zip(result.columns, row.map(value)), uniquingKeysWith: { _, last in last }))
            })
    }

    private func value(_ value: SQLValue) -> JSONValue {
        switch value {
        case .json(let text): host.json(of: text) ?? .string(text)
        case .array(let elements): .array(elements.map(self.value))
        case .null, .bool, .int, .double, .decimal, .text, .bytes: JSONValue(value)
        }
    }
}
