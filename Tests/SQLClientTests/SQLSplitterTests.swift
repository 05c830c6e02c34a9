import SQLClient
import Testing

@Suite struct SQLSplitterTests {
    @Test func `semicolons inside strings, names, dollar quotes and comments do not split`() {
        let text = #"""
            SELECT 'a;b''c;', "d;e", E'f\';g' ; -- h;i
            /* j; /* k; */ l; */ DO $x$ BEGIN; END $x$;
            ;; SELECT $$;$$ AS "m"
            """#
        #expect(
            SQLSplitter.parts(of: text).map(\.text) == [
                #"SELECT 'a;b''c;', "d;e", E'f\';g'"#,
                "-- h;i\n/* j; /* k; */ l; */ DO $x$ BEGIN; END $x$", #"SELECT $$;$$ AS "m""#,
            ])
    }

    @Test func `each statement knows its own parameters`() {
        let parts = SQLSplitter.parts(of: "SELECT $2, $10, '$3', x$4 ; SELECT $1; SELECT 1 -- $5")
        #expect(parts.map(\.parameters) == [[2, 10], [1], []])
        let renumbered = SQLSplitter.renumbered(parts[0])
        #expect(renumbered.text == "SELECT $1, $2, '$3', x$4")
        #expect(renumbered.positions == [2, 10])
    }

    @Test(arguments: [
        "", " ; ;\n-- only a comment\n/* x */", "'", "\"", "$", "$a", "$a$", "/*", "E'\\", "$1a$",
    ])
    func `no text makes it fail`(text: String) {
        #expect(SQLSplitter.parts(of: text).count <= 1)
    }
}
