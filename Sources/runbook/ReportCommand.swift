import ArgumentParser
import Glibc
import RunbookJournal
import RunbookRuntime

/// `runbook report`: a run for people who were not there.
struct ReportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "Writes what happened in a run, as Markdown, as one HTML file, or as JSON; only reads.")

    enum Format: String, ExpressibleByArgument, CaseIterable {
        case md, html, json
    }

    @OptionGroup var common: CommonOptions
    @OptionGroup var target: RunArgument
    @Option(help: "md, html or json; json with --json, else by the ending of --output, else md.")
    var format: Format?
    @Option(name: .shortAndLong, help: "The file; standard output unless given.") var output: String?

    func run() throws {
        let world = World(common)
        let (folder, document) = try world.run(target.run)
        let report = try world.attempt { () throws(RuntimeFailure) in
            try RunReport(folder, document: document, isFrench: world.messages.isFrench)
        }
        let text =
            switch format ?? implied {
            case .md: report.markdown
            case .html: report.html
            case .json: JournalValue.object(report.members).jsonText + "\n"
            }
        guard let output else {
            Console.put(text)
            return
        }
        guard let file = fopen(output, "w") else {
            Console.complain("\(output): \(String(cString: strerror(errno)))")
            throw ExitCode(2)
        }
        let isWritten = fputs(text, file) >= 0
        guard fclose(file) == 0, isWritten else {
            Console.complain("\(output): \(String(cString: strerror(errno)))")
            throw ExitCode(2)
        }
    }

    private var implied: Format {
        if common.json { return .json }
        return [.html, .json].first { output?.hasSuffix(".\($0.rawValue)") == true } ?? .md
    }
}
