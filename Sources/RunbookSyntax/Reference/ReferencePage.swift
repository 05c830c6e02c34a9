import RunbookCore
import YAMLDocument

/// The reference page of the document format, made from the tables that the parser reads by.
public enum ReferencePage {
    /// The page, as Markdown.
    public static var text: String {
        ([introduction] + sections() + [expressions, rules, diagnostics, limits]).joined(separator: "\n\n")
            + "\n"
    }

    private static let introduction = """
        <!-- Generated from Sources/RunbookSyntax by RECORD_GOLDEN=1 swift test --filter ReferencePageTests. Do not edit. -->
        # The runbook document

        A runbook is one YAML 1.2 document in UTF-8. Keys are English, titles are in the language of those who operate it.
        `runbook check FILE` reports every problem at once, as `file:line:column: error: message [code]`.

        `yes`, `no`, `on` and `off` are texts, only `true` and `false` are booleans. Anchors, aliases, merge keys, tags,
        repeated keys and several documents in one file are refused. Editors that know JSON Schema find one in
        [runbook.schema.json](runbook.schema.json); a document names it in its first line:
        `# yaml-language-server: $schema=<path>/runbook.schema.json`.
        """

    // MARK: Keys

    private static func sections() -> [String] {
        var pages: [String] = []
        var done: Set<String> = []
        var queue = [RunbookKeys.table]
        while !queue.isEmpty {
            let table = queue.removeFirst()
            guard done.insert(table.subject).inserted else { continue }
            pages.append(section(table))
            queue += table.keys.flatMap(\.shape.tables)
        }
        return pages
    }

    private static func section(_ table: KeyTable) -> String {
        var lines = ["## Keys of \(table.subject)", "", "| Key | Value | Meaning |", "|---|---|---|"]
        for key in table.keys {
            let name = "`\(key.name)`" + (key.isRequired ? " (required)" : "")
            lines.append("| \(name) | \(cell(words(for: key.shape))) | \(cell(key.summary)) |")
        }
        if !table.laterKeys.isEmpty {
            let later = table.laterKeys.sorted().map { "`\($0)`" }.joined(separator: ", ")
            lines += ["", "Reserved for later versions, and refused until then: \(later)."]
        }
        return lines.joined(separator: "\n")
    }

    private static func cell(_ text: String) -> String {
        text.split(separator: "|", omittingEmptySubsequences: false).joined(separator: "\\|")
    }

    private static func words(for shape: Shape) -> String {
        switch shape {
        case .plain(_, let words): words
        case .list(let item): "list of: " + words(for: item)
        case .map(let name, _, let item): "mapping from \(name) to: " + words(for: item)
        case .mapping(let table): "[\(table.subject)](#\(anchor(of: table)))"
        case .either(let shapes): shapes.map(words).joined(separator: "; or ")
        }
    }

    private static func anchor(of table: KeyTable) -> String {
        let heading = "keys of \(table.subject)".lowercased()
        return String(heading.filter { $0.isLetter || $0.isNumber || $0 == " " }.map { $0 == " " ? "-" : $0 })
    }

    // MARK: Prose

    private static var expressions: String {
        let facts = RunFact.allCases.map { "`run.\($0.rawValue)` (\($0.type))" }.joined(separator: ", ")
        return """
            ## Expressions

            `when`, `verify` and `assert` hold expressions as they are; texts hold them between `${{` and `}}`. Every name is
            resolved and every operand typed when the document is checked.

            | What | How it is written |
            |---|---|
            | Values | `'text'` or `"text"` (a doubled quote stands for itself), `12`, `true`, `false`, `null`, durations `90s` `10m` `24h` `7d` `1h30m`, lists `['a', 'b']` |
            | Parameters, variables | `params.<name>`, `vars.<name>` |
            | Outputs of an earlier step; in `verify` of a `parallel` step, of its members too | `steps.<id>.outputs.<name>` |
            | Own outputs, in `verify` | `outputs.<name>` |
            | First row, in `verify` of an `sql` step | `row.<column>` |
            | Answer, in `verify` of a `manual` step | `answer.choice`, `answer.<evidence>` |
            | The run | \(facts) |
            | Operators, loosest first | `or`; `and`; `not`; `==` `!=` `<` `<=` `>` `>=` `in` `matches '<pattern>'`; `+` `-` |
            | Functions | `ident(text)`: a quoted SQL identifier; `len(text or list)` |

            Types are \(["string", "int", "bool", "duration", "time", "list"].map { "`\($0)`" }.joined(separator: ", ")); columns
            of a row have the type that the server gives. `+` and `-` take ints, durations and times. Only `==` and `!=` take
            `null`, the value of a parameter without a default and of an output of a skipped step; everything else fails on it.

            A pattern is a regular expression of which every text is looked through once, so that no text can make it hang: letters,
            `.`, sets `[a-z]` `[^,]`, groups `( )` `(?: )`, `|`, repetitions `*` `+` `?` `{2}` `{2,}` `{2,5}`, the places `^` `$` `\\b`
            `\\B` `\\A` `\\z`, the kinds `\\d` `\\w` `\\s` `\\D` `\\W` `\\S` `\\p{L}` `\\p{Lu}` `\\p{Ll}` `\\p{N}` `\\p{Nd}`, and `\\` ahead of
            a sign that is to stand for itself. `^` and `$` are the ends of the text, not of its lines. What a group has matched
            cannot be asked for again, and nothing looks ahead or behind: no matcher does that in bounded time.

            Where a value would be executed, it is refused: `run` takes no `${{ }}` (pass the value through `env`), SQL takes only
            `ident(...)` (pass other values through `args`). Secrets cannot be read by expressions at all. `run.now` cannot be read
            in `vars` and in the document's `env`, nor any `run.*` in `lock`: they must mean the same after a crash.
            """
    }

    private static let rules = """
        ## What happens to a step

        1. `when` false: skipped. `check` finds the effect: done already, unless `check_first: false`. A `check` says yes by exit
           status 0 or at least one row, no by exit status 1 or no row.
        2. The intent is made durable, the action is executed, its end is made durable.
        3. `outputs` are read: from the columns of the first row of an `sql` action, else from the files `$RB_OUT/<name>`.
        4. Every condition of `verify` must be true.
        5. A failed attempt is repeated as `retry` says, after `reset` where there is one; then `on_error` decides: `hold` (a person
           decides), `stop`, `continue`, `rollback` (every `undo` in reverse order), or `step:<id>`, a later step.

        An attempt whose end is unknown after a crash is *in doubt*. `in_doubt` says what follows; without it: `effect: none` and
        `effect: idempotent` are executed again, for an `sql` `transaction` or `file` the server is asked whether it was committed,
        a step with `check` is checked, and otherwise a person decides.

        Commands find `RB_RUN_ID`, `RB_STEP` and `RB_OUT` in their environment; other names that begin with `RB_` are reserved.
        """

    private static var diagnostics: String {
        let rows = DiagnosticCode.allCases.map { "| `\($0.rawValue)` | \(cell($0.summary)) |" }
        return "## Diagnostics\n\n| Code | Meaning |\n|---|---|\n" + rows.joined(separator: "\n")
    }

    private static var limits: String {
        let yaml = YAMLDocument.Limits()
        return """
            ## Limits

            | What | Limit |
            |---|---|
            | Size of a document | \(yaml.bytesMax / 1_048_576) MiB |
            | Values in a document | \(yaml.nodesMax) |
            | Lists and mappings inside each other | \(yaml.depthMax) |
            | Steps, and items of any list | \(itemsMax) |
            | Characters of a name | \(NameRule.lengthMax) |
            | Bytes of a pattern | \(Pattern.bytesMax) |
            | Steps of a pattern, its repetitions written out | \(Pattern.stepsMax) |
            | Documents that call each other in a row | \(CallAction.depthMax) |
            | Levels of an expression | \(ExpressionNode.depthMax) |
            | Length of a duration | \(DurationText.text(of: DurationText.limit)) |
            | Diagnostics shown | \(DocumentReader.diagnosticsMax) |
            """
    }
}
