import Testing

@testable import PostgreSQLModules

@Suite struct HbaRuleTests {
    private func rule(_ line: String) throws -> HbaRule { try HbaRule(fields: HbaFields(line).fields) }

    @Test(arguments: [
        ("local all all peer", "local\tall\tall\tpeer"),
        ("host all joe,simon 10.0.0.0/8 md5", "host\tall\tjoe,simon\t10.0.0.0/8\tmd5"),
        ("host all simon, joe 10.0.0.0/8 md5", "host\tall\tjoe,simon\t10.0.0.0/8\tmd5"),
        ("host all all 172.16.0.0 255.255.0.0 trust", "host\tall\tall\t172.16.0.0/16\ttrust"),
        ("host all all 192.168.1.77/24 trust", "host\tall\tall\t192.168.1.0/24\ttrust"),
        ("host all all 0000:ffff:: ffff:fff0:: md5", "host\tall\tall\t0:fff0::/28\tmd5"),
        ("host all all ::1/128 md5", "host\tall\tall\t::1/128\tmd5"),
        ("host all all 2001:DB8:0:0:1:0:0:1/128 md5", "host\tall\tall\t2001:db8::1:0:0:1/128\tmd5"),
        ("host all all ::ffff:10.0.0.1/128 md5", "host\tall\tall\t::ffff:a00:1/128\tmd5"),
        ("host all all .example.org md5", "host\tall\tall\t.example.org\tmd5"),
        ("\"host\" \"all\" \"q \"\"r\" samenet \"md5\"", "host\t\"all\"\t\"q \"\"r\"\tsamenet\tmd5"),
        (
            "host all all all ldap z=1 ldapprefix=\"cn=\" \"ldapsuffix=, dc=x\"",
            "host\tall\tall\tall\tldap\tldapprefix=\"cn=\" ldapsuffix=\", dc=x\" z=1"
        ),
    ])
    func `a rule is read as the server reads it`(line: String, written: String) throws {
        #expect(try rule(line).text(comment: nil) == written)
    }

    @Test(arguments: [
        "local all all", "nonsense all all peer", "local all all magic", "host all all 10.0.0.0 md5",
        "host all all 10.0.0.0/33 md5", "host all all 10.0.0 md5", "host all all 10.0.0.0 255.0.255.0 md5",
        "host all all ::1 255.0.0.0 md5", "host all all 1:2:3 md5", "host all all a@b md5",
        "local all all ldap server", "local all all ldap a=1 a=2",
    ])
    func `what is no rule is refused`(line: String) {
        #expect(throws: HbaProblem.self) { try rule(line) }
    }

    @Test func `an unterminated quote is refused`() {
        #expect(throws: HbaProblem.self) { try HbaFields(#"local all "all peer"#) }
    }

    @Test func `a comment begins at a number sign outside quotes`() throws {
        let fields = try HbaFields("host all all all md5#why a=\"#no\"")
        #expect(fields.fields.last == "md5")
        #expect(fields.comment == "#why a=\"#no\"")
        #expect(try HbaFields(##"x a="#no""##).comment == nil)
    }

    private func task(_ address: String, _ netmask: String = "") throws -> String {
        try HbaRule(
            connectionType: .host, databases: "all", users: "all", address: address, netmask: netmask,
            method: .md5, options: ""
        ).source.text
    }

    @Test(arguments: [
        ("10.0.0.0", "255.0.0.0", "10.0.0.0/8"), ("10.1.2.3", "255.0.0.0", "10.0.0.0/8"),
        ("0000:ff00::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ff00", "0:ff00::/120"), ("all", "", "all"),
        ("10.0.0.0/255.0.0.0", "", "10.0.0.0/8"), ("host.example.org", "", "host.example.org"),
    ])
    func `an address of a task becomes a network`(address: String, netmask: String, text: String) throws {
        #expect(try task(address, netmask) == text)
    }

    @Test(arguments: [
        ("10.0.0.1/8", ""), ("10.0.0.0", ""), ("all", "255.0.0.0"), ("", ""), ("10.0.0.0/8", "255.0.0.0"),
        ("10.0.0.0", "8"), ("::1", "255.0.0.0"), ("10.0.0.256/8", ""), ("a b", ""),
    ])
    func `an address that may be meant otherwise is refused`(address: String, netmask: String) {
        #expect(throws: HbaProblem.self) { try task(address, netmask) }
    }

    @Test func `narrow rules come before wide ones`() throws {
        let sorted = [
            "local all +some peer", "local all postgres peer", "local all all peer",
            "host all all samehost md5", "hostgssenc all postgres 2001:db8::1/128 md5",
            "hostssl all u blue cert", "hostssl all u red cert", "host all all 127.0.0.1/32 md5",
            "host all all ::1/128 md5", "hostnogssenc all all 2001:db8::1/128 md5",
            "host replication all 192.168.0.0/24 md5", "host all all 192.168.0.0/24 md5",
            "host all all 192.168.1.0/24 md5", "host all all 172.16.0.0/16 md5", "host all all all md5",
        ]
        let rules = try sorted.map(rule)
        #expect(
            rules.shuffled().sorted().map { $0.text(comment: nil) } == rules.map { $0.text(comment: nil) })
    }
}
