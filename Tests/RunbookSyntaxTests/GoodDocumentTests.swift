import RunbookCore
import RunbookSyntax
import TestKit
import Testing

/// What the parser makes of a document that is right.
struct GoodDocumentTests {
    private func parsed(_ name: String) throws -> ParsedRunbook {
        let text = try GoldenText("RunbookSyntaxTests/Golden/good/\(name)").text
        return RunbookParser.parse(text: Array(text.utf8), fileName: name)
    }

    private func document() throws -> RunbookDocument {
        let parsed = try parsed("restauration.yml")
        #expect(parsed.report == "")
        return try #require(parsed.document)
    }

    private func step(_ id: StepID) throws -> Step {
        try #require(try document().steps.first { $0.id == id })
    }

    @Test func `a document with every key is read without a word`() throws {
        let document = try document()
        #expect(document.id == "pg-restauration-essai")
        #expect(document.parameters.map(\.name.text).prefix(3) == ["base", "sauvegarde", "hote"])
        #expect(document.parameters[5].defaultValue == .list([.string("controle"), .string("espace")]))
        #expect(document.secrets.map(\.variable) == ["PGPASSFILE", "JETON", "PHRASE"])
        #expect(document.environment.map(\.name.text).last == "PGCONNECT_TIMEOUT")
        #expect(document.roles["approbateur"] == ["grp:dba-chefs", "grp:astreinte"])
        #expect(document.steps.count == 9)
    }

    @Test func `a step keeps what it says and takes the rest from the defaults`() throws {
        let load = try step("charger")
        #expect(load.timeout == .seconds(6 * 3_600))
        #expect(load.killAfter == .seconds(60))
        #expect(load.retry == StepRules.Retry(max: 2, delay: .seconds(30), backoff: 2, exitCodes: [1, 75]))
        #expect(load.effect == .once)
        #expect(load.doubtPolicy == .retry)
        #expect(load.when?.text == "params.mode == 'complet'")
        let create = try step("creer")
        #expect(create.timeout == .seconds(600))
        #expect(create.doubtPolicy == .check)
        #expect(try step("bascule").doubtPolicy == .transaction)
        #expect(try step("comptage").onError == .jump("recette"))
        #expect(try step("analyse").onError == .proceed)
        #expect(try step("conditions").effect == .none)
    }

    @Test func `a short sql text takes the keys beside it`() throws {
        guard case .sql(let sql) = try step("creer").check else {
            Issue.record("the check is not SQL")
            return
        }
        #expect(sql.database == Template("postgres"))
        #expect(sql.arguments.count == 1)
        guard case .query(let query) = sql.body else {
            Issue.record("the check is no query")
            return
        }
        #expect(query.source == "SELECT 1 FROM pg_database WHERE datname = $1")
    }

    @Test func `bound parameters and planned steps show what would be executed`() throws {
        let document = try document()
        let values = try ParameterBinding.bind(
            [("base", "mairie"), ("sauvegarde", "/srv/s1")], to: document
        ).get()
        #expect(values["paralleles"] == .int(4))
        #expect(values["avant"] == .null)
        let items = RunbookPlanner.items(of: document, parameters: values)
        #expect(items.map(\.number) == Array(1...9))
        #expect(items[3].action == "createdb --template=template0 mairie_neuve")
        #expect(items[4].isSkipped == false)
        #expect(items[7].action.contains("RENAME TO \"mairie\";"))
        #expect(items[7].action.contains("ident(vars.ancienne)") == false)
        #expect(
            items[2].action
                == "ansible-playbook -i inventories/demo --limit pg-recette-01 --tags espace --check "
                + "-e seuil=20 -e 'etiquettes=[controle, espace]' -e 'detail={base: mairie}' playbooks/espace.yml"
        )
    }

    @Test func `every problem with the given parameters is told at once`() throws {
        let result = ParameterBinding.bind(
            [("bas", "x"), ("paralleles", "17"), ("hote", "-x"), ("hote", "h"), ("sauvegarde", "/absent")],
            to: try document(), pathExists: { _ in false })
        guard case .failure(let problems) = result else {
            Issue.record("accepted")
            return
        }
        #expect(
            problems.all.map(\.description) == [
                "unknown parameter 'bas'", "parameter 'paralleles': '17' is above the maximum of 16",
                "parameter 'hote': '-x' is not a value of type host", "the parameter 'hote' is given twice",
                "the parameter 'base' is required (Base à restaurer)",
                "parameter 'sauvegarde': the path '/absent' does not exist",
            ])
        #expect(problems.all[0].hint == "did you mean 'base'?")
    }
}
