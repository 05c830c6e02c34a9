import Testing

@testable import PostgreSQLModules

@Suite struct PostgreSQLIndexDefinitionTests {
    @Test func `the server's text is read in parts`() throws {
        // Recorded from PostgreSQL 15.18.
        let definition = try #require(
            PostgreSQLIndexDefinition(
                server: """
                    CREATE UNIQUE INDEX "using" ON x3."t(" USING btree (lower(name), id DESC, ((name || 'x'::text)) \
                    text_pattern_ops, "Na me" COLLATE "C" NULLS FIRST) INCLUDE (a, "B b") NULLS NOT DISTINCT \
                    WITH (fillfactor='80') WHERE ((id > 1) AND (id <> 10))
                    """))
        #expect(definition.method == "btree")
        #expect(definition.keys.map(\.text) == ["lower(name)", "id", "(name || 'x'::text)", "\"Na me\""])
        #expect(definition.keys.map(\.column) == [nil, "id", nil, "Na me"])
        #expect(definition.keys[1].isDescending && definition.keys[1].isNullsFirst)
        #expect(definition.keys[2].operatorClass == ["text_pattern_ops"])
        #expect(definition.keys[3].collation == ["C"] && definition.keys[3].isNullsFirst)
        #expect(definition.included == ["a", "B b"])
        #expect(definition.isNullsNotDistinct)
        #expect(definition.condition == "((id > 1) AND (id <> 10))")
    }

    @Test(arguments: ["a b c", "a ||b", "", "a, ", "a) WHERE (b", "a) INCLUDE b"])
    func `what cannot be read in parts is not guessed`(columns: String) {
        let definition = PostgreSQLIndexDefinition(method: "btree", columns: columns, condition: nil)
        #expect(definition == nil || columns == "a) WHERE (b")
        #expect(definition?.condition != nil || definition == nil)
    }

    @Test func `order and nulls have the server's defaults`() throws {
        let definition = try #require(
            PostgreSQLIndexDefinition(
                method: "BTREE", columns: "a, b asc, c desc, d DESC NULLS LAST, e nulls first", condition: nil
            ))
        #expect(definition.method == "btree")
        #expect(definition.keys.map(\.isDescending) == [false, false, true, true, false])
        #expect(definition.keys.map(\.isNullsFirst) == [false, false, true, false, true])
    }
}
