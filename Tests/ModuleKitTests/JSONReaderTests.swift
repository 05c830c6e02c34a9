import Testing

@testable import ModuleKit

struct JSONReaderTests {
    private func value(_ text: String) -> JSONValue? { JSONReader.value(of: Array(text.utf8)) }

    @Test(
        arguments: [
            ("null", .null), (" true\r\n", .bool(true)), ("\tfalse ", .bool(false)), ("0", 0), ("-0", 0),
            ("-12", -12),
            ("9223372036854775807", .int(.max)), ("-9223372036854775808", .int(.min)),
            ("9223372036854775808", .double(9_223_372_036_854_775_808)), ("1.0", .double(1)),
            ("2.5e-1", .double(0.25)),
            ("1E+2", .double(100)), ("[]", []), ("{ }", [:]),
            ("[1, [2], {\"a\": null}]", [1, [2], ["a": .null]]),
            (#"{"a": 1, "b": {"c": []}, "a": 2}"#, ["a": 2, "b": ["c": []]]), (#""""#, ""),
            (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{C}\n\r\t"), (#""\u00e9é\u0000""#, "éé\u{0}"),
            (#""\ud83d\uDE00日""#, "😀日"),
        ] as [(String, JSONValue)])
    func `values are read`(text: String, expected: JSONValue) {
        #expect(value(text) == expected)
    }

    @Test(arguments: [
        "", " ", "nul", "truefalse", "nullx", "{", "[", "[1", "[1,", "[1,]", "[,1]", "[1 2]", "{\"a\"}",
        "{\"a\":}",
        "{\"a\" 1}", "{\"a\":1,}", "{a: 1}", "{1: 1}", "'a'", "\"", "\"a", "\"\\", "\"\\x\"", "\"\\u12\"",
        "\"\\u12g4\"",
        "\"\\ud83d\"", "\"\\ud83dx\"", "\"\\ud83d\\u0041\"", "\"\\ude00\"", "\"a\nb\"", "\"\u{0}\"", "01",
        "-", "+1",
        "-01", ".5", "1.", "1e", "1e+", "0x10", "1e999", "NaN", "Infinity", "-Infinity", "1 2", "[] []",
        "// c\n1",
        "\u{FEFF}1",
    ])
    func `what is no JSON is refused`(text: String) {
        #expect(value(text) == nil)
    }

    @Test(arguments: [
        [0x22, 0xFF, 0x22], [0x22, 0xC3, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22], [0xFF, 0xFE, 0x31, 0x00],
    ])
    func `bytes that are no UTF-8 are refused`(bytes: [Int]) {
        #expect(JSONReader.value(of: bytes.map(UInt8.init)) == nil)
    }

    @Test func `depth has a limit, in arrays and in objects`() {
        func arrays(_ depth: Int) -> String {
            String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        }
        #expect(value(arrays(JSONReader.depthMax)) != nil)
        #expect(value(arrays(JSONReader.depthMax + 1)) == nil)
        #expect(value(String(repeating: "[", count: 1_000_000)) == nil)
        #expect(value(String(repeating: "{\"a\":", count: 1_000_000)) == nil)
    }

    @Test func `every text that the kit writes is read back, whole and never in part`() {
        let written: JSONValue = [
            "a\"b\\": ["é\n\u{1}😀", -5, .double(0.1), .bool(true), .null, [:], []], "": .double(1e-300),
        ]
        let bytes = Array(JSONText.text(of: written).utf8)
        #expect(JSONReader.value(of: bytes) == written)
        for count in 0..<bytes.count { #expect(JSONReader.value(of: Array(bytes[..<count])) == nil) }
    }
}
