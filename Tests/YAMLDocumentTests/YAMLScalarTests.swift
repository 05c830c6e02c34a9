import Testing
import YAMLDocument

/// What plain texts mean under the core schema of YAML 1.2.
struct YAMLScalarTests {
    private func value(_ text: String) -> YAMLScalar.Value {
        YAMLScalar(text: text, style: .plain).value
    }

    @Test(arguments: ["", "~", "null", "Null", "NULL"]) func `these mean nothing`(text: String) {
        #expect(value(text) == .null)
    }

    @Test func `only true and false are booleans`() {
        for text in ["true", "True", "TRUE"] { #expect(value(text) == .bool(true)) }
        for text in ["false", "False", "FALSE"] { #expect(value(text) == .bool(false)) }
        for text in ["yes", "no", "on", "off", "y", "n", "tRUE"] { #expect(value(text) == .string(text)) }
    }

    @Test func `whole numbers are decimal, octal or hexadecimal`() {
        #expect(value("0") == .int(0))
        #expect(value("-12") == .int(-12))
        #expect(value("+12") == .int(12))
        #expect(value("007") == .int(7))
        #expect(value("0o17") == .int(15))
        #expect(value("0xFf") == .int(255))
        #expect(value("9223372036854775807") == .int(.max))
        #expect(value("9223372036854775808") == .float(9.223372036854775808e18))
        for text in ["0x", "0x-1", "-0x1", "0b1", "1_000", "12:30", "0o8"] {
            #expect(value(text) == .string(text))
        }
    }

    @Test func `numbers with a fraction or an exponent are floats`() {
        #expect(value("1.5") == .float(1.5))
        #expect(value("-1e3") == .float(-1_000))
        #expect(value(".5") == .float(0.5))
        #expect(value(".inf") == .float(.infinity))
        #expect(value("-.Inf") == .float(-.infinity))
        guard case .float(let number) = value(".nan") else {
            Issue.record(".nan is a number")
            return
        }
        #expect(number.isNaN)
        for text in ["1.2.3", "1e", ".", "-", "+", "10m", "2026-01-01", "-.nan", "1 2"] {
            #expect(value(text) == .string(text))
        }
    }

    @Test(arguments: [YAMLScalar.Style.singleQuoted, .doubleQuoted, .literal, .folded])
    func `quoted and block texts are always texts`(style: YAMLScalar.Style) {
        for text in ["true", "12", "null", ""] {
            #expect(YAMLScalar(text: text, style: style).value == .string(text))
        }
    }
}
