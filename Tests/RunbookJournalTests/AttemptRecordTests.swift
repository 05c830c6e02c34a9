import RunbookJournal
import Testing

@Suite struct AttemptRecordTests {
    /// As a supervisor wrote it.
    private let started = "started token=t1 pid=10 supervisor=9 boot=b wall=1 mono=2 sum="
    private let exited =
        "exited token=t1 kind=exit code=3 timed_out=0 cancelled=0 errno=0 out=5 err=6 wall=1 mono=2 sum="

    private func sector(_ line: String) -> [UInt8] {
        let body = String(line.dropLast(" sum=".count))
        let sum = body.utf8.reduce(UInt64(0xcbf2_9ce4_8422_2325)) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
        let text = Array("\(line)\(String(sum, radix: 16))\n".utf8)
        return text + [UInt8](repeating: 0, count: 512 - text.count)
    }

    @Test func `both records are read`() {
        let record = AttemptRecord(sector(started) + sector(exited), token: "t1")
        #expect(record.start?.process == 10)
        #expect(record.end?.code == 3)
        #expect(record.end?.outputBytes == 5)
    }

    @Test func `an empty file, another token and every torn sector count as not written`() {
        let empty = AttemptRecord([UInt8](repeating: 0, count: 1024), token: "t1")
        #expect(empty.start == nil && empty.end == nil)
        let other = AttemptRecord(sector(started) + sector(exited), token: "t2")
        #expect(other.start == nil && other.end == nil)
        let whole = sector(started)
        let length = whole.firstIndex(of: 0x0A) ?? 0
        for cut in 0..<length {
            let torn = Array(whole[..<cut]) + [UInt8](repeating: 0, count: 512 - cut)
            #expect(AttemptRecord(torn, token: "t1").start == nil)
        }
    }
}
