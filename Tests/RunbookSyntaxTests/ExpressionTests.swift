import RunbookCore
import RunbookSyntax
import Testing

/// Expressions from text to value, through a document as everything else.
struct ExpressionTests {
    private static let declarations = """
        runbook: 1
        id: essai
        title: Essai
        params:
          texte: {type: string}
          nombre: {type: int}
          age: {type: duration}
          depuis: {type: time}
          oui: {type: bool}
          noms: {type: list}
          absent: {type: string}
        vars: {double: "${{ params.texte }}-${{ params.texte }}", autre: "${{ params.nombre }}"}
        steps:
          - {id: avant, effect: none, run: x, outputs: {n: {type: int}, s: {type: string}}}

        """

    private var scope: Scope {
        get throws {
            var scope = Scope(
                parameters: [
                    "texte": .string("mairie"), "nombre": .int(7), "age": .duration(.seconds(90)),
                    "depuis": .time(try #require(RunbookTime("2026-03-01T08:00:00Z"))), "oui": .bool(true),
                    "noms": .list([.string("a"), .string("b")]), "absent": .null,
                ],
                stepOutputs: ["avant": ["n": .int(3), "s": .null]])
            scope.variables = ["double": .string("mairie-mairie"), "autre": .int(7)]
            return scope
        }
    }

    private func condition(_ text: String) throws -> Expression {
        let quoted = text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "''")
        let document = Self.declarations + "  - {id: a, assert: ['\(quoted)']}\n"
        let parsed = RunbookParser.parse(text: Array(document.utf8), fileName: "essai.yml")
        let errors = parsed.diagnostics.filter { $0.severity == .error }
        #expect(errors.map(\.message) == [])
        guard case .assert(let assertions) = try #require(parsed.document).steps[1].action else {
            throw EvaluationFailure.absent(expression: text)
        }
        return assertions[0].condition
    }

    @Test(arguments: [
        "1 + 2 - 3 == 0", "-params.nombre == -7", "--1 == 1", "1 - -1 == 2", "10m + 30s == 630s",
        "params.depuis + 1h > params.depuis", "1h + params.depuis == params.depuis + 60m",
        "params.depuis - params.depuis == 0s", "params.age - 1m == 30s",
        "params.age > 1m and params.age <= 90s",
        "params.texte matches '^mai'", "not (params.texte matches 'x')", "not params.texte matches '^x'",
        "params.texte in ['mairie', 'essai']", "'a' in params.noms", "not ('z' in params.noms)",
        "len(params.noms) == 2", "len(params.texte) == 6", "len('é') == 1", "len([]) == 0",
        "ident('a\"b') == '\"a\"\"b\"'", "params.absent == null", "params.texte != null", "null == null",
        "steps.avant.outputs.n >= 3", "steps.avant.outputs.s == null", "vars.double == 'mairie-mairie'",
        "vars.autre + 1 == 8", "params.oui", "true or 1 == 2", "false and 1 == 2 or true",
        "true or false and false", "not true or true", "not (true or true) == false", "'it''s' == \"it's\"",
        "params.texte == 'mairie' or params.absent matches 'jamais lu'", "params.nombre in [1, 7, 9]",
        "'' == ''",
        "'a' < 'b'", "(((1)) == 1)", "[1, 2] == [1, 2]",
    ])
    func `this holds`(text: String) throws {
        #expect(try condition(text).holds(in: scope))
    }

    @Test(
        arguments: [
            ("params.absent matches 'x'", EvaluationFailure.absent(expression: "params.absent")),
            ("params.nombre + 9223372036854775807 > 0", .outOfRange(operation: "+")),
            ("36600d + 1d > 1d", .outOfRange(operation: "+")),
            ("params.depuis + 36600d + 36600d > params.depuis", nil),
            ("ident('') == 'x'", .invalidIdentifier("")),
            ("len(params.absent) > 0", .absent(expression: "params.absent")),
            ("steps.avant.outputs.s == 'x' and true", nil),
        ] as [(String, EvaluationFailure?)])
    func `what cannot be computed fails by its name`(text: String, failure: EvaluationFailure?) throws {
        let condition = try condition(text)
        let scope = try scope
        guard let failure else {
            _ = try condition.holds(in: scope)
            return
        }
        #expect(throws: failure) { try condition.holds(in: scope) }
    }

    @Test func `an expression keeps its text and forgets its spacing in the canonical one`() throws {
        let spaced = try condition("  params.nombre   >  1  ")
        #expect(spaced.text == "params.nombre   >  1")
        #expect(spaced.root.canonicalText == (try condition("params.nombre>1")).root.canonicalText)
        #expect(spaced.references == [.parameter("nombre")])
    }

    @Test func `a chain as long as the limit is evaluated, and a longer one refused`() throws {
        let chain = Array(repeating: "true", count: ExpressionNode.depthMax).joined(separator: " and ")
        #expect(try condition(chain).holds(in: scope))
        let parsed = RunbookParser.parse(
            text: Array((Self.declarations + "  - {id: a, assert: ['\(chain) and true']}\n").utf8),
            fileName: "x")
        #expect(parsed.document == nil)
    }

    @Test(arguments: UInt64(1)...20) func `no text makes the expression parser fail`(seed: UInt64) {
        var state = seed
        let words = [
            "params.texte", "1", "'a'", "(", ")", "[", "]", ",", "and", "not", "==", "<", "in", "matches",
            "-", "+",
            "24h", "len(", "ident(", "null", "row.x", "steps.avant.outputs.n", ".", "é", "\"", "$", "{{",
            "}}",
        ]
        for _ in 0..<100 {
            var text = ""
            for _ in 0..<12 {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                text += words[Int(state >> 33) % words.count] + " "
            }
            let yaml =
                Self.declarations
                + "  - id: a\n    effect: none\n    when: |\n      \(text)\n    argv:\n      - |\n        ${{ \(text)}}\n"
            let parsed = RunbookParser.parse(text: Array(yaml.utf8), fileName: "x")
            #expect(parsed.document != nil || !parsed.diagnostics.isEmpty)
        }
    }
}
