import RunbookCore
import Testing

/// Lengths of time as texts.
struct DurationTextTests {
    @Test(
        arguments: [
            ("0s", 0), ("250ms", 250), ("90s", 90_000), ("10m", 600_000), ("24h", 86_400_000),
            ("7d", 604_800_000),
            ("1w", 604_800_000), ("1h30m", 5_400_000), ("1d2h3m4s5ms", 93_784_005), ("-30s", -30_000),
            ("36600d", 3_162_240_000_000),
        ] as [(String, Int64)])
    func `a text means its sum`(text: String, milliseconds: Int64) throws {
        let duration = try #require(DurationText.duration(from: text))
        #expect(DurationText.milliseconds(of: duration) == milliseconds)
    }

    @Test(arguments: [
        "", "-", "10", "m", "10 m", "1m1h", "1h1h", "1.5h", "1H", "+1h", "--1h", "1h30", "36601d",
        "99999999999999999999s", "9223372036854775807w", "١s",
    ])
    func `other texts mean nothing`(text: String) {
        #expect(DurationText.duration(from: text) == nil)
    }

    @Test(arguments: ["0s", "1ms", "90s", "1h30m", "36600d", "1d2h3m4s5ms", "-1m30s"])
    func `the text of a duration is read back as the same duration`(text: String) throws {
        let duration = try #require(DurationText.duration(from: text))
        #expect(DurationText.duration(from: DurationText.text(of: duration)) == duration)
    }

    @Test func `a text is the shortest one`() {
        #expect(DurationText.text(of: .seconds(90)) == "1m30s")
        #expect(DurationText.text(of: .seconds(604_800)) == "7d")
        #expect(DurationText.text(of: .zero) == "0s")
        #expect(DurationText.text(of: .milliseconds(-1_500)) == "-1s500ms")
        #expect(DurationText.text(of: .seconds(Int64.max)) == "36600d")
    }
}
