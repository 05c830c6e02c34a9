import Digests
import RunbookCore

/// One line of a journal: what happened, when, by whom, and the chain to the line before.
public struct JournalRecord: Hashable, Sendable {
    /// Version of the record format; old ones stay readable, a field never changes its meaning.
    public static let formatVersion: Int64 = 1
    /// Longest line, in bytes: a record tells, and files hold what is large.
    public static let bytesMax = 1 << 20

    /// Position in the journal, from 1 on.
    public let sequence: Int64
    /// Which executor had the run: one more at each resume.
    public let generation: Int64
    /// Wall clock, RFC 3339 with milliseconds. Order comes from `sequence`, never from here.
    public let wall: String
    /// Boot of the host.
    public let boot: String
    /// Milliseconds of the monotonic clock of that boot.
    public let monotonic: Int64
    /// What happened.
    public let kind: String
    /// The step, where it concerns one.
    public let step: String?
    /// The attempt, where it concerns one.
    public let attempt: Int64?
    /// The account that made it happen.
    public let actor: String
    /// Everything else.
    public let body: [String: JournalValue]
    /// Hash of the line before; zeros at the first.
    public let previous: String

    /// The hash before the first record.
    public static let origin = String(repeating: "0", count: 64)

    /// The line without its own hash and without the line end.
    var hashedBytes: [UInt8] {
        var out: [UInt8] = []
        out.reserveCapacity(512)
        func field(_ name: StaticString, _ value: JournalValue) {
            out += (out.isEmpty ? "{\"" : ",\"").utf8
            out += UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount)
            out += "\":".utf8
            JournalText.append(value, to: &out)
        }
        field("seq", .int(sequence))
        field("gen", .int(generation))
        field("wall", .string(wall))
        field("boot", .string(boot))
        field("mono", .int(monotonic))
        field("kind", .string(kind))
        if let step { field("step", .string(step)) }
        if let attempt { field("attempt", .int(attempt)) }
        field("actor", .string(actor))
        field("body", .object(body))
        field("prev", .string(previous))
        return out
    }

    /// The whole line with its line end, and its hash.
    func line() throws(CryptoFailure) -> (bytes: [UInt8], hash: String) {
        var bytes = hashedBytes
        let hash = try SHA256.hexDigest(of: Array(previous.utf8) + bytes)
        bytes += ",\"h\":\"\(hash)\"}\n".utf8
        return (bytes, hash)
    }

    init?(members: [String: JournalValue]) {
        guard let sequence = members["seq"]?.int, let generation = members["gen"]?.int,
            let wall = members["wall"]?.string, let boot = members["boot"]?.string,
            let monotonic = members["mono"]?.int, let kind = members["kind"]?.string,
            let actor = members["actor"]?.string, let body = members["body"]?.object,
            let previous = members["prev"]?.string
        else { return nil }
        self.init(
            sequence: sequence, generation: generation, wall: wall, boot: boot, monotonic: monotonic,
            kind: kind,
            step: members["step"]?.string, attempt: members["attempt"]?.int, actor: actor, body: body,
            previous: previous)
    }

    init(
        sequence: Int64, generation: Int64, wall: String, boot: String, monotonic: Int64, kind: String,
        step: String?, attempt: Int64?, actor: String, body: [String: JournalValue], previous: String
    ) {
        self.sequence = sequence
        self.generation = generation
        self.wall = wall
        self.boot = boot
        self.monotonic = monotonic
        self.kind = kind
        self.step = step
        self.attempt = attempt
        self.actor = actor
        self.body = body
        self.previous = previous
    }
}
