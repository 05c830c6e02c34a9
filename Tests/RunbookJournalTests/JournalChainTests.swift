import RunbookCore
import Testing

@testable import RunbookJournal

/// Bytes in memory, with what was synchronised told apart from what was only written.
final class MemoryStorage: JournalStorage {
    private(set) var bytes: [UInt8] = []
    private(set) var syncedBytes = 0
    private(set) var isReserveReleased = false
    var failing: (operation: String, afterCalls: Int)?
    private var calls = 0

    func append(_ new: [UInt8]) throws(StorageFailure) {
        if mustFail("write") {
            bytes += new.prefix(new.count / 2)
            throw StorageFailure(operation: "write", reason: "no space left")
        }
        bytes += new
    }

    func sync() throws(StorageFailure) {
        if mustFail("sync") { throw StorageFailure(operation: "sync", reason: "input/output error") }
        syncedBytes = bytes.count
    }

    func truncate(to length: Int) throws(StorageFailure) { bytes.removeLast(bytes.count - length) }

    func releaseReserve() {
        isReserveReleased = true
        failing = nil
    }

    private func mustFail(_ operation: String) -> Bool {
        guard let failing, failing.operation == operation else { return false }
        calls += 1
        return calls > failing.afterCalls
    }
}

struct FixedClock: RunClock {
    let boot = "boot-1"
    func wall() -> RunbookTime { RunbookTime(millisecondsSinceEpoch: 1_772_352_000_123) ?? .epoch }
    func monotonicMilliseconds() -> Int64 { 42 }
}

extension RunbookTime {
    static var epoch: RunbookTime {
        guard let time = RunbookTime(millisecondsSinceEpoch: 0) else {
            preconditionFailure("1970 is in range")
        }
        return time
    }
}

private let attempt = Attempt(step: "a", purpose: .run, number: 1)

private let events: [RunEvent] = [
    .intended(attempt), .started(attempt), .ended(attempt, .failed(code: 3, reason: "é\n\"\u{1}")),
    .failed("a", reason: "exit 3", code: 3), .released("a", reason: "again"),
    .ended(attempt, .unknown(reason: "ssh")),
    .doubted(attempt, reason: "host rebooted"), .settled(attempt, tookEffect: false, reason: "looked"),
    .done(
        "a",
        outputs: [
            "n": .int(-5), "t": .time(.epoch), "d": .duration(.seconds(90)),
            "l": .list([.bool(true), .null]),
            "m": .map(["k": .string("v")]),
        ]), .asked("b", expires: nil), .answered("b", answer: ["choice": .string("conforme")]),
    .skipped("c", reason: "when"),
    .already("d"), .rollbackBegan(reason: "r"), .undone("a"), .closed(.rolledBack),
]

private func written(_ storage: MemoryStorage = MemoryStorage()) throws -> MemoryStorage {
    var writer = try JournalWriter(
        storage: storage, after: JournalChain([]), generation: 1, actor: "m.roux", clock: FixedClock())
    for event in events {
        let encoded = event.encoded
        try writer.append(
            encoded.kind, step: encoded.step, attempt: encoded.attempt, body: encoded.body, isDurable: true)
    }
    return storage
}

@Suite struct JournalChainTests {
    @Test func `every event comes back as it was written`() throws {
        let chain = try JournalChain(try written().bytes)
        #expect(try chain.records.compactMap { try RunEvent($0) } == events)
        #expect(chain.records.map(\.sequence) == Array(1...Int64(events.count)))
        #expect(chain.tornBytes == 0)
    }

    @Test func `a record is at most 600 bytes`() throws {
        let bytes = try written().bytes
        #expect(bytes.count / events.count <= 600)
    }

    @Test func `a line that was cut off at any byte is torn, and the records before it stand`() throws {
        let bytes = try written().bytes
        let last = try #require(bytes.dropLast().lastIndex(of: 0x0A)) + 1
        for length in last..<bytes.count {
            let chain = try JournalChain(Array(bytes[..<length]))
            #expect(chain.records.count == events.count - 1)
            #expect(chain.tornBytes == length - last)
        }
    }

    @Test func `a change of any byte is found`() throws {
        let bytes = try written().bytes
        let original = try JournalChain(bytes)
        for position in bytes.indices {
            var changed = bytes
            changed[position] ^= 0x04
            let chain = try? JournalChain(changed)
            // A changed line end makes the last line a torn one, which the head hash tells.
            #expect(chain == nil || chain?.head != original.head, "byte \(position)")
        }
    }

    @Test func `a record that is removed, doubled or moved is found`() throws {
        let lines = try written().bytes.split(separator: 0x0A).map { Array($0) + [0x0A] }
        for position in lines.indices.dropLast() {
            var removed = lines
            removed.remove(at: position)
            #expect(throws: JournalChain.Damage.self) { _ = try JournalChain(removed.flatMap { $0 }) }
            var doubled = lines
            doubled.insert(lines[position], at: position)
            #expect(throws: JournalChain.Damage.self) { _ = try JournalChain(doubled.flatMap { $0 }) }
        }
    }

    @Test func `a torn line is cut off before anything is appended`() throws {
        let storage = try written()
        try storage.append(Array("{\"seq\":99".utf8))
        let chain = try JournalChain(storage.bytes)
        var writer = try JournalWriter(
            storage: storage, after: chain, generation: 2, actor: "a", clock: FixedClock())
        try writer.append("note", body: ["text": "resumed"], isDurable: true)
        #expect(try JournalChain(storage.bytes).records.count == events.count + 1)
    }

    @Test(arguments: ["write", "sync"]) func `after a failure nothing more is written`(operation: String)
        throws
    {
        let storage = MemoryStorage()
        storage.failing = (operation, 2)
        var writer = try JournalWriter(
            storage: storage, after: JournalChain([]), generation: 1, actor: "a", clock: FixedClock())
        try writer.append("note", isDurable: true)
        try writer.append("note", isDurable: true)
        for _ in 0..<2 {
            #expect(throws: StorageFailure.self) { try writer.append("note", isDurable: true) }
        }
        writer.appendLast("suspend", body: ["reason": "full"])
        // A failed sync leaves nothing to build on; a full disk leaves room for the last words.
        let chain = try JournalChain(storage.bytes)
        #expect((chain.records.last?.kind == "suspend") == (operation == "write"))
        #expect(throws: StorageFailure.self) { try writer.append("note", isDurable: true) }
    }

    @Test func `records of a kind that is not known are not guessed at`() throws {
        let storage = MemoryStorage()
        var writer = try JournalWriter(
            storage: storage, after: JournalChain([]), generation: 1, actor: "a", clock: FixedClock())
        try writer.append("intent.v2", step: "a", isDurable: true)
        let record = try #require(try JournalChain(storage.bytes).records.first)
        #expect(throws: RunEvent.Unreadable.self) { _ = try RunEvent(record) }
    }
}
