import RunbookCore
import Testing

@testable import RunbookJournal

/// The power goes while records are written: any sector of what was not synchronised may be missing.
@Suite struct PowerCutTests {
    /// Where the first record ends moves through the sectors by this many bytes.
    private static let shiftBytes = 3
    private static let blocks = 4

    private let attempt = Attempt(step: "a", purpose: .run, number: 1)

    /// A run of two steps as the driver writes it: intent and end are durable, the records between are not.
    private var events: [(event: RunEvent, isDurable: Bool)] {
        let second = Attempt(step: "b", purpose: .run, number: 1)
        return [
            (.intended(attempt), true), (.started(attempt), false), (.ended(attempt, .succeeded), false),
            (.done("a", outputs: ["n": .string(String(repeating: "x", count: 600))]), false),
            (.intended(second), true), (.started(second), false),
            (.ended(second, .failed(code: 1, reason: "no")), false),
            (.failed("b", reason: "no", code: 1), true),
        ]
    }

    private func writer(_ disk: SectorDisk, after chain: JournalChain) throws -> JournalWriter {
        try JournalWriter(storage: disk, after: chain, generation: 1, actor: "a", clock: FixedClock())
    }

    /// The image is believed, and is a beginning of what was written, with all that is durable.
    private func judge(_ image: [UInt8], written: [JournalRecord], durable: Int) throws {
        let chain = try JournalChain(image)
        #expect(chain.records == Array(written.prefix(chain.records.count)))
        #expect(chain.records.count >= durable)
    }

    @Test(arguments: 0..<blocks)
    func `whatever sectors a power cut takes, the durable records stand and none is invented`(
        block: Int
    ) throws {
        var images = 0
        for shift in stride(from: block * Self.shiftBytes, to: 512, by: Self.blocks * Self.shiftBytes) {
            let disk = SectorDisk()
            var writer = try writer(disk, after: .empty)
            let text = JournalValue.string(String(repeating: "s", count: shift))
            try writer.append("run.open", body: ["shift": text], isDurable: true)
            var durable = 1
            for (event, isDurable) in events {
                let encoded = event.encoded
                // The record is on its way to the disk when the power goes: synchronised only behind the look.
                try writer.append(
                    encoded.kind, step: encoded.step, attempt: encoded.attempt, body: encoded.body,
                    isDurable: false)
                let written = try JournalChain(disk.bytes).records
                for image in disk.imagesAfterPowerCut() {
                    images += 1
                    try judge(image, written: written, durable: durable)
                }
                guard isDurable else { continue }
                disk.sync()
                durable = written.count
            }
        }
        #expect(images > 2000)
        print("Power cuts: \(images) images of the journal")
    }

    @Test func `what a power cut tore is cut off, and the journal goes on`() throws {
        let disk = SectorDisk()
        var first = try writer(disk, after: .empty)
        for (event, isDurable) in events {
            let encoded = event.encoded
            try first.append(
                encoded.kind, step: encoded.step, attempt: encoded.attempt, body: encoded.body,
                isDurable: isDurable && encoded.kind == "intent")
        }
        for image in disk.imagesAfterPowerCut() {
            let chain = try JournalChain(image)
            let rest = SectorDisk()
            rest.append(image)
            var second = try writer(rest, after: chain)
            try second.append("lease", isDurable: true)
            let again = try JournalChain(rest.bytes)
            #expect(again.records.count == chain.records.count + 1 && again.tornBytes == 0)
        }
    }

    /// Three whole steps, and their journal as a file that was closed properly.
    private func wholeJournal() throws -> [UInt8] {
        let disk = SectorDisk()
        var writer = try writer(disk, after: .empty)
        for _ in 0..<3 {
            for (event, isDurable) in events {
                let encoded = event.encoded
                try writer.append(
                    encoded.kind, step: encoded.step, attempt: encoded.attempt, body: encoded.body,
                    isDurable: isDurable)
            }
        }
        return disk.bytes
    }

    /// The line that a killed executor tore may be on the disk. Of what takes its place, sectors may arrive and others not.
    @Test func `a power cut behind a torn line leaves no mixture of it and of what takes its place`() throws {
        for torn in stride(from: 20, through: 380, by: 40) {
            let disk = SectorDisk()
            var first = try writer(disk, after: .empty)
            try first.append(
                "run.open", body: ["shift": .string(String(repeating: "s", count: torn))], isDurable: true)
            try first.append("intent", step: "a", attempt: 1, body: ["x": "first executor"], isDurable: false)
            disk.truncate(to: disk.bytes.count - torn / 2)
            disk.sync()
            let chain = try JournalChain(disk.bytes)
            #expect(chain.tornBytes > 0)
            var second = try writer(disk, after: chain)
            let text = JournalValue.string(String(repeating: "t", count: 700))
            try second.append("lease", body: ["holder": text], isDurable: false)
            let written = try JournalChain(disk.bytes).records
            for image in disk.imagesAfterPowerCut() {
                try judge(image, written: written, durable: 1)
            }
        }
    }

    @Test func `zeros in what was durable are damage, one byte or whole sectors`() throws {
        let bytes = try wholeJournal()
        let lines = bytes.split(separator: 0x0A)
        // Behind the last two records that are synchronised, a lost sector cannot be told from one that never came.
        let certain = bytes.count - lines.suffix(5).reduce(0) { $0 + $1.count + 1 }
        for sector in 0..<(certain / 512) {
            for length in [1, 512, 1024] where (sector * 512 + length) <= certain {
                var changed = bytes
                for index in 0..<length { changed[sector * 512 + index] = 0 }
                #expect(throws: JournalChain.Damage.self, "sector \(sector), \(length) bytes") {
                    _ = try JournalChain(changed)
                }
            }
        }
    }

    @Test(arguments: [UInt8(0), 0x0A, 0x20, 0xFF])
    func `a byte that is replaced by this one is found wherever it stands`(value: UInt8) throws {
        let bytes = try wholeJournal()
        for position in bytes.indices where bytes[position] != value {
            var changed = bytes
            changed[position] = value
            #expect(throws: JournalChain.Damage.self, "byte \(position)") { _ = try JournalChain(changed) }
        }
    }

    @Test func `zeros behind the last record are cut off, and a record that comes twice is refused`() throws {
        let bytes = try wholeJournal()
        let count = try JournalChain(bytes).records.count
        for length in [1, 2, 511, 512, 513, 4096] {
            let chain = try JournalChain(bytes + [UInt8](repeating: 0, count: length))
            #expect(chain.records.count == count && chain.tornBytes == length)
        }
        let last = try #require(bytes.dropLast().lastIndex(of: 0x0A)) + 1
        #expect(throws: JournalChain.Damage.self) { _ = try JournalChain(bytes + bytes[last...]) }
        // The beginning of a second copy is what a torn write leaves.
        for length in 1..<(bytes.count - last) {
            #expect(try JournalChain(bytes + bytes[last..<(last + length)]).tornBytes == length)
        }
    }
}
