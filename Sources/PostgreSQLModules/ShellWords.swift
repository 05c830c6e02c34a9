import ModuleKit

/// A text of options as a person writes it for a shell, without a shell.
enum ShellWords {
    /// Characters that mean something to a shell and nothing here; to take them literally could only surprise.
    private static let operators: Set<Character> = ["|", "&", ";", "<", ">", "(", ")", "$", "`", "\n"]

    /// The words of a text: separated by white space, held together by quotes or a backslash.
    ///
    /// - Throws: `ModuleFailure.impossible` for what only a shell can do, and for a quote that never ends.
    static func words(of text: String, option: String) throws(ModuleFailure) -> [String] {
        var words: [String] = []
        var word: String?
        var rest = text[...]
        while let character = rest.popFirst() {
            switch character {
            case " ", "\t":
                if let done = word { words.append(done) }
                word = nil
            case "'", "\"":
                guard let quoted = takeQuoted(&rest, quote: character) else {
                    throw .impossible("a quote in \(option) never ends: \(text)", hint: nil)
                }
                if quoted.needsShell { throw shellNeeded(option, text) }
                word = (word ?? "") + quoted.text
            case "\\":
                word = (word ?? "") + (rest.popFirst().map(String.init) ?? "\\")
            default:
                if operators.contains(character) { throw shellNeeded(option, text) }
                word = (word ?? "") + String(character)
            }
        }
        return words + (word.map { [$0] } ?? [])
    }

    /// The text up to the closing quote; `nil` when there is none.
    private static func takeQuoted(
        _ rest: inout Substring, quote: Character
    ) -> (text: String, needsShell: Bool)? {
        var text = ""
        var needsShell = false
        while let character = rest.popFirst() {
            if character == quote { return (text, needsShell) }
            if quote == "\"", character == "\\", let next = rest.first, "\"\\$`".contains(next) {
                text.append(next)
                rest.removeFirst()
                continue
            }
            if quote == "\"", character == "$" || character == "`" { needsShell = true }
            text.append(character)
        }
        return nil
    }

    private static func shellNeeded(_ option: String, _ text: String) -> ModuleFailure {
        .impossible(
            "\(option) needs a shell, and none is used: \(text)",
            hint: "can the character be put in single quotes, or the value be computed by the playbook?")
    }

    private static let plain = Set(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-./:=,@%+")

    /// The words as a command that a person can paste into a shell.
    static func command(_ words: [String]) -> String { words.map(quoted).joined(separator: " ") }

    /// One word, quoted where a shell would read it differently.
    static func quoted(_ word: String) -> String {
        if !word.isEmpty, word.allSatisfy(plain.contains) { return word }
        return "'" + word.replacing("'", with: "'\\''") + "'"
    }
}
