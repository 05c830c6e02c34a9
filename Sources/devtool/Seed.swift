import ArgumentParser

/// Writes the town hall's data as CSV files, the same bytes for the same seed.
struct Seed: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Write the town hall's data as CSV files, the same bytes for the same seed.")

    @Option(help: "Seed of the generator.")
    var seed: UInt64 = 13055
}
