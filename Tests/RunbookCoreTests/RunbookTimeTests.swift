import RunbookCore
import Testing

/// Points in time as texts.
struct RunbookTimeTests {
    @Test(
        arguments: [
            ("1970-01-01", 0), ("2026-03-01T08:00:00Z", 1_772_352_000_000),
            ("2026-03-01 08:00Z", 1_772_352_000_000),
            ("2026-03-01T09:00:00+01:00", 1_772_352_000_000),
            ("2026-03-01T02:30:00-05:30", 1_772_352_000_000),
            ("1772352000", 1_772_352_000_000), ("2026-03-01t08:00:00.25z", 1_772_352_000_250),
            ("2026-03-01T08:00:00.123456Z", 1_772_352_000_123), ("2024-02-29", 1_709_164_800_000),
            ("1969-12-31T23:59:59Z", -1_000), ("0001-01-01", -62_135_596_800_000),
            ("9999-12-31T23:59:59.999Z", 253_402_300_799_999),
        ] as [(String, Int64)])
    func `a text means its moment`(text: String, milliseconds: Int64) {
        #expect(RunbookTime(text)?.millisecondsSinceEpoch == milliseconds)
    }

    @Test(arguments: [
        "", "hier", "2026-02-29", "2026-13-01", "2026-00-10", "2026-04-31", "2026-03-01T24:00:00Z",
        "2026-03-01T08:60Z", "2026-03-01T08:00:00", "2026-03-01T08:00:00.Z", "2026-03-01T08:00:00Z ",
        "26-03-01",
        "-5", "9223372036854775807", "1900-02-29", "2026-03-01T08:00:00+24:00",
    ])
    func `other texts mean nothing`(text: String) {
        #expect(RunbookTime(text) == nil)
    }

    @Test(arguments: [
        "2026-03-01T08:00:00Z", "2026-03-01T08:00:00.250Z", "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59.999Z",
        "1969-12-31T23:59:59.999Z", "2000-02-29T12:00:00Z",
    ])
    func `the text of a time is the one it was read from`(text: String) {
        #expect(RunbookTime(text)?.text == text)
    }

    @Test func `times move by durations and differ by durations`() throws {
        let noon = try #require(RunbookTime("2026-03-29T12:00:00Z"))
        let later = try #require(noon.advanced(by: .seconds(86_400)))
        #expect(later.text == "2026-03-30T12:00:00Z")
        #expect(later.duration(since: noon) == .seconds(86_400))
        #expect(noon < later)
        let last = try #require(RunbookTime("9999-12-31"))
        #expect(last.advanced(by: .seconds(172_800)) == nil)
        #expect(last.duration(since: try #require(RunbookTime("0001-01-01"))) == nil)
    }
}
