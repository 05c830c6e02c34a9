import SQLClient

/// Hides the passwords in libpq connection strings that a catalog holds.
///
/// The server does it, so that they do not even travel.
enum ConnectionStringMask {
    /// `password = 'it\'s'`, also of `sslpassword` and in the options of an address.
    private static let keyword = #"(password\s*=\s*)('(\\.|[^'\\])*'|(\\.|[^\s'\\])+)"#
    /// `postgresql://role:password@host`.
    private static let address = "(://[^:@/]*:)[^@/]*@"

    /// An expression that is the connection string without its passwords, in both forms that libpq reads.
    ///
    /// Source: PostgreSQL 17 manual 32.1.1.
    static func masked(_ expression: SQLStatement) -> SQLStatement {
        """
        pg_catalog.regexp_replace(
            pg_catalog.regexp_replace(
                \(statement: expression), \(literal: keyword), \(literal: #"\1********"#), 'gi'),
            \(literal: address), \(literal: #"\1********@"#))
        """
    }
}
