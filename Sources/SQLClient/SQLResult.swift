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
        let shape = SQLRecordShape(columns: columns)
        return rows.map(shape.record)
    }
}

/// What rows of one result have in common: where each column is.
public struct SQLRecordShape {
    private let positions: [String: Int]

    /// The shape of rows with these columns; of columns with one name the first one counts.
    public init(columns: [String]) {
        positions = Dictionary(zip(columns, columns.indices)) { first, _ in first }
    }

    /// A row with one value per column.
    public func record(_ values: [SQLValue]) -> SQLRecord {
        SQLRecord(positions: positions, values: values)
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
