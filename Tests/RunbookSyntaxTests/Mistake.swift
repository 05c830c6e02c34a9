import TestKit

/// A document with one mistake, whose place its author has marked.
///
/// Files of `Golden/mistakes` hold many: a line `=== <name>: <code>`, then the document with `▲` ahead of the mistake.
/// What every document needs is put around it: `runbook`, `id`, `title` and a step. A first line `raw` says that nothing is;
/// `expression …` is short for a step with this condition, in a document that declares names of every type.
struct Mistake: Sendable, CustomStringConvertible {
    static let folder = GoldenFolder("RunbookSyntaxTests/Golden/mistakes")
    private static let mark: Unicode.Scalar = "▲"

    /// The file that it is from.
    let file: String
    let name: String
    /// The code of the diagnostic that it is reported with.
    let code: String
    let text: [UInt8]
    let line: Int
    let column: Int

    var description: String { "\(file): \(name)" }

    /// Every mistake of the folder.
    static let all: [Mistake] = folder.names(endingIn: ".txt").flatMap { file in
        (try? Mistake.read(file)) ?? []
    }

    private static func read(_ file: String) throws -> [Mistake] {
        let text = String(decoding: try folder.bytes(file), as: UTF8.self)
        var mistakes: [Mistake] = []
        var title: Substring?
        var body: [Substring] = []
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            guard line.hasPrefix("=== ") else {
                body.append(line)
                continue
            }
            if let title { mistakes.append(Mistake(file, title, body)) }
            (title, body) = (line.dropFirst(4), [])
        }
        // The file ends with a line end, behind which there is nothing.
        if let title { mistakes.append(Mistake(file, title, body.dropLast())) }
        return mistakes
    }

    private init(_ file: String, _ title: Substring, _ body: [Substring]) {
        self.file = file
        let colon = title.lastIndex(of: ":") ?? title.endIndex
        name = String(title[..<colon])
        code = String(title[colon...].dropFirst(2))
        let marked = Self.document(body).unicodeScalars
        let before = marked.prefix { $0 != Self.mark }
        line = 1 + before.count { $0 == "\n" }
        column = 1 + before.reversed().prefix { $0 != "\n" }.count
        text = Array(String(String.UnicodeScalarView(marked.filter { $0 != Self.mark })).utf8)
    }

    private static func document(_ body: [Substring]) -> String {
        var lines = body.map(String.init)
        if lines.first == "raw" { return lines.dropFirst().joined(separator: "\n") }
        let head = ["runbook: 1", "id: a", "title: A"]
        if let first = lines.first, first.hasPrefix("expression ") {
            lines = names + ["    when: |-", "      " + first.dropFirst(11)]
        } else if !lines.contains(where: { $0.drop { $0 == "▲" }.hasPrefix("steps:") }) {
            lines = ["steps: [{id: z, run: x, outputs: {n: {type: int}}}]"] + lines
        }
        return (head + lines).joined(separator: "\n")
    }

    private static let names = [
        "params: {base: {type: string}, n: {type: int}, oui: {type: bool}, age: {type: duration},",
        "         noms: {type: list}, mode: {type: string, choices: [complet, partiel]}}",
        "secrets: {mdp: {from: env, name: MDP, as: MDP}}",
        "vars: {neuve: x}",
        "steps:",
        "  - {id: z, run: x, outputs: {n: {type: int}}}",
        "  - id: a",
        "    run: x",
    ]
}
