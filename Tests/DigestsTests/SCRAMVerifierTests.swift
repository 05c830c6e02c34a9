import Digests
import TestKit
import Testing

@Suite struct SCRAMVerifierTests {
    /// Source: RFC 7677 section 3 (user `user`, password `pencil`).
    @Test func `the keys of RFC 7677 come out`() throws {
        let salt = try #require(Base64.decode("W22ZaJ0SNY7soEsUEjb6gQ=="))
        let verifier = try SCRAMVerifier.make(password: "pencil", iterations: 4096, salt: salt)
        #expect(
            verifier.text
                == "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:"
                + "wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=")
        #expect(try verifier.matches(password: "pencil"))
        #expect(try !verifier.matches(password: "Pencil"))
        #expect(SCRAMVerifier(verifier.text) == verifier)
    }

    @Test func `a composed and a decomposed letter are the same password`() throws {
        let verifier = try SCRAMVerifier.make(password: "Mar\u{e9}e", iterations: 1, salt: [1])
        #expect(try verifier.matches(password: "Mare\u{301}e"))
    }

    @Test(arguments: [
        "", "md5abc", "SCRAM-SHA-256$", "SCRAM-SHA-256$0:AA==$AA==:AA==", "SCRAM-SHA-256$x:AA==$AA==:AA==",
        "SCRAM-SHA-1$4096:W22ZaJ0SNY7soEsUEjb6gQ==$AA==:AA==", "SCRAM-SHA-256$4096:!!$AA==:AA==",
    ])
    func `other texts are no verifier`(text: String) {
        #expect(SCRAMVerifier(text) == nil)
    }
}
