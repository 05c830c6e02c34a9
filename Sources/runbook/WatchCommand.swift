import ArgumentParser
import Glibc
import RunbookCore
import RunbookJournal
import RunbookRuntime

/// `runbook watch`: follows a run that somebody else carries on.
struct WatchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "watch",
        abstract: "Follows a run until it ends, waits for a person, or its executor is gone; only reads.")

    @OptionGroup var common: CommonOptions
    @OptionGroup var target: RunArgument

    private static let intervalMicroseconds: UInt32 = 300_000

    func run() throws {
        let world = World(common)
        let (folder, _) = try world.run(target.run)
        var state = RunState()
        var shown = 0
        var isCarriedOn = true
        while true {
            let chain = try world.attempt { () throws(RuntimeFailure) in try folder.chain() }
            for record in chain.records.dropFirst(shown) {
                if common.json { world.console.tell(members(record)) }
                try show(record, &state, world)
            }
            shown = max(shown, chain.records.count)
            if let result = state.result {
                if !common.json { world.console.say(world.messages.finished(result, folder.run)) }
                return
            }
            if chain.records.last?.kind == "suspend" {
                if !common.json { world.console.say(world.messages.waits(folder.run)) }
                return
            }
            // Its last records may have come between the look at the journal and the look at the executor.
            guard isCarriedOn else {
                if !common.json { world.console.say(world.messages.abandoned(folder.run)) }
                return
            }
            isCarriedOn = isCarriedOnElsewhere(folder) || folder.holder().map(folder.isHeld) == true
            if isCarriedOn { usleep(Self.intervalMicroseconds) }
        }
    }

    /// Of another host's processes nothing can be seen here.
    private func isCarriedOnElsewhere(_ folder: RunFolder) -> Bool {
        folder.holder().map { $0.host != World.hostName } == true
    }

    private func show(_ record: JournalRecord, _ state: inout RunState, _ world: World) throws {
        do throws(RunEvent.Unreadable) {
            guard let event = try RunEvent(record) else { return }
            state.apply(event)
            if !common.json { world.console.happened(event, in: state) }
        } catch {
            Console.complain(world.messages.failure(.unreadable(error)))
            throw ExitCode(10)
        }
    }

    private func members(_ record: JournalRecord) -> [String: JournalValue] {
        [
            "seq": .int(record.sequence), "wall": .string(record.wall), "kind": .string(record.kind),
            "step": record.step.map(JournalValue.string) ?? .null,
            "attempt": record.attempt.map(JournalValue.int) ?? .null, "actor": .string(record.actor),
            "body": .object(record.body),
        ]
    }
}
