import Glibc
import RunbookSyntax
import TestKit
import Testing

/// Documents of the repository, and one as large as a document gets.
struct ShippedRunbookTests {
    private static let folder = GoldenFolder("../runbooks")

    @Test(arguments: folder.names(endingIn: ".yml") + folder.names(endingIn: ".yaml"))
    func `a shipped runbook is right`(name: String) throws {
        let parsed = RunbookParser.parse(text: try Self.folder.bytes(name), fileName: name)
        #expect(parsed.report == "")
        #expect(parsed.document != nil)
    }

    /// The CPU time is printed, not asserted: the machine is shared.
    @Test func `a document of a thousand steps is read without a word`() throws {
        let text = Array(Self.document(steps: 1_000).utf8)
        let before = clock()
        let parsed = RunbookParser.parse(text: text, fileName: "grand.yml")
        let milliseconds = Double(clock() - before) / Double(CLOCKS_PER_SEC) * 1_000
        #expect(parsed.report == "")
        #expect(parsed.document?.steps.count == 1_000)
        print("1,000 steps, \(text.count) bytes: \(milliseconds) ms of CPU in this build")
    }

    /// Steps of every kind, each reading an output of an earlier one.
    private static func document(steps: Int) -> String {
        var text = """
            runbook: 1
            id: grand
            title: Grand document
            params: {base: {type: string, pattern: '^[a-z]+$', default: mairie}}
            env: {BASE: "${{ params.base }}"}
            steps:

            """
        for number in 1...steps {
            let earlier = number - 1 - (number - 1) % 4 - 3
            let condition = earlier > 0 ? "steps.etape_\(earlier).outputs.n >= 0" : "params.base != ''"
            text += "  - id: etape_\(number)\n    title: Étape \(number)\n"
            switch number % 4 {
            case 1:
                text +=
                    "    effect: none\n    run: |\n      set -eu\n      wc -l < \"$BASE\" > \"$RB_OUT/n\"\n"
                text +=
                    "    outputs: {n: {type: int}}\n    verify: [outputs.n >= 0, \"run.now > run.started_at\"]\n"
            case 2:
                text += "    argv: [createdb, \"${{ params.base }}_\(number)\"]\n    when: \(condition)\n"
                text +=
                    "    check: {sql: \"SELECT 1 FROM pg_database WHERE datname = $1\", args: [x], db: postgres}\n"
                text += "    undo: {run: dropdb x}\n"
            case 3:
                text +=
                    "    sql: {db: postgres, transaction: \"ALTER DATABASE ${{ ident(params.base) }} RENAME TO x\"}\n"
                text += "    timeout: 10m\n    on_error: rollback\n"
            default:
                text += "    assert: [\"\(condition)\", {that: params.base matches '^m', message: non}]\n"
            }
        }
        return text
    }
}
