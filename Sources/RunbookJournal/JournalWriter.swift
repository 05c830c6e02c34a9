import Digests
import RunbookCore

/// Where a journal's bytes go. One implementation writes files, the tests' one loses them on purpose.
public protocol JournalStorage {
    /// Writes the bytes at the end.
    mutating func append(_ bytes: [UInt8]) throws(StorageFailure)
    /// Returns once everything that was appended is durable.
    mutating func sync() throws(StorageFailure)
    /// Cuts everything behind this length off.
    mutating func truncate(to length: Int) throws(StorageFailure)
    /// Gives up the space that was kept for the last record.
    mutating func releaseReserve()
}

/// The storage refused.
public struct StorageFailure: Error, Hashable, Sendable {
    /// What was tried.
    public let operation: String
    /// The system's reason.
    public let reason: String

    /// A refusal.
    public init(operation: String, reason: String) {
        self.operation = operation
        self.reason = reason
    }

    /// For people.
    public var message: String { "the journal cannot be written (\(operation)): \(reason)" }
}

/// The clocks of a run.
public protocol RunClock: Sendable {
    /// The wall clock.
    func wall() -> RunbookTime
    /// Milliseconds since some moment of this boot; never steps.
    func monotonicMilliseconds() -> Int64
    /// Names this boot.
    var boot: String { get }
}

/// Writes records and nothing else; after a failure it writes no more.
public struct JournalWriter {
    private var storage: any JournalStorage
    private let clock: any RunClock
    private let actor: String
    /// Which executor this is.
    public let generation: Int64
    /// Hash of the last record.
    public private(set) var head: String
    private var sequence: Int64
    private var length: Int
    private var failure: StorageFailure?

    /// Continues a journal (an empty chain for a new one).
    public init(
        storage: any JournalStorage, after chain: JournalChain, generation: Int64, actor: String,
        clock: any RunClock
    ) throws(StorageFailure) {
        self.storage = storage
        self.clock = clock
        self.actor = actor
        self.generation = generation
        head = chain.head
        sequence = Int64(chain.records.count)
        length = chain.wholeBytes
        if chain.tornBytes > 0 { try cutTornLine(to: chain.wholeBytes) }
    }

    /// Durable ahead of what is written in its place: else a power cut may leave sectors of both, which are no record of anybody.
    private mutating func cutTornLine(to length: Int) throws(StorageFailure) {
        try storage.truncate(to: length)
        try storage.sync()
    }

    /// Appends a record.
    ///
    /// - Parameter isDurable: Whether it must survive a power cut before this returns. The others become durable with the
    ///   next one that must.
    public mutating func append(
        _ kind: String, step: StepID? = nil, attempt: Int? = nil, body: [String: JournalValue] = [:],
        isDurable: Bool
    ) throws(StorageFailure) {
        if let failure { throw failure }
        let now = (wall: clock.wall().text, monotonic: clock.monotonicMilliseconds())
        func encoded(_ body: [String: JournalValue]) throws(StorageFailure) -> (bytes: [UInt8], hash: String)
        {
            let record = JournalRecord(
                sequence: sequence + 1, generation: generation, wall: now.wall, boot: clock.boot,
                monotonic: now.monotonic, kind: kind, step: step?.text, attempt: attempt.map(Int64.init),
                actor: actor, body: body, previous: head)
            do throws(CryptoFailure) {
                return try record.line()
            } catch {
                throw StorageFailure(operation: "hash", reason: error.message)
            }
        }
        var line = try encoded(body)
        // This record would end, or the next one begin, with a single byte in a sector. Lost by a power cut, that looks like a
        // changed byte.
        let end = (length + line.bytes.count) % LostTail.sectorBytes
        if end == 1 || end == LostTail.sectorBytes - 1 {
            line = try encoded(body.merging(["pad": .string("")]) { own, _ in own })
        }
        precondition(
            line.bytes.count <= JournalRecord.bytesMax, "a record tells, and files hold what is large")
        do throws(StorageFailure) {
            try storage.append(line.bytes)
            if isDurable { try storage.sync() }
        } catch {
            // After a failed write or sync nothing is known of the pages: nothing may be started any more.
            failure = error
            throw error
        }
        head = line.hash
        sequence += 1
        length += line.bytes.count
    }

    /// The last words of an executor whose journal is full: cuts a torn line off and uses the space that was kept back.
    ///
    /// Whether it succeeds does not matter: the records before it tell the state.
    public mutating func appendLast(_ kind: String, body: [String: JournalValue]) {
        guard let reason = failure, reason.operation == "write" else { return }
        failure = nil
        storage.releaseReserve()
        do throws(StorageFailure) {
            try cutTornLine(to: length)
            try append(kind, body: body, isDurable: true)
        } catch {
            failure = reason
        }
        failure = reason
    }
}
