/// What the supervisor wrote about one attempt.
public struct AttemptRecord: Hashable, Sendable {
    /// The command was about to be executed.
    public struct Start: Hashable, Sendable {
        /// Names the attempt.
        public let token: String
        /// Process of the command.
        public let process: Int64
        /// Process of its supervisor.
        public let supervisor: Int64
        /// Boot in which they lived.
        public let boot: String
    }

    /// The command ended.
    public struct End: Hashable, Sendable {
        /// Names the attempt.
        public let token: String
        /// Whether a signal ended it; `code` is its number then.
        public let isSignal: Bool
        /// Exit status.
        public let code: Int64
        /// Whether the supervisor ended it because its time was over.
        public let timedOut: Bool
        /// Whether the supervisor was asked to end it.
        public let cancelled: Bool
        /// Why the command could not be executed at all; 0 when it was.
        public let executionError: Int64
        /// Bytes of standard output.
        public let outputBytes: Int64
        /// Bytes of standard error.
        public let errorBytes: Int64
    }

    /// `nil`: the command never ran.
    public let start: Start?
    /// `nil`: the end is not known.
    public let end: End?

    /// Size of each of the two sectors.
    public static let sectorBytes = 512

    /// Reads both sectors; a sector that is torn, empty or of another attempt counts as not written.
    public init(_ bytes: [UInt8], token: String) {
        let sectors = [
            bytes.prefix(Self.sectorBytes), bytes.dropFirst(Self.sectorBytes).prefix(Self.sectorBytes),
        ]
        let fields = sectors.map(Self.fields)
        start = fields[0].flatMap { $0.word == "started" ? Start($0.values) : nil }.flatMap {
            $0.token == token ? $0 : nil
        }
        end = fields[1].flatMap { $0.word == "exited" ? End($0.values) : nil }.flatMap {
            $0.token == token ? $0 : nil
        }
    }

    private static let mark = Array(" sum=".utf8)
    private static let sumDigits = 16

    /// Read byte by byte: every step asks twice for both sectors.
    private static func fields(_ sector: ArraySlice<UInt8>) -> (word: String, values: [String: String])? {
        guard let end = sector.firstIndex(of: 0x0A) else { return nil }
        let line = sector[..<end]
        let text = line.dropLast(mark.count + sumDigits)
        guard line.dropFirst(text.count).starts(with: mark),
            UInt64(String(decoding: line.suffix(sumDigits), as: UTF8.self), radix: 16) == sum(text)
        else { return nil }
        let words = text.split(separator: UInt8(ascii: " "))
        var values: [String: String] = [:]
        values.reserveCapacity(words.count)
        for word in words.dropFirst() {
            guard let equals = word.firstIndex(of: UInt8(ascii: "=")) else { return nil }
            let name = String(decoding: word[..<equals], as: UTF8.self)
            values[name] = String(decoding: word[(equals + 1)...], as: UTF8.self)
        }
        return words.first.map { (String(decoding: $0, as: UTF8.self), values) }
    }

    /// FNV-1a, as the supervisor computes it.
    private static func sum(_ text: ArraySlice<UInt8>) -> UInt64 {
        text.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    }
}

extension AttemptRecord.Start {
    init?(_ values: [String: String]) {
        guard let token = values["token"], let process = values["pid"].flatMap({ Int64($0) }),
            let supervisor = values["supervisor"].flatMap({ Int64($0) }), let boot = values["boot"]
        else { return nil }
        self.init(token: token, process: process, supervisor: supervisor, boot: boot)
    }
}

extension AttemptRecord.End {
    init?(_ values: [String: String]) {
        guard let token = values["token"], let kind = values["kind"],
            let code = values["code"].flatMap({ Int64($0) })
        else { return nil }
        func number(_ name: String) -> Int64 { values[name].flatMap { Int64($0) } ?? 0 }
        self.init(
            token: token, isSignal: kind == "signal", code: code, timedOut: number("timed_out") == 1,
            cancelled: number("cancelled") == 1, executionError: number("errno"), outputBytes: number("out"),
            errorBytes: number("err"))
    }
}
