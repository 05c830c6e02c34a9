import Testing

@testable import ModuleKit

@Suite struct JSONTextTests {
    @Test func `values are written on one line, keys sorted`() {
        let value: JSONValue = [
            "b": [1, -2.5, true, .null, []], "a": ["é\u{1}": "quo\"te\\ \n\t\r 日本"], "c": [:],
        ]
        #expect(
            value.canonicalText
                == #"{"a": {"é\u0001": "quo\"te\\ \n\t\r 日本"}, "b": [1, -2.5, true, null, []], "c": {}}"#)
    }

    @Test func `a number that JSON does not have is null`() {
        #expect(
            JSONValue.array([.double(.infinity), .double(.nan), .double(1e300)]).canonicalText
                == "[null, null, 1e+300]")
    }
}
