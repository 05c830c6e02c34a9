import Testing

@testable import RunbookRuntime

struct SecretTextsTests {
    @Test(arguments: [
        ("secret\n", ["secret"], false), ("abc\n", [], true), ("été!", ["été!"], false), ("ééé", [], true),
        (
            "pg:5432:base:admin:m\\:t\\\\p\n", ["pg:5432:base:admin:m\\:t\\\\p", "m\\:t\\\\p", "m:t\\p"],
            false
        ),
        (
            "# commentaire\npg:1:*:admin:premier\npg:2:*:autre:deuxieme\n",
            [
                "# commentaire\npg:1:*:admin:premier\npg:2:*:autre:deuxieme", "pg:1:*:admin:premier",
                "premier",
                "pg:2:*:autre:deuxieme", "deuxieme",
            ], false
        ),
        ("pg:5432:*:admin:abc\n", ["pg:5432:*:admin:abc"], true), ("a:b:c:d\n", ["a:b:c:d"], false),
        (
            "-----BEGIN KEY-----\r\nAAAA\r\nBB\r\n-----END KEY-----\r\n",
            ["-----BEGIN KEY-----\r\nAAAA\r\nBB\r\n-----END KEY-----", "AAAA"], false
        ),
    ])
    func `what is hidden of a file`(text: String, expected: [String], isShort: Bool) {
        let texts = SecretTexts(Array(text.utf8), isFile: true)
        #expect(Set(texts.masked.map { String(decoding: $0, as: UTF8.self) }) == Set(expected))
        #expect(texts.hasShortOne == isShort)
    }

    @Test func `a value with colons that is no file is one secret`() {
        #expect(SecretTexts(Array("a:b:c:d:user".utf8), isFile: false).masked.count == 1)
    }
}
