import Testing

@testable import PostgreSQLModules

@Suite struct RoutineSignatureTests {
    @Test(arguments: [
        ("f(int)", "f", "int", ["int"]),
        ("s.f( int ,\ttext )", "s.f", "int, text", ["int", "text"]),
        (
            "f(IN a int, OUT b text, VARIADIC c text[])", "f", "IN a int, OUT b text, VARIADIC c text[]",
            ["a int", "c text[]"]
        ),
        (
            "f(numeric(10,2), double precision)", "f", "numeric(10,2), double precision",
            ["numeric(10,2)", "double precision"]
        ),
        ("count(*)", "count", "*", []), ("f()", "f", "", []),
        (#""odd (name)".f("a,b"."t y")"#, #""odd (name)".f"#, #""a,b"."t y""#, [#""a,b"."t y""#]),
        ("çà (日本)", "çà", "日本", ["日本"]),
    ])
    func `name, signature and arguments are told apart`(
        text: String, name: String, written: String, arguments: [String]
    ) throws {
        let split = RoutineSignature.split(text)
        let signature = try #require(split.signature)
        #expect(split.name == name)
        #expect(signature.written == written)
        #expect(signature.arguments == arguments)
    }

    @Test(arguments: ["f", "s.f", #""f(int)""#, "f(int", "f(int) x", "", "(", ")"])
    func `a name without parentheses at its end has no signature`(text: String) {
        #expect(RoutineSignature.split(text).signature == nil)
        #expect(RoutineSignature.split(text).name == text)
    }

    @Test func `the name of an argument is taken off, where the routine has one of that name`() {
        let signature = RoutineSignature("a int, double precision, text")
        #expect(signature.types(argumentNames: ["a"]) == ["int", "double precision", "text"])
        #expect(signature.types(argumentNames: []) == ["a int", "double precision", "text"])
    }

    @Test(arguments: ["int --", "int; DROP TABLE t", #""t y""#, "int /* */", "a'b", "é"])
    func `what could mean more than types does not stand in a statement as it is`(inner: String) {
        #expect(!RoutineSignature(inner).isPlain)
        #expect(RoutineSignature("int, pg_catalog.float8, text[], numeric(10,2)").isPlain)
    }
}
