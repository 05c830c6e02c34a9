import ArgumentParser
import Glibc
import RunbookCore
import RunbookJournal
import RunbookRuntime
import RunbookSyntax

/// `runbook check`: every problem of a document, and nothing else.
struct CheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Reports every problem of a document with line and column.")

    @OptionGroup var common: CommonOptions
    @Argument(help: "The documents.") var documents: [String]

    func run() throws {
        let world = World(common)
        var isValid = true
        for path in documents {
            if common.json {
                if !(try tellInJSON(path, world)) { isValid = false }
                continue
            }
            do {
                let document = try world.document(at: path).document
                let folder = absolutePath(path).split(separator: "/", omittingEmptySubsequences: false)
                    .dropLast().joined(separator: "/")
                for name in ShortSecrets.names(
                    in: document, folder: folder, environment: environmentVariable)
                {
                    Console.complain("\(path): " + world.messages.notice(.unmaskableSecret(name: name.text)))
                }
                world.console.say("\(path): \(world.messages.valid(document.steps.count))")
            } catch is ExitCode {
                isValid = false
            }
        }
        if !isValid { throw ExitCode(2) }
    }

    /// - Returns: Whether the document can be executed.
    private func tellInJSON(_ path: String, _ world: World) throws -> Bool {
        let parsed = try world.parsed(at: path).0
        let diagnostics = parsed.diagnostics.map { diagnostic in
            JournalValue.object([
                "severity": .string(diagnostic.severity.rawValue), "line": .int(Int64(diagnostic.line)),
                "column": .int(Int64(diagnostic.column)), "code": .string(diagnostic.code.rawValue),
                "message": .string(diagnostic.message),
                "hint": diagnostic.hint.map(JournalValue.string) ?? .null,
            ])
        }
        world.console.tell([
            "document": .string(path), "valid": .bool(parsed.document != nil),
            "steps": parsed.document.map { .int(Int64($0.steps.count)) } ?? .null,
            "diagnostics": .array(diagnostics),
        ])
        return parsed.document != nil
    }
}

/// Values for the parameters of a document.
struct ParameterOptions: ParsableArguments {
    @Option(
        name: [.customShort("p"), .customLong("param")], help: "A parameter, name=value; may be repeated.")
    var parameters: [String] = []

    func values(for document: RunbookDocument) throws -> [ValueName: RunbookValue] {
        var given: [(name: String, text: String)] = []
        for text in parameters {
            guard let equals = text.firstIndex(of: "=") else {
                throw ValidationError("-p takes name=value, and got \(text)")
            }
            given.append((String(text[..<equals]), String(text[text.index(after: equals)...])))
        }
        switch ParameterBinding.bind(given, to: document, pathExists: { access($0, F_OK) == 0 }) {
        case .success(let values): return values
        case .failure(let problems):
            for problem in problems.all {
                Console.complain(problem.description + (problem.hint.map { " (\($0))" } ?? ""))
            }
            throw ExitCode(2)
        }
    }
}

/// `runbook run`: opens a run and goes on until it ends or waits.
struct RunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "run", abstract: "Executes a document.")

    @OptionGroup var common: CommonOptions
    @OptionGroup var parameters: ParameterOptions
    @Argument(help: "The document.") var document: String
    @Flag(name: .customLong("step"), help: "Ask ahead of each step.") var isStepwise = false
    @Flag(name: .customLong("auto"), help: "Ask nothing, also at a terminal, when a step fails.")
    var isAutomatic = false

    func validate() throws {
        try common.requireQuestionsPossible(isStepwise: isStepwise, isAutomatic: isAutomatic)
    }

    func run() throws {
        var world = World(common)
        world.isStepwise = isStepwise
        if isAutomatic { world.isAsking = false }
        let path = absolutePath(document)
        let (document, text) = try world.document(at: path)
        try world.requireOperator(document)
        let values = try parameters.values(for: document)
        world.console.showProgress(of: document.id, in: common.stateFolder)
        var session = try world.attempt { () throws(RuntimeFailure) in
            try RunSession.open(
                document, text: text, path: path, parameters: values, settings: world.settings)
        }
        world.console.say(world.messages.opened(session.opening.run, document.title))
        try world.drive(&session)
    }
}
