import RunbookCore
import YAMLDocument

/// Checks the documents that a document calls, and theirs.
struct CalledDocuments {
    /// What is known of a document that was looked at.
    private enum Standing {
        /// It is being looked at: whoever calls it now closes a circle.
        case open
        /// Documents that call each other from it on, itself included.
        case sound(RunbookDocument, depth: Int)
        case unreadable
        case broken(Diagnostic, count: Int)
    }

    /// The bytes of a file.
    private let read: (String) -> [UInt8]?
    private var standings: [String: Standing] = [:]
    /// The documents that are open, outermost first.
    private var chain: [String] = []

    init(read: @escaping (String) -> [UInt8]?) { self.read = read }

    /// What is wrong with the calls of a document, at their places in it.
    mutating func problems(of parsed: ParsedRunbook, at path: String) -> [Diagnostic] {
        looked(at: Self.normal(path), parsed).problems
    }

    private mutating func looked(
        at path: String, _ parsed: ParsedRunbook
    ) -> (problems: [Diagnostic], depth: Int) {
        standings[path] = .open
        chain.append(path)
        defer { chain.removeLast() }
        var problems: [Diagnostic] = []
        var depth = 1
        for call in parsed.calls {
            let target = Self.normal(call.path, from: path)
            switch standing(of: target) {
            case .open: problems.append(circle(call, to: target))
            case .unreadable:
                problems.append(
                    Self.problem(
                        .badValue, call.pathStart, "the document '\(call.path)' cannot be read",
                        "is the path right? it begins in the folder of this document"))
            case .broken(let first, let count):
                problems.append(Self.problem(call, broken: first, count))
            case .sound(let document, let below):
                depth = max(depth, below + 1)
                problems += Self.problems(of: call, with: document)
                if below >= CallAction.depthMax {
                    problems.append(
                        Self.problem(
                            .badValue, call.pathStart,
                            "more than \(CallAction.depthMax) documents call each other from here on",
                            "can the steps of one of them be written out?"))
                }
            }
        }
        return (problems, depth)
    }

    private mutating func standing(of path: String) -> Standing {
        if let known = standings[path] { return known }
        let standing: Standing
        if let text = read(path) {
            let parsed = RunbookParser.parse(text: text, fileName: path)
            if let document = parsed.document {
                let (problems, depth) = looked(at: path, parsed)
                standing =
                    problems.first.map { .broken($0, count: problems.count) }
                    ?? .sound(document, depth: depth)
            } else {
                let errors = parsed.diagnostics.filter { $0.severity == .error }
                standing = errors.first.map { .broken($0, count: errors.count) } ?? .unreadable
            }
        } else {
            standing = .unreadable
        }
        standings[path] = standing
        return standing
    }

    private func circle(_ call: CallPlace, to target: String) -> Diagnostic {
        let names = (chain.drop { $0 != target } + [target]).map { path in
            path.split(separator: "/").last.map(String.init) ?? path
        }
        return Self.problem(
            .badValue, call.pathStart,
            "the documents call each other in a circle: \(names.joined(separator: ", "))",
            "which of them should not call the next?")
    }

    // MARK: One call

    private static func problem(
        _ call: CallPlace, broken first: Diagnostic, _ count: Int
    ) -> Diagnostic {
        problem(
            .badValue, call.pathStart,
            "'\(call.path)' has \(count == 1 ? "an error" : "\(count) errors, the first") in line \(first.line), "
                + "column \(first.column): \(first.message)",
            "what does 'runbook check' say of it?")
    }

    private static func problems(of call: CallPlace, with document: RunbookDocument) -> [Diagnostic] {
        var problems: [Diagnostic] = []
        let names = document.parameters.map(\.name.text)
        for argument in call.arguments {
            guard let parameter = document.parameters.first(where: { $0.name == argument.name }) else {
                let known =
                    names.isEmpty ? "it takes none" : "known: \(names.prefix(12).joined(separator: ", "))"
                problems.append(
                    problem(
                        .unknownName, argument.nameStart,
                        "'\(call.path)' has no parameter '\(argument.name)'",
                        NearestName.hint(argument.name.text, among: names) ?? known))
                continue
            }
            if let refusal = refusal(of: argument.value, parameter) {
                problems.append(
                    problem(
                        refusal.code, argument.valueStart,
                        "'\(argument.name)' of '\(call.path)': \(refusal.words)",
                        parameter.kind.example))
            }
        }
        let given = Set(call.arguments.filter { $0.value != .literal(.null) }.map(\.name))
        for parameter in document.parameters where parameter.isRequired && !given.contains(parameter.name) {
            problems.append(
                problem(
                    .missingKey, call.argumentsStart,
                    "'\(call.path)' needs the parameter '\(parameter.name)'",
                    parameter.title.map { "'\(parameter.name)' is for this: \($0)" } ?? parameter.kind.example
                ))
        }
        return problems
    }

    /// Why a parameter will not take a value, as far as it is known before the run.
    private static func refusal(
        of value: ValueTemplate, _ parameter: Parameter
    ) -> (code: DiagnosticCode, words: String)? {
        switch value {
        case .literal(.null): return nil
        case .literal(let literal):
            guard let text = literal.text else { return nil }
            return refusal(ofText: text, parameter)
        case .map: return (.typeMismatch, "a mapping is no value of a parameter")
        case .list(let items):
            let texts = items.compactMap { item in
                if case .literal(let value) = item { value.text } else { nil }
            }
            guard texts.count == items.count else { return nil }
            return refusal(ofText: texts.joined(separator: ","), parameter)
        case .template(let template):
            guard template.segments.count == 1, let expression = template.expressions.first else {
                return nil
            }
            switch expression.type {
            // A text may turn out to be the text of any value.
            case .any, .null, .string: return nil
            case .list where parameter.kind == .list: return nil
            case let type where type == parameter.kind.type: return nil
            // Every value has a text.
            case .int, .bool, .duration, .time:
                return parameter.kind == .string ? nil : mismatch(expression, parameter)
            case .list, .map: return mismatch(expression, parameter)
            }
        }
    }

    private static func refusal(
        ofText text: String, _ parameter: Parameter
    ) -> (code: DiagnosticCode, words: String)? {
        guard case .failure(let refusal) = parameter.value(of: text) else { return nil }
        return (.badValue, "'\(text)' \(refusal)")
    }

    private static func mismatch(
        _ expression: Expression, _ parameter: Parameter
    ) -> (code: DiagnosticCode, words: String) {
        (
            .typeMismatch,
            "it wants a value of type \(parameter.kind.rawValue), '\(expression.text)' is of type \(expression.type)"
        )
    }

    private static func problem(
        _ code: DiagnosticCode, _ place: YAMLPosition, _ message: String, _ hint: String
    ) -> Diagnostic {
        Diagnostic(
            line: place.line, column: place.column, code: code, message: VisibleText.of(message),
            hint: VisibleText.of(hint))
    }

    // MARK: Paths

    /// A path without `.` and `..`, so that one file has one name; links are not looked at.
    private static func normal(_ path: String, from document: String = "") -> String {
        let folder = document.split(separator: "/", omittingEmptySubsequences: false).dropLast()
        let isAbsolute = path.hasPrefix("/") || (document.hasPrefix("/") && !path.hasPrefix("/"))
        let parts =
            path.hasPrefix("/")
            ? path.split(separator: "/") : folder.filter { !$0.isEmpty } + path.split(separator: "/")
        var kept: [Substring] = []
        for part in parts where part != "." {
            if part == "..", let last = kept.last, last != ".." {
                kept.removeLast()
            } else if part != ".." || !isAbsolute {
                kept.append(part)
            }
        }
        return (isAbsolute ? "/" : "") + kept.joined(separator: "/")
    }
}
