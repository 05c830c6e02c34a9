/// All rules, and the page about them.
enum AuditCatalogue {
    static let rules =
        RoleRules.all + PasswordRules.all + AccessRules.all + ObjectRules.all + RowSecurityRules.all
        + NetworkRules.all + LogRules.all + SettingRules.all + WaiverRules.all

    /// The rules that a task asks for, and the patterns that fit no rule: a misspelt one must not thin the audit out.
    static func selection(
        include: [NamePattern], exclude: [NamePattern]
    ) -> (rules: [AuditRule], unknown: [String]) {
        let unknown = (include + exclude).filter { pattern in !rules.contains { pattern.matches($0.id) } }
        let chosen = rules.filter { rule in
            include.contains { $0.matches(rule.id) } && !exclude.contains { $0.matches(rule.id) }
        }
        return (chosen, unknown.map(\.text))
    }

    /// The page of the reference, as Markdown.
    static var referencePage: String {
        """
        <!-- Generated from Sources/PostgreSQLModules/Audit by RECORD_GOLDEN=1 swift test --filter AuditCatalogueTests. Do not edit. -->
        # Rules of postgresql_audit

        Every rule reads only. A rule that may not read what it needs answers `not_evaluated` with the reason, never `pass`.
        The key of a finding is the rule's id and 16 hexadecimal digits; a waiver names it, or a glob such as `PG-ACL-03-*`.
        CIS is the number in the CIS PostgreSQL 17 Benchmark. Scope `database` means the database of `login_db`.

        | Rule | Severity | Scope | What | Why | Needs | CIS |
        |---|---|---|---|---|---|---|
        \(rules.map(row).joined(separator: "\n"))

        ## What a remedy can break

        \(rules.map { "- `\($0.id)`: \($0.risk)" }.joined(separator: "\n"))

        """
    }

    private static func row(_ rule: AuditRule) -> String {
        "| `\(rule.id)` | \(rule.severity.rawValue) | \(rule.scope.rawValue) | \(rule.title) | \(rule.reason) "
            + "| \(rule.needs ?? "any role") | \(rule.cis ?? "") |"
    }
}
