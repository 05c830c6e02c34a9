import ArgumentParser
import RunbookCore
import RunbookJournal
import RunbookRuntime

/// `runbook status`: where a run stands.
struct StatusCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Shows where a run stands; only reads.")

    @OptionGroup var common: CommonOptions
    @OptionGroup var target: RunArgument

    func run() throws {
        let world = World(common)
        let (folder, document) = try world.run(target.run)
        let reading = try world.attempt { () throws(RuntimeFailure) in try RunReading(folder) }
        world.answer(reading.members(document)) { console in
            console.say("\(folder.run)  \(document.id)  \(document.title)")
            let starter = "\(reading.opening?.operator ?? "?")@\(reading.opening?.host ?? "?")"
            console.say("\(world.messages.standing(reading.state.standing))  \(starter)")
            for entry in reading.entries(document) {
                let phase = world.messages.phase(reading.state[entry.id].phase)
                console.say("\(entry.indentation)\(entry.number) \(entry.name) — \(phase)")
            }
        }
    }
}

/// `runbook list`: the runs of a state folder.
struct ListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Lists the runs; only reads.")

    @OptionGroup var common: CommonOptions

    func run() throws {
        let world = World(common)
        for run in RunFolder.runs(in: common.stateFolder) {
            let folder = RunFolder(stateFolder: common.stateFolder, run: run)
            do throws(RuntimeFailure) {
                let reading = try RunReading(folder)
                let runbook = reading.opening?.runbook ?? "?"
                let members: [String: JournalValue] = [
                    "run": .string(run), "runbook": .string(runbook),
                    "standing": .string(reading.state.standing),
                ]
                world.answer(members) { console in
                    console.say("\(run)  \(world.messages.standing(reading.state.standing))  \(runbook)")
                }
            } catch {
                let text = world.messages.failure(error)
                world.answer(["run": .string(run), "problem": .string(text)]) { console in
                    console.say("\(run)  \(text)")
                }
            }
        }
    }
}

/// `runbook verify`: proves a journal.
struct VerifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Proves that a journal, its documents and evidence are those that were written; only reads."
    )

    @OptionGroup var common: CommonOptions
    @OptionGroup var target: RunArgument
    @Option(help: "The head hash that was printed or mailed when the run ended.") var head: String?

    func run() throws {
        let world = World(common)
        let folder = try world.attempt { () throws(RuntimeFailure) in
            try RunFolder.find(target.run, in: common.stateFolder)
        }
        let chain = try world.attempt { () throws(RuntimeFailure) in try folder.chain() }
        if let head, head != chain.head {
            Console.complain("\(chain.head) != \(head)")
            throw ExitCode(10)
        }
        if chain.tornBytes > 0, !common.json { world.console.noticed(.tornRecord(bytes: chain.tornBytes)) }
        let files = try world.attempt { () throws(RuntimeFailure) in
            try RunProof.proveFiles(of: chain.records, in: folder)
        }
        let members: [String: JournalValue] = [
            "run": .string(folder.run), "records": .int(Int64(chain.records.count)),
            "head": .string(chain.head), "torn_bytes": .int(Int64(chain.tornBytes)),
        ]
        world.answer(members) { console in
            console.say(world.messages.verified(chain.records.count, files: files, chain.head))
        }
    }
}
