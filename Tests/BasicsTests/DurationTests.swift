import Basics
import Testing

@Suite struct DurationTests {
    @Test(arguments: [
        ("2555555h", 9_199_998_000_000_000_000), ("-2555555h", -9_199_998_000_000_000_000),
        ("2555554h59m59.999999999s", 9_199_997_999_999_999_999), ("0.0000000001h", 360),
        ("9199999999999999000ns", 9_199_999_999_999_999_000),
    ])
    func `the longest durations are read to the nanosecond`(text: String, expected: Int64) {
        #expect(Duration(text: text)?.nanoseconds == expected)
    }

    @Test(arguments: [
        "2555556h", "-2555556h", "9223372036854775807ns", "9223372036854775808ns", "9223372037s",
        "9223372036.9s", "9223372036854775807h", "0.1h9223372036854775807s", "1e9s",
        "2555555h2555555h", "1000000h1000000h1000000h", "9199999999s0.5s9199999999s",
        "99999999999999999999ns", "99999999999999999999.5ns",
        String(repeating: "9", count: 400) + "h",
        String(repeating: "9", count: 400) + ".5h",
        String(repeating: "1000h", count: 3000),
    ])
    func `longer ones are none, whatever they are made of`(text: String) {
        #expect(Duration(text: text) == nil)
    }

    @Test func `sums are exact or refused`() {
        let units: [(String, Int128)] = [
            ("ns", 1), ("us", 1000), ("ms", 1_000_000), ("s", 1_000_000_000),
            ("m", 60_000_000_000), ("h", 3_600_000_000_000),
        ]
        var random = SystemRandom(state: 20_261_121)
        for _ in 0..<5_000 {
            var text = ""
            var sum: Int128 = 0
            for _ in 0...Int(random.next() % 4) {
                let number = random.next() >> (random.next() % 64)
                let (unit, size) = units[Int(random.next() % 6)]
                text += "\(number)\(unit)"
                sum += Int128(number) * size
            }
            let read = Duration(text: text)
            // About the limit either will do; it is told in floating point.
            if sum < 9_199_000_000_000_000_000 {
                #expect(read?.nanoseconds == Int64(sum), "\(text)")
            } else if sum > 9_201_000_000_000_000_000 {
                #expect(read == nil, "\(text)")
            }
        }
    }

    /// The same numbers in every run (xorshift).
    private struct SystemRandom {
        var state: UInt64
        mutating func next() -> UInt64 {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return state
        }
    }
}
