import SQLClient

/// The argument types behind the name of a routine, as a task writes them: `(int, text)`, `(a int, OUT b text)`, `(*)`.
struct RoutineSignature: Equatable {
    /// What stands between the parentheses, white space evened out.
    let written: String
    /// The arguments that tell routines apart, in order, without their modes; names are still there.
    let arguments: [String]

    /// The name and the signature of a text; `nil` for the signature when there are no parentheses outside quotes.
    static func split(_ text: String) -> (name: String, signature: RoutineSignature?) {
        var isQuoted = false
        let scalars = text.unicodeScalars
        let start = scalars.firstIndex { scalar in
            if scalar == "\"" { isQuoted.toggle() }
            return scalar == "(" && !isQuoted
        }
        let end = scalars.lastIndex { !$0.properties.isWhitespace }
        guard let start, let end, start < end, scalars[end] == ")" else { return (text, nil) }
        let inner = String(scalars[scalars.index(after: start)..<end])
        return (evened(String(scalars[..<start])), RoutineSignature(inner))
    }

    init(_ inner: String) {
        written = Self.evened(inner)
        guard !written.isEmpty, written != "*" else {
            arguments = []
            return
        }
        arguments = Self.parts(of: written).compactMap(Self.withoutMode)
    }

    /// Whether every word is one that may stand in a statement as it is: no quotes, comments or semicolons.
    var isPlain: Bool {
        written.utf8.allSatisfy { byte in
            (0x61...0x7A).contains(byte) || (0x41...0x5A).contains(byte) || (0x30...0x39).contains(byte)
                || "_ ,.()[]*".utf8.contains(byte)
        }
    }

    /// The argument types, where an argument may begin with one of these names.
    func types(argumentNames: Set<String>) -> [String] {
        arguments.map { argument in
            guard let space = argument.utf8.firstIndex(of: 0x20) else { return argument }
            let first = String(argument[..<space])
            return argumentNames.contains(first)
                ? String(argument[argument.index(after: space)...]) : argument
        }
    }

    /// Runs of white space as one space, none at the ends or around commas.
    private static func evened(_ text: String) -> String {
        var out = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            let isSpace = scalar.properties.isWhitespace
            if isSpace, out.isEmpty || out.last == " " { continue }
            if scalar == ",", out.last == " " { out.removeLast() }
            out.append(isSpace ? " " : scalar)
        }
        if out.last == " " { out.removeLast() }
        return String(out)
    }

    /// The parts between commas that are in neither quotes nor parentheses nor brackets.
    private static func parts(of text: String) -> [String] {
        var parts: [String.UnicodeScalarView] = [String.UnicodeScalarView()]
        var depth = 0
        var isQuoted = false
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": isQuoted.toggle()
            case "(", "[": if !isQuoted { depth += 1 }
            case ")", "]": if !isQuoted { depth -= 1 }
            case "," where depth == 0 && !isQuoted:
                parts.append(String.UnicodeScalarView())
                continue
            default: break
            }
            parts[parts.count - 1].append(scalar)
        }
        return parts.map { evened(String($0)) }
    }

    /// An argument without IN, INOUT or VARIADIC; `nil` for an OUT argument, which tells nothing apart.
    private static func withoutMode(_ argument: String) -> String? {
        let words = argument.split(separator: " ", maxSplits: 1)
        guard words.count == 2 else { return argument }
        return switch words[0].uppercased() {
        case "OUT": nil
        case "IN", "INOUT", "VARIADIC": String(words[1])
        default: argument
        }
    }
}
