import ArgumentParser

/// Tools for the developers of Vigie; nothing here travels to a host.
@main
struct DevTool: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "devtool",
        abstract: "Tools for the developers of Vigie.",
        subcommands: [Seed.self])
}
