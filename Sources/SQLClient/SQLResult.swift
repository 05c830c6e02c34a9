/// What one statement returned.
public struct SQLResult: Hashable, Sendable {
    /// Column names, in order. Names may repeat.
    public let columns: [String]
    /// Rows, each with one value per column.
    public let rows: [[SQLValue]]
    /// The server's command tag (`SELECT 3`, `CREATE ROLE`), empty where the engine has none.
    public let status: String
    /// Rows the statement touched or returned; `nil` where it does not count.
    public let rowCount: Int?

    /// Describes a result.
    public init(columns: [String] = [], rows: [[SQLValue]] = [], status: String = "", rowCount: Int? = nil) {
        self.columns = columns
        self.rows = rows
        self.status = status
        self.rowCount = rowCount
    }

    /// The rows, addressable by column name.
    public var records: [SQLRecord] {
        var positions: [String: Int] = [:]
        for (position, name) in columns.enumerated() where positions[name] == nil {
            positions[name] = position
        }
        return rows.map { SQLRecord(positions: positions, values: $0) }
    }
}

/// One row, addressed by column name.
public struct SQLRecord: Sendable {
    let positions: [String: Int]
    let values: [SQLValue]

    /// The value of a column; a name that the statement did not return is a programmer error.
    public subscript(column: String) -> SQLValue {
        guard let position = positions[column] else {
            preconditionFailure("no column \(column) in the result")
        }
        return values[position]
    }

    /// The text of a column, `nil` for NULL.
    public func text(_ column: String) -> String? { self[column].text }

    /// The integer of a column, `nil` for NULL.
    public func int(_ column: String) -> Int64? { self[column].int }

    /// The truth of a column; NULL counts as false.
    public func bool(_ column: String) -> Bool { self[column].bool ?? false }

    /// The texts of an array column; NULL counts as empty.
    public func texts(_ column: String) -> [String] { (self[column].array ?? []).compactMap(\.text) }
}
