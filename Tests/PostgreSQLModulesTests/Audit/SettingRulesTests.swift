import Testing

@testable import PostgreSQLModules

/// Rules about parameters: PG-PWD, PG-LOG and PG-CFG.
@Suite struct SettingRulesTests {
    private func facts(
        _ name: String, _ value: String?, source: String = "configuration file", version: Int = 150_020
    ) -> RecordedFacts {
        var facts = RecordedFacts(version: version)
        facts.settings[name] = value.map { AuditFacts.Setting(value: $0, source: source) }
        return facts
    }

    @Test(
        arguments: [
            (SettingRules.checksums, "data_checksums", "off"),
            (SettingRules.durability, "fsync", "off"), (SettingRules.durability, "full_page_writes", "off"),
            (SettingRules.durability, "zero_damaged_pages", "on"),
            (SettingRules.durability, "ignore_system_indexes", "on"),
            (SettingRules.durability, "allow_system_table_mods", "on"),
            (PasswordRules.passwordEncryption, "password_encryption", "md5"),
            (LogRules.connections, "log_connections", "off"),
            (LogRules.connections, "log_disconnections", "off"),
        ])
    func `a weak value is a defect of that parameter`(rule: AuditRule, name: String, value: String) throws {
        let outcome = facts(name, value).outcome(rule)
        #expect(outcome.defects.map(\.object) == [.setting(name)])
        #expect(outcome.defects.first?.evidence == "\(name) = \(value)")
        #expect(outcome.gaps == [])
    }

    @Test(
        arguments: [
            SettingRules.checksums, SettingRules.durability, PasswordRules.passwordEncryption,
            LogRules.connections,
        ])
    func `sound values pass`(rule: AuditRule) {
        let outcome = RecordedFacts().outcome(rule)
        #expect(outcome.defects == [])
        #expect(outcome.gaps == [])
    }

    @Test func `a value of our own session tells nothing about the server`() {
        for source in ["user", "database", "database user", "client", "session", "global"] {
            let outcome = facts("password_encryption", "scram-sha-256", source: source)
                .outcome(PasswordRules.passwordEncryption)
            #expect(outcome.defects == [])
            #expect(outcome.gaps.map(\.object) == [.setting("password_encryption")])
        }
    }

    @Test func `a parameter that is not visible is not evaluated, the others are`() {
        var facts = facts("fsync", nil)
        facts.settings["zero_damaged_pages"] = AuditFacts.Setting(value: "on", source: "command line")
        let outcome = facts.outcome(SettingRules.durability)
        #expect(outcome.gaps.map(\.object) == [.setting("fsync")])
        #expect(outcome.defects.map(\.object) == [.setting("zero_damaged_pages")])
    }

    @Test(arguments: ["all", "receipt, authentication, authorization", "authorization", "on", "receipt,ALL"])
    func `since 18 a list that tells who logged in is enough`(value: String) {
        let facts = facts("log_connections", value, version: 180_004)
        #expect(facts.outcome(LogRules.connections).defects == [])
    }

    @Test(arguments: ["", "receipt", "off", "setup_durations"])
    func `since 18 a list that does not tell who logged in is a defect`(value: String) {
        let facts = facts("log_connections", value, version: 180_004)
        #expect(facts.defects(LogRules.connections) == ["log_connections"])
    }

    @Test func `the remedy of a parameter is one statement and a reload`() {
        let defect = facts("fsync", "off").outcome(SettingRules.durability).defects.first
        #expect(defect?.remedies == [#"ALTER SYSTEM SET "fsync" = 'on'"#, "SELECT pg_reload_conf()"])
    }
}

@Suite struct PasswordRulesTests {
    @Test func `an MD5 verifier is a defect`() {
        var role = RecordedFacts.login
        role.password = .md5
        #expect(RecordedFacts(roles: [role]).defects(PasswordRules.md5Verifier) == ["a_login"])
        #expect(RecordedFacts(roles: [RecordedFacts.login]).defects(PasswordRules.md5Verifier) == [])
    }

    @Test func `without pg_authid nothing is said about passwords`() {
        let outcome = RecordedFacts(login: "a_monitor", canReadPasswords: false)
            .outcome(PasswordRules.md5Verifier)
        #expect(outcome.defects == [])
        #expect(outcome.gaps.count == 1)
        #expect(outcome.gaps.first?.reason.hasPrefix("a_monitor may not read pg_authid") == true)
    }
}
