import SQLClient

/// What differs for the audit between the versions 13 to 18: the one table.
///
/// | Since | Difference |
/// |---|---|
/// | 14 | role `pg_database_owner`, whose member is the owner of the current database |
/// | 14 | roles `pg_read_all_data` and `pg_write_all_data` (found by name) |
/// | 15 | PUBLIC has no CREATE on schema `public` of a new database (read from the ACL) |
/// | 16 | `pg_auth_members` has one row per grantor, with `inherit_option` and `set_option` |
/// | 16 | `pg_hba_file_rules` names the file of a line |
/// | 18 | `log_connections` is a list of aspects instead of a Boolean |
/// | 18 | data checksums are on in a new cluster (read from the setting) |
///
/// Source: PostgreSQL manuals 13 to 18: predefined roles, catalog `pg_auth_members`, view `pg_hba_file_rules`,
/// release notes.
struct AuditVersions: Sendable, Equatable {
    /// As `server_version_num`.
    let server: Int

    /// The oldest version whose catalogs the statements fit.
    static let oldest = 130_000

    private var hasMembershipOptions: Bool { server >= 160_000 }

    /// Whether `log_connections` lists aspects.
    var logConnectionsIsList: Bool { server >= 180_000 }

    /// Before 16 the member's INHERIT attribute decided for all its memberships, and SET ROLE was always allowed.
    var membershipOptions: SQLStatement {
        hasMembershipOptions
            ? "bool_or(m.inherit_option) AS inherits, bool_or(m.set_option) AS can_set"
            : "bool_or(u.rolinherit) AS inherits, true AS can_set"
    }

    /// The file of a line, where it can be another one than `pg_hba.conf`.
    var hostRuleFile: SQLStatement {
        server >= 160_000 ? "h.file_name" : "'pg_hba.conf'::text"
    }
}
