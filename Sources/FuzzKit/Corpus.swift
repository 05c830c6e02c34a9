import Glibc
import RunbookCore
import RunbookJournal
import TestKit

/// What inputs are made of.
public enum Corpus {
    /// The documents of the repository, good and broken; or journals with a record of every kind.
    public static func inputs(of probe: Probe) throws -> [[UInt8]] {
        switch probe {
        case .document: try documents()
        case .journal: [try journal(.events), try journal(.events.reversed())]
        }
    }

    private static func documents() throws -> [[UInt8]] {
        let golden = "RunbookSyntaxTests/Golden/"
        var inputs: [[UInt8]] = []
        for (path, ending) in [
            (golden + "broken", ".yml"), (golden + "good", ".yml"), ("../runbooks", ".yml"),
            ("Runbook/documents", ".yml"),
        ] {
            let folder = GoldenFolder(path)
            for name in folder.names(endingIn: ending) { inputs.append(try folder.bytes(name)) }
        }
        let mistakes = GoldenFolder(golden + "mistakes")
        for name in mistakes.names(endingIn: ".txt") { inputs += mistaken(try mistakes.bytes(name)) }
        return inputs.filter { !$0.isEmpty && $0.count <= Mutator.bytesMax }
    }

    /// The documents of a file of mistakes, near enough: each behind what every document begins with.
    private static func mistaken(_ text: [UInt8]) -> [[UInt8]] {
        let head = Array("runbook: 1\nid: a\ntitle: A\n".utf8)
        var documents: [[UInt8]] = []
        for line in text.split(separator: 0x0A) {
            if line.starts(with: "=== ".utf8) {
                documents.append(head)
            } else if !documents.isEmpty {
                documents[documents.count - 1] += line + [0x0A]
            }
        }
        return documents
    }

    private static func journal(_ events: [RunEvent]) throws -> [UInt8] {
        let storage = KeptJournal()
        var writer = try JournalWriter(
            storage: storage, after: .empty, generation: 1, actor: "m.roux", clock: StoppedClock())
        for event in events {
            let encoded = event.encoded
            try writer.append(
                encoded.kind, step: encoded.step, attempt: encoded.attempt, body: encoded.body,
                isDurable: false)
        }
        return storage.bytes
    }
}

extension [RunEvent] {
    private static let attempt = Attempt(step: "a", purpose: .run, number: 1)
    private static let moment = RunbookTime(millisecondsSinceEpoch: 1_772_352_000_123)

    /// Events of every kind, in no order that a run would have.
    fileprivate static let events: [RunEvent] =
        [
            .intended(attempt), .started(attempt), .ended(attempt, .succeeded),
            .ended(attempt, .failed(code: 3, reason: "é\n\"\u{1}")), .ended(attempt, .unknown(reason: "ssh")),
            .failed("a", reason: "exit 3", code: 3), .released("a", reason: "again"),
            .doubted(attempt, reason: "host rebooted"), .settled(attempt, tookEffect: false, reason: "x"),
            .done(
                "a",
                outputs: ["n": .int(-5), "d": .duration(.seconds(90)), "l": .list([.bool(true), .null])]),
            .opened("l", items: ["un", "deux"]), .asked("b", expires: moment),
            .approved("b", by: "dba"), .rejected("b", by: "dba", reason: "non"), .expired("b"),
            .answered("b", answer: ["choice": .string("conforme")]), .skipped("c", reason: "when"),
            .already("d"), .rollbackBegan(reason: "r"), .undone("a"), .switched(renames: ["a": "b"]),
            .concluded(.done), .closed(.rolledBack),
        ] + (moment.map { [.deferred("w", until: $0), .done("t", outputs: ["t": .time($0)])] } ?? [])
}

/// A journal in memory.
private final class KeptJournal: JournalStorage {
    private(set) var bytes: [UInt8] = []

    func append(_ new: [UInt8]) { bytes += new }

    func sync() {}

    func truncate(to length: Int) { bytes.removeLast(bytes.count - length) }

    func releaseReserve() {}
}

private struct StoppedClock: RunClock {
    let boot = "boot-1"

    func wall() -> RunbookTime {
        guard let time = RunbookTime(millisecondsSinceEpoch: 1_772_352_000_123) else {
            preconditionFailure("2026 is in range")
        }
        return time
    }

    func monotonicMilliseconds() -> Int64 { 42 }
}
