import Testing

@testable import PostgreSQLModules

private let sample = """
    # PostgreSQL client authentication
    # TYPE DATABASE USER ADDRESS METHOD

    # the administrators
    local all postgres peer  # never remove
    local all all peer

    # the network of the town hall
    host all all 10.0.0.0/8 \\
      scram-sha-256
    # everyone else
    host all all all reject
    include_dir hba.d

    """

private func wish(_ line: String, comment: String? = nil, isPresent: Bool = true) throws -> HbaEdit.Wish {
    HbaEdit.Wish(
        subject: .rule(try HbaRule(fields: HbaFields(line).fields), comment: comment), isPresent: isPresent)
}

private func edited(
    _ text: String, _ wishes: HbaEdit.Wish..., placesRules: Bool = true
) throws -> HbaEdit {
    var edit = HbaEdit(try HbaFile(text), placesRules: placesRules)
    for wish in wishes { edit.apply(wish) }
    return edit
}

@Suite struct HbaEditTests {
    @Test func `a file that is only read stays byte by byte`() throws {
        #expect(try HbaFile(sample).text == sample)
        #expect(try HbaFile(sample).rules.count == 4)
        #expect(
            try HbaFile("a\r\n".replacing("a", with: "local all all peer")).text == "local all all peer\r\n")
        #expect(try HbaFile("").text.isEmpty)
    }

    @Test func `a new rule goes before the first wider one and leaves its comments with it`() throws {
        let edit = try edited(sample, wish("host all all 10.1.0.0/16 md5"))
        let expected = sample.replacing(
            "# the network", with: "host\tall\tall\t10.1.0.0/16\tmd5\n# the network")
        #expect(edit.file.text == expected)
        let wide = try edited(sample, wish("host all all 0.0.0.0/0 md5"))
        #expect(
            wide.file.text
                == sample.replacing("# everyone", with: "host\tall\tall\t0.0.0.0/0\tmd5\n# everyone"))
    }

    @Test func `the widest rule goes behind the rules and before the includes`() throws {
        let text = "local all all peer\ninclude_dir hba.d\n"
        let edit = try edited(text, wish("host all all all md5"))
        #expect(edit.file.text == "local all all peer\nhost\tall\tall\tall\tmd5\ninclude_dir hba.d\n")
    }

    @Test func `comments at the top belong to the file`() throws {
        let edit = try edited("# head\nhost all all all md5\n", wish("local all all peer"))
        #expect(edit.file.text == "# head\nlocal\tall\tall\tpeer\nhost all all all md5\n")
    }

    @Test func `without placing a new rule comes last`() throws {
        let edit = try edited(sample, wish("local all monitor peer"), placesRules: false)
        #expect(edit.file.text == sample + "local\tall\tmonitor\tpeer\n")
    }

    @Test func `a rule that is there is no change, however it is written`() throws {
        #expect(try !edited(sample, wish("host all all 10.0.0.0 255.0.0.0 scram-sha-256")).isChanged)
        #expect(try !edited(sample, wish("local all postgres peer", comment: "#never remove")).isChanged)
    }

    @Test func `a changed rule keeps its place and its comment`() throws {
        let edit = try edited(sample, wish("local all postgres md5"))
        let expected = sample.replacing(
            "local all postgres peer  # never", with: "local\tall\tpostgres\tmd5\t# never")
        #expect(edit.file.text == expected)
        #expect(edit.removed == ["local all postgres peer  # never remove"])
    }

    @Test func `without placing a changed rule is the only line that changes`() throws {
        let text = "local all all peer\n\nhost all all all md5\n"
        let wish = try wish("host all all all reject")
        #expect(
            try edited(text, wish, placesRules: false).file.text
                == "local all all peer\n\nhost\tall\tall\tall\treject\n")
        #expect(try edited(text, wish).file.text == "local all all peer\nhost\tall\tall\tall\treject\n")
    }

    @Test func `absent removes every rule with the same key`() throws {
        let text = "local all all peer\nlocal all all md5\nlocal all joe peer\n"
        let edit = try edited(text, wish("local all all trust", isPresent: false))
        #expect(edit.file.text == "local all joe peer\n")
        #expect(edit.messages.count == 2)
    }

    @Test func `comments are lines too`() throws {
        let present = HbaEdit.Wish(subject: .comment("#managed"), isPresent: true)
        let edit = try edited("# head\nlocal all all peer\n", present)
        #expect(edit.file.text == "# head\n#managed\nlocal all all peer\n")
        #expect(try !edited("# managed\n", present).isChanged)
        let absent = HbaEdit.Wish(subject: .comment("#managed"), isPresent: false)
        #expect(try edited("# managed\nlocal all all peer\n", absent).file.text == "local all all peer\n")
    }

    @Test func `overwriting replaces everything, sorted where wanted`() throws {
        let wishes = [try wish("host all all all md5"), try wish("local all all peer")]
        var edit = HbaEdit(try HbaFile(sample), placesRules: true)
        edit.overwrite(with: wishes)
        #expect(edit.file.text == "local\tall\tall\tpeer\nhost\tall\tall\tall\tmd5\n")
        var again = HbaEdit(try HbaFile("local all all peer\n\nhost all all all md5"), placesRules: true)
        again.overwrite(with: wishes)
        #expect(!again.isChanged)
        again = HbaEdit(again.file, placesRules: false)
        again.overwrite(with: wishes)
        #expect(again.isChanged)
    }

    @Test(arguments: [
        ("local all all peer\nlocal all", 2), ("\n# c \\\nmore\nlocal all all magic", 4),
        ("local all all \\\npeer\nhost all \"all all md5", 3),
    ])
    func `a line that is not understood is named`(text: String, line: Int) throws {
        let problem = #expect(throws: HbaProblem.self) { try HbaFile(text) }
        #expect(try #require(problem).message.hasPrefix("Error in line \(line): "))
    }

    @Test func `a continuation needs a line to continue with`() {
        #expect(throws: HbaProblem.self) { try HbaFile("local all all \\") }
        #expect(throws: Never.self) { try HbaFile("local all all peer\\\n") }
    }

    @Test func `a file in an older encoding comes through unharmed`() throws {
        let bytes = Array("# m".utf8) + [0xE9] + Array("tro\nlocal all all peer\n".utf8)
        let text = HbaText(bytes)
        #expect(text.bytes(of: try HbaFile(text.text).text) == bytes)
        #expect(text.bytes(of: text.text + "# 日本") == nil)
    }
}
