import RunbookCore

extension RunReport {
    /// The report as one HTML file without anything from elsewhere, fit for printing.
    public var html: String {
        """
        <!DOCTYPE html>
        <html lang="\(words.isFrench ? "fr" : "en")">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>\(Self.escaped("\(words.heading) — \(opening.title)"))</title>
        <style>\(Self.style)</style>
        </head>
        <body>
        <h1>\(Self.escaped(opening.title))</h1>
        <p class="result \(tone)">\(Self.escaped(result))</p>
        \(Self.definitions(facts))
        \(parameterFacts.isEmpty ? "" : "<h2>\(words.parameters)</h2>\n" + Self.definitions(parameterFacts))
        <h2>\(words.steps)</h2>
        <table>
        <thead><tr>\(stepHeadings)</tr></thead>
        <tbody>
        \(steps.map(row).joined(separator: "\n"))
        </tbody>
        </table>
        <h2>\(words.gaps)</h2>
        \(gapTable)
        <h2>\(words.journal)</h2>
        <p>\(Self.escaped(words.journalLine(recordCount, head)))</p>
        </body>
        </html>

        """
    }

    /// The result is told by words; the tone repeats it.
    private var tone: String {
        switch state.result ?? state.conclusion {
        case .done: "good"
        case .rolledBack: "even"
        case .stopped, .rollbackIncomplete: "bad"
        case nil: "open"
        }
    }

    private var stepHeadings: String {
        ["#", words.step, words.state, words.attempts, words.begun, words.duration, words.evidence]
            .map { "<th scope=\"col\">\(Self.escaped($0))</th>" }.joined()
    }

    private func row(_ step: StepEntry) -> String {
        let cells = [
            Self.escaped(step.number), "<code>\(Self.escaped(step.id))</code><br>\(Self.escaped(step.title))",
            Self.escaped(words.phase(step.state)), step.attempts == 0 ? "" : String(step.attempts),
            Self.escaped(step.begun?.wall ?? ""), Self.escaped(duration(of: step)),
            step.remarks.map(Self.escaped).joined(separator: "<br>"),
        ]
        return "<tr>" + cells.map { "<td>\($0)</td>" }.joined() + "</tr>"
    }

    private var gapTable: String {
        if gaps.isEmpty { return "<p>\(Self.escaped(words.noGaps))</p>" }
        let rows = gaps.map { gap in
            let cells = [gap.from.wall, gap.to.wall, Self.text(gap.to.duration(since: gap.from)), gap.reason]
            return "<tr>" + cells.map { "<td>\(Self.escaped($0))</td>" }.joined() + "</tr>"
        }
        let headings = [words.from, words.to, words.duration, words.reason]
            .map { "<th scope=\"col\">\(Self.escaped($0))</th>" }.joined()
        return "<table><thead><tr>\(headings)</tr></thead><tbody>\(rows.joined())</tbody></table>"
    }

    private static func definitions(_ facts: [(name: String, value: String)]) -> String {
        "<dl>" + facts.map { "<dt>\(escaped($0.name))</dt><dd>\(escaped($0.value))</dd>" }.joined() + "</dl>"
    }

    private static let style = """
        body { font: 15px/1.45 system-ui, sans-serif; color: #1b1b1b; margin: 2em auto; max-width: 70em; padding: 0 1em }
        h1 { font-size: 1.5em; margin-bottom: .2em } h2 { font-size: 1.15em; margin-top: 1.6em }
        .result { font-weight: 600; padding: .4em .7em; border-left: .4em solid; display: inline-block }
        .good { border-color: #0072b2 } .bad { border-color: #d55e00 } .even { border-color: #56b4e9 } .open { border-color: #999 }
        dl { display: grid; grid-template-columns: max-content 1fr; gap: .15em 1em } dt { color: #555 } dd { margin: 0; overflow-wrap: anywhere }
        table { border-collapse: collapse; width: 100% } th, td { border: 1px solid #ccc; padding: .3em .5em; text-align: left; vertical-align: top; overflow-wrap: anywhere }
        th { background: #f3f3f3 } code { font-size: .95em }
        @media print { body { margin: 0; max-width: none; font-size: 10pt } tr { break-inside: avoid } thead { display: table-header-group } }
        """

    private static func escaped(_ text: String) -> String {
        var escaped = ""
        for character in PrintableText.visible(text) {
            switch character {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            default: escaped.append(character)
            }
        }
        return escaped
    }
}
