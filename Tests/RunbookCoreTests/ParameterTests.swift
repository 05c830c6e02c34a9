import RunbookCore
import Testing

/// Which values a parameter takes, and why not the others.
struct ParameterTests {
    private func parameter(_ kind: Parameter.Kind) -> Parameter { Parameter(name: "p", kind: kind) }

    private func refusal(_ parameter: Parameter, _ text: String) -> String? {
        if case .failure(let refusal) = parameter.value(of: text) { "\(refusal)" } else { nil }
    }

    @Test func `a text becomes a value of the type`() {
        #expect(parameter(.string).value(of: "a,b") == .success(.string("a,b")))
        #expect(parameter(.int).value(of: "-12") == .success(.int(-12)))
        #expect(parameter(.bool).value(of: "true") == .success(.bool(true)))
        #expect(parameter(.duration).value(of: "1h30m") == .success(.duration(.seconds(5_400))))
        #expect(parameter(.time).value(of: "0") == RunbookTime("1970-01-01").map { .success(.time($0)) })
        #expect(parameter(.path).value(of: "/srv/a b") == .success(.string("/srv/a b")))
        #expect(parameter(.host).value(of: "pg-01.example:5432") == .success(.string("pg-01.example:5432")))
        #expect(parameter(.list).value(of: "a,b") == .success(.list([.string("a"), .string("b")])))
        #expect(parameter(.list).value(of: "") == .success(.list([])))
    }

    @Test(arguments: [
        (Parameter.Kind.int, "1.0"), (.int, "9223372036854775808"), (.bool, "yes"), (.duration, "10"),
        (.time, "demain"), (.host, "-oProxyCommand=x"), (.host, "a b"), (.host, ""), (.string, "a\u{0}b"),
    ])
    func `a text of another type is refused`(kind: Parameter.Kind, text: String) {
        #expect(refusal(parameter(kind), text) == "is not a value of type \(kind.rawValue)")
    }

    @Test func `rules refuse what they do not allow`() {
        var number = parameter(.int)
        number.minimum = .int(1)
        number.maximum = .int(16)
        #expect(refusal(number, "0") == "is below the minimum of 1")
        #expect(refusal(number, "17") == "is above the maximum of 16")
        #expect(refusal(number, "16") == nil)
        var age = parameter(.duration)
        age.maximum = .duration(.seconds(3_600))
        #expect(refusal(age, "61m") == "is above the maximum of 1h")
        var name = parameter(.string)
        name.pattern = Pattern("^[a-z]+$")
        #expect(refusal(name, "a; rm") == "does not match ^[a-z]+$")
        #expect(refusal(name, "abc\n") != nil)
        var mode = parameter(.string)
        mode.choices = [.string("a"), .string("b")]
        #expect(refusal(mode, "c") == "is not one of a, b")
    }
}

/// Names and patterns, whose types cannot hold a wrong one.
struct CheckedTextTests {
    @Test func `a name follows its rule`() {
        let texts = ["1_creer", "pg-restauration", "perte_max", "_PGHOST1", "1a", "1A", "A-B"]
        #expect(texts.compactMap { StepID($0)?.text } == ["1_creer", "perte_max", "1a"])
        #expect(texts.compactMap { RunbookID($0)?.text } == ["pg-restauration", "perte_max"])
        #expect(texts.compactMap { ValueName($0)?.text } == ["perte_max"])
        #expect(texts.compactMap { EnvironmentName($0)?.text } == ["perte_max", "_PGHOST1"])
        for text in ["", "A", "é", "a b", String(repeating: "a", count: NameRule.lengthMax + 1)] {
            #expect(StepID(text) == nil)
            #expect(ValueName(text) == nil)
            #expect(RunbookID(text) == nil)
        }
    }

    @Test func `a pattern is one from its making on`() throws {
        #expect(Pattern("[a-") == nil)
        #expect(Pattern(String(repeating: "a", count: Pattern.bytesMax + 1)) == nil)
        let pattern = try #require(Pattern("^pg-(prod|recette)"))
        #expect(pattern.matches("pg-prod-01"))
        #expect(!pattern.matches("x-pg-prod-01"))
    }
}
