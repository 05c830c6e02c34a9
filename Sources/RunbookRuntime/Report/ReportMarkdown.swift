import RunbookCore

extension RunReport {
    /// The report as Markdown.
    public var markdown: String {
        var lines = ["# \(words.heading) — \(Self.plain(opening.title))", ""]
        lines += facts.map { "- **\($0.name)**: \(Self.plain($0.value))" }
        if !parameterFacts.isEmpty {
            lines += ["", "## \(words.parameters)", ""]
            lines += parameterFacts.map { "- `\($0.name)`: \(Self.plain($0.value))" }
        }
        lines += ["", "## \(words.steps)", ""]
        lines += Self.row([
            "#", words.step, words.state, words.attempts, words.begun, words.duration, words.evidence,
        ])
        lines += Self.row([String](repeating: "---", count: 7))
        for step in steps {
            lines += Self.row([
                step.number, "`\(step.id)` \(Self.plain(step.title))", Self.plain(words.phase(step.state)),
                step.attempts == 0 ? "" : String(step.attempts), step.begun?.wall ?? "", duration(of: step),
                step.remarks.map(Self.plain).joined(separator: "<br>"),
            ])
        }
        lines += ["", "## \(words.gaps)", ""]
        lines +=
            gaps.isEmpty
            ? [words.noGaps]
            : gaps.map {
                "- \($0.from.wall) → \($0.to.wall) (\(Self.text($0.to.duration(since: $0.from)))): "
                    + Self.plain($0.reason)
            }
        lines += ["", "## \(words.journal)", "", words.journalLine(recordCount, head)]
        return lines.joined(separator: "\n") + "\n"
    }

    /// Name and value of what concerns the whole run.
    var facts: [(name: String, value: String)] {
        [
            (words.outcome, result), (words.run, opening.run), (words.runbook, opening.runbook),
            (words.operated, "\(opening.operator)@\(opening.host)"),
            (words.people, people.joined(separator: ", ")), (words.target, opening.lock),
            (words.begun, first.wall), (words.ended, last.wall), (words.duration, Self.text(duration)),
            (words.digest, opening.digest),
        ] + (state.rollbackReason.map { [(words.rollback, $0)] } ?? [])
    }

    /// The values that the run was started with.
    var parameterFacts: [(name: String, value: String)] {
        opening.parameters.sorted { $0.key < $1.key }.map { name, value in
            if case .list(let items) = value {
                return (name.text, items.compactMap(\.text).joined(separator: ", "))
            }
            return (name.text, value.text ?? "")
        }
    }

    /// From a step's first record to its last.
    func duration(of step: StepEntry) -> String {
        guard let begun = step.begun, let ended = step.ended else { return "" }
        return Self.text(ended.duration(since: begun))
    }

    static func text(_ duration: Duration?) -> String {
        duration.map { DurationText.text(of: $0) } ?? "?"
    }

    private static func row(_ cells: [String]) -> [String] {
        ["| " + cells.joined(separator: " | ") + " |"]
    }

    /// Text that Markdown shows as it is, on one line.
    private static func plain(_ text: String) -> String {
        var plain = ""
        for character in PrintableText.visible(text) {
            if character.isNewline {
                plain += " "
            } else if "\\`*_[]<>|#&~".contains(character) {
                plain += "\\\(character)"
            } else {
                plain.append(character)
            }
        }
        return plain
    }
}
