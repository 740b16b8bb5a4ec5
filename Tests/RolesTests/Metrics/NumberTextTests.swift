import TestKit
import Testing

@testable import Roles

@Suite("Texts of numbers") struct NumberTextTests {
    private static func text(_ number: NumberText) -> String {
        String(decoding: (0..<number.count).map { number[$0] }, as: UTF8.self)
    }

    /// What the library writes, in Prometheus's words.
    private static func wanted(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        if let whole = Int64(exactly: value), whole.magnitude < 1 << 53 { return "\(whole)" }
        return value.description
    }

    private static let doubles: [Double] = [
        0.5, 0.25, 0.1, 0.001, 1.005, 1234.5678, 0.0001, 0.00012345678901234567, 4.35, 1e22, 1e-7,
        0.3333333333333333, 0.6666666666666666, 14.285714285714286, 4_503_599_627_370_495.5,
        1_000_000_000_000_000.1, 999_999_999_999_999.9, 999_999_999_999.999, 99_999_999.99999999,
        0x1p-10, 0x1.0000000000001p-10, 0x1p-1, 0x1.8p-1, 0x1.fffffffffffffp51, 0.30000000000000004,
        0x1.a36e2eb1c432cp-14, 0x1.a36e2eb1c432ep-14, 1.7976931348623157e308, 2.5e-3,
        9.5367431640625e-07,
        2.2250738585072014e-308, 123456.000001, 0.999999999999999, .leastNonzeroMagnitude,
    ]

    @Test(arguments: doubles)
    func `are those of the library`(_ value: Double) {
        #expect(Self.text(NumberText(value)) == Self.wanted(value))
        #expect(Self.text(NumberText(-value)) == Self.wanted(-value))
    }

    private static let scales: [Double] = [10, 100, 1000, 1e6, 1e9, 1e12]

    @Test(arguments: 0..<20) func `are those of the library for any number`(_ seed: UInt64) {
        var dice = SeededGenerator(seed: seed)
        for round in 0..<2000 {
            var value: Double
            switch round % 6 {
            case 0: value = Double(bitPattern: .random(in: 0...UInt64.max, using: &dice))
            case 1: value = .random(in: -1...1, using: &dice)
            case 2:
                let scale = Self.scales[Int.random(in: 0..<Self.scales.count, using: &dice)]
                value = Double(Int.random(in: 0...999_999_999, using: &dice)) / scale
            case 3: value = .random(in: 0...1e15, using: &dice)
            case 4:
                let power = Int.random(in: -70...60, using: &dice)
                value = Double(sign: .plus, exponent: power, significand: 1)
                let neighbours: [Double] = [value, value.nextUp, value.nextDown]
                value = neighbours[Int.random(in: 0..<3, using: &dice)]
            default:
                let number = Int64.random(
                    in: -1_000_000_000_000_000...1_000_000_000_000_000,
                    using: &dice
                )
                value = Double(number) / 1024
            }
            #expect(Self.text(NumberText(value)) == Self.wanted(value))
        }
    }

    @Test(arguments: 1...15, 1...12)
    func `are those of the library at each length before the point and behind it`(
        _ whole: Int,
        _ places: Int
    ) throws {
        for digit in ["1", "9"] {
            for last in ["1", "5", "9"] {
                for zeros in [0, places - 1] {
                    let text =
                        String(repeating: digit, count: whole) + "."
                        + String(repeating: zeros > 0 ? "0" : "9", count: places - 1) + last
                    let value = try #require(Double(text))
                    #expect(Self.text(NumberText(value)) == Self.wanted(value))
                    #expect(Self.text(NumberText(-value)) == Self.wanted(-value))
                    #expect(Self.text(NumberText(value / 1e15)) == Self.wanted(value / 1e15))
                }
            }
        }
    }

    private static let wholes: [Int64] = [
        0, 9, 10, 99_999_999, 100_000_000, 123_456_789, 9_999_999_999_999_999, .max, .min, -7,
    ]

    @Test(arguments: wholes) func `of whole numbers have all digits`(_ value: Int64) {
        #expect(Self.text(NumberText(value)) == "\(value)")
    }

    private static let shown: [Double] = [7, 12_345_678, 123_456_789, 0.3333333333333333, -12.5]

    @Test(arguments: shown, [0, 3, 40])
    func `leave what stands around them`(_ value: Double, _ before: Int) {
        let number = NumberText(value)
        for after in [0, 1, 7, 8, 40] {
            var bytes = [UInt8](repeating: 0x78, count: before + number.count + after)
            var span = bytes.mutableSpan
            var target = unsafe span.mutableBytes
            number.write(to: &target, at: before)
            let wanted =
                String(repeating: "x", count: before) + Self.text(number)
                + String(repeating: "x", count: after)
            #expect(String(decoding: bytes, as: UTF8.self) == wanted)
        }
    }
}
