/// Rules that look at one Swift file.
enum TextRules {
    static let fileLinesMax = 400
    static let functionLinesMax = 60
    static let columnsMax = 110
    /// Comments and texts, which `swift format` does not break.
    static let proseColumnsMax = 136

    static func findings(_ file: SourceFile) -> [Finding] {
        length(file) + columns(file) + bans(file) + unprovenSendable(file) + longFunctions(file) + names(file)
    }

    static func length(_ file: SourceFile) -> [Finding] {
        let count = file.lines.count - (file.text.hasSuffix("\n") ? 1 : 0)
        return count <= fileLinesMax
            ? [] : [Finding(path: file.path, line: count, rule: "more than \(fileLinesMax) lines")]
    }

    static func columns(_ file: SourceFile) -> [Finding] {
        zip(file.lines, file.codeLines).enumerated().compactMap { index, pair in
            let isBlanked = pair.0 != pair.1
            let text = pair.0.drop { $0 == " " }
            // A line of a long literal, such as a row of a Markdown table, cannot be broken.
            if isBlanked, !text.hasPrefix("//"), pair.1.allSatisfy({ $0 == " " }) { return nil }
            let limit = isBlanked ? proseColumnsMax : columnsMax
            return pair.0.count <= limit
                ? nil : Finding(path: file.path, line: index + 1, rule: "more than \(limit) columns")
        }
    }

    /// Words that no code may hold, with the reason.
    static let banned: [(word: String, rule: String)] = [
        ("try!", "try! traps: throw, or use #require"),
        ("Task.detached", "nobody waits for a detached task"),
        ("fatalError(", "a trap without a reason that a test can cause: precondition, or a typed error"),
        ("unsetenv(", "the environment is all threads': what is set for a while is set for everybody"),
    ]

    static func bans(_ file: SourceFile) -> [Finding] {
        file.codeLines.enumerated().flatMap { index, line in
            let words = banned.filter { line.contains($0.word) }.map(\.rule)
            let unwraps = forceUnwraps(line) ? ["a force unwrap traps: guard, or #require"] : []
            return (words + unwraps).map { Finding(path: file.path, line: index + 1, rule: $0) }
        }
    }

    /// Whether a `!` stands behind a value or a type: `value!`, `call()!`, `as!`, `Int!`.
    private static func forceUnwraps(_ line: Substring) -> Bool {
        let bytes = Array(line.utf8)
        return bytes.indices.dropFirst().contains { index in
            guard bytes[index] == UInt8(ascii: "!") else { return false }
            let isComparison = index + 1 < bytes.count && bytes[index + 1] == UInt8(ascii: "=")
            return !isComparison && endsValue(bytes[index - 1]) && !bytes[..<index].ends(with: "try")
        }
    }

    private static func endsValue(_ byte: UInt8) -> Bool {
        let character = Character(UnicodeScalar(byte))
        return character.isLetter || character.isNumber || ")]_?\"".contains(character)
    }

    static func unprovenSendable(_ file: SourceFile) -> [Finding] {
        let lines = file.lines
        return file.codeLines.enumerated().compactMap { index, line in
            guard line.contains("@unchecked Sendable") || line.contains("nonisolated(unsafe)") else {
                return nil
            }
            let above = index > 0 ? lines[index - 1].drop { $0 == " " } : ""
            return above.hasPrefix("//")
                ? nil : Finding(path: file.path, line: index + 1, rule: "no comment above that proves it")
        }
    }

    static func longFunctions(_ file: SourceFile) -> [Finding] {
        FunctionBodies.of(file.code).filter { $0.lines > functionLinesMax }.map {
            Finding(path: file.path, line: $0.line, rule: "function of more than \(functionLinesMax) lines")
        }
    }

    static func names(_ file: SourceFile) -> [Finding] {
        ["Utils.swift", "Helpers.swift", "Common.swift", "Misc.swift"].contains(file.name)
            ? [Finding(path: file.path, line: 1, rule: "a file is named after its main type")] : []
    }
}

extension ArraySlice<UInt8> {
    fileprivate func ends(with word: StaticString) -> Bool {
        word.withUTF8Buffer { suffix($0.count).elementsEqual($0) }
    }
}

/// Functions and initialisers of a file, with the lines that they take.
enum FunctionBodies {
    struct Body: Equatable {
        let line: Int
        let lines: Int
    }

    static func of(_ code: String) -> [Body] {
        let lines = code.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        return lines.indices.filter { declares(lines[$0]) }.compactMap { start in
            end(of: start, lines).map { Body(line: start + 1, lines: $0 - start + 1) }
        }
    }

    private static func declares(_ line: String) -> Bool {
        let words = line.split { $0 == " " || $0 == "(" || $0 == "<" || $0 == "?" }
        return words.contains("func") || words.contains("init") || words.first == "deinit"
    }

    /// The line of the closing brace; `nil` for a declaration without a body, as in a protocol.
    private static func end(of start: Int, _ lines: [String]) -> Int? {
        var parentheses = 0
        var braces = 0
        var hasOpened = false
        for index in start..<lines.count {
            for character in lines[index] {
                switch character {
                case "(", "[": parentheses += 1
                case ")", "]": parentheses -= 1
                case "{": (braces, hasOpened) = (braces + 1, hasOpened || parentheses == 0)
                case "}": braces -= 1
                default: break
                }
                if braces < 0 { return nil }
                if hasOpened, braces == 0, parentheses == 0 { return index }
            }
            if !hasOpened, parentheses == 0, braces == 0, !goesOn(after: index, lines) { return nil }
        }
        return nil
    }

    private static func goesOn(after index: Int, _ lines: [String]) -> Bool {
        guard index + 1 < lines.count else { return false }
        let next = lines[index + 1].drop { $0 == " " }
        return ["{", "where", "->", "throws", "async", ")"].contains { next.hasPrefix($0) }
    }
}
