import Basics
import StandIn
import Testing

@Suite("Times to sleep") struct SleepTimeTests {
    @Test(
        arguments: [
            ("2", 2000), ("0", 0), ("0.5", 500), (".5", 500), ("1.", 1000), ("1m", 60_000),
            ("1.5h", 5_400_000),
            ("2d", 172_800_000), ("1e-2", 10), ("0x1p-3", 125), ("+3s", 3000), ("infinity", nil),
            ("inf", nil), ("INF", nil), ("1e30", nil), ("infinityd", nil),
        ] as [(String, Int64?)]
    )
    func `a time is read as coreutils reads it`(_ word: String, _ milliseconds: Int64?) throws {
        let time = try #require(SleepTime(word))
        #expect(time.duration?.milliseconds == milliseconds)
    }

    @Test(arguments: ["", "s", "x", "1x", "-1", "nan", "1 ", "1ss", "1ms", "+", "."])
    func `what is no time is none`(_ word: String) {
        #expect(SleepTime(word) == nil)
    }

    @Test func `times add up`() {
        #expect(SleepTime.sum(["1", "2s", "0.5"]).time?.duration == .milliseconds(3500))
        #expect(SleepTime.sum(["1", "inf"]).time?.duration == nil)
        #expect(SleepTime.sum(["1", "x"]).wrong == "x")
    }
}
