import ModuleKit
import SQLClient

/// Keeps a password that the server takes in the clear only, as in CREATE SUBSCRIPTION, out of its log.
enum PasswordLog {
    /// Everything that writes the text of a statement down.
    ///
    /// Source: PostgreSQL 18 documentation, 19.8 and F.32 (`pg_stat_statements` keeps such statements as they are).
    private static let settings: [(name: String, value: String)] = [
        ("log_statement", "none"), ("log_min_error_statement", "panic"), ("log_min_duration_statement", "-1"),
        ("log_min_duration_sample", "-1"), ("log_transaction_sample_rate", "0"),
        ("pg_stat_statements.track_utility", "off"),
    ]

    /// Turns them off for the session, as far as the login role may.
    static func silence(_ session: any SQLSession) throws(ModuleFailure) {
        let names = SQLValue.array(settings.map { .text($0.name) })
        let values = SQLValue.array(settings.map { .text($0.value) })
        let isAllowed: SQLStatement =
            session.serverVersion < 150_000
            ? "pg_catalog.current_setting('is_superuser') = 'on'"
            : "pg_catalog.has_parameter_privilege(k.name, 'SET')"
        _ = try session.observedRecords(
            """
            SELECT pg_catalog.set_config(k.name, k.value, false)
              FROM unnest(\(value: names)::text[], \(value: values)::text[]) AS k (name, value)
              JOIN pg_catalog.pg_settings AS s ON s.name = k.name
             WHERE \(statement: isAllowed)
            """)
    }
}
