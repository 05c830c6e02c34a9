import SQLClient
import Testing

@testable import ModuleKit

@Suite struct SecretMaskTests {
    @Test(arguments: [
        "it's \"so\" sécret", "it''s \"so\" sécret", #"it's \"so\" sécret"#, "aXQncyAic28iIHPDqWNyZXQ=",
        "it%27s%20%22so%22%20s%C3%A9cret", "6974277320", "697427732022736f222073c3a9637265740",
    ])
    func `a secret is masked in every form`(form: String) {
        let mask = SecretMask([Secret("it's \"so\" sécret")])
        let isWhole = form != "6974277320"
        #expect((mask.masked("before \(form) after").contains(form)) == !isWhole)
    }

    @Test func `keys and nested values are masked, numbers are not`() {
        let mask = SecretMask([Secret("abcd")])
        #expect(
            mask.masked(["xabcd": ["abcd", 5], "n": 1]) == ["x********": ["********", 5], "n": 1])
    }

    @Test func `a secret inside another does not tear it`() {
        let mask = SecretMask([Secret("abc"), Secret("abcdef")])
        #expect(mask.masked("abcdef abc") == "******** ********")
    }

    @Test func `a combining mark after a secret does not hide the secret`() {
        #expect(
            SecretMask([Secret("abc'")]).masked("abc'\u{301} abc''\u{301}")
                == "********\u{301} ********\u{301}")
    }

    @Test func `an empty secret masks nothing`() {
        #expect(SecretMask([Secret("")]).masked("text") == "text")
    }
}
