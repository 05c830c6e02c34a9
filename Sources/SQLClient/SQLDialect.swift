/// How an engine writes identifiers, literals and placeholders.
public enum SQLDialect: Sendable, Equatable {
    case postgreSQL
    case mySQL
    case sqlServer

    /// The identifier as it stands in a statement, always quoted.
    ///
    /// Source: PostgreSQL 17 manual 4.1.1; MariaDB "Identifier Names"; SQL Server "Delimited identifiers".
    public func quoted(identifier: String) -> String {
        switch self {
        case .postgreSQL: Self.quoted(identifier, open: "\"", close: "\"")
        case .mySQL: Self.quoted(identifier, open: "`", close: "`")
        case .sqlServer: Self.quoted(identifier, open: "[", close: "]")
        }
    }

    /// The text as a string literal of this engine.
    ///
    /// PostgreSQL: a backslash switches to the `E''` form, so that the result does not depend on
    /// `standard_conforming_strings`. MySQL: sessions of this project run without `NO_BACKSLASH_ESCAPES`.
    /// SQL Server: a national literal, since the text is Unicode.
    public func quoted(literal: String) -> String {
        let single = Self.quoted(literal, open: "'", close: "'")
        switch self {
        case .postgreSQL:
            return literal.containsScalars("\\") ? "E" + Self.doubledBackslashes(single) : single
        case .mySQL:
            return Self.doubledBackslashes(single)
        case .sqlServer:
            return "N" + single
        }
    }

    /// The placeholder of the bound value with this position, counted from 1.
    public func placeholder(_ position: Int) -> String {
        switch self {
        case .postgreSQL: "$\(position)"
        case .mySQL, .sqlServer: "?"
        }
    }

    private static func quoted(_ text: String, open: Character, close: Character) -> String {
        var out = String(open)
        for scalar in text.unicodeScalars {
            out.unicodeScalars.append(scalar)
            if Character(scalar) == close { out.append(close) }
        }
        out.append(close)
        return out
    }

    private static func doubledBackslashes(_ text: String) -> String {
        var out = ""
        for scalar in text.unicodeScalars {
            out.unicodeScalars.append(scalar)
            if scalar == "\\" { out.append("\\") }
        }
        return out
    }
}
