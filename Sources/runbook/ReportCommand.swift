import ArgumentParser
import Glibc
import RunbookRuntime

/// `runbook report`: a run for people who were not there.
struct ReportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "Writes what happened in a run, as Markdown or as one HTML file; only reads.")

    enum Format: String, ExpressibleByArgument, CaseIterable {
        case md, html
    }

    @OptionGroup var common: CommonOptions
    @OptionGroup var target: RunArgument
    @Option(help: "md or html; by the ending of --output, else md.") var format: Format?
    @Option(name: .shortAndLong, help: "The file; standard output unless given.") var output: String?

    func run() throws {
        let world = World(common)
        let (folder, document) = try world.run(target.run)
        let report = try world.attempt { () throws(RuntimeFailure) in
            try RunReport(folder, document: document, isFrench: world.messages.isFrench)
        }
        let isHTML = (format ?? (output?.hasSuffix(".html") == true ? .html : .md)) == .html
        let text = isHTML ? report.html : report.markdown
        guard let output else {
            world.console.say(text)
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
}
