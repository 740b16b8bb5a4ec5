import TestKit
import Testing

@testable import Roles

@Suite("A page whose numbers change") struct PreparedPageTests {
    private static func text(_ set: SampleSet, _ format: ExpositionFormat) -> [UInt8] {
        var writer = ExpositionWriter(format)
        writer.write(set)
        return writer.bytes
    }

    private static func set(series: Int) -> SampleSet {
        var set = SampleSet()
        let families = [
            set.family("a_total", .counter, help: "A."), set.family("b", .gauge),
            set.family("c", .unknown),
        ]
        for index in 0..<series {
            set.add(
                families[index % 3],
                Double(index),
                labels: LabelText([.init("number", "\(index)")]),
                timestamp: index % 5 == 0 ? 1_600_000_000_123 : SampleSet.now
            )
        }
        return set
    }

    @Test(arguments: ExpositionFormat.allCases, [1, 7, 5000])
    func `is what is written anew, whatever changes`(_ format: ExpositionFormat, _ series: Int) {
        var dice = SeededGenerator(seed: UInt64(series))
        var set = Self.set(series: series)
        var page = PreparedPage(set, format)
        #expect(page.pieces.reduce(into: []) { $0 += $1 } == Self.text(set, format))
        let numbers = [0, 1, -1, 10, 99, 100, 0.5, 1e21, -.infinity, .nan, 123_456_789, 1.0 / 3]
        for share in [0, 1, 10, 100, 100, 50] {
            var values = set.values
            for index in values.indices where Int.random(in: 0..<100, using: &dice) < share {
                values[index] = numbers.randomElement(using: &dice) ?? 0
            }
            set.set(values)
            page.update(values)
            #expect(page.pieces.reduce(into: []) { $0 += $1 } == Self.text(set, format))
        }
    }

    @Test func `a large page lies in several pieces`() {
        let set = Self.set(series: 5000)
        let pieces = PreparedPage(set, .text).pieces
        #expect(pieces.count > 1)
        #expect(pieces.allSatisfy { $0.count < 80 << 10 })
    }

    /// One number for each length that texts of numbers have.
    private static let lengths: [Double] = [
        1, 12, 1.5, 1.25, 1.125, -1.125, 12345.5, 12345.25, 12345.125, -12345.125, -123456.125,
        -1234567.125,
        123456789.125, -123456789.125, -1234567890.125, 12345678901.125, -12345678901.125,
        -123456789012.125,
        0.3333333333333333, 0.03333333333333333, 0.003333333333333333, -0.003333333333333333,
        0.0003333333333333333, -0.0003333333333333333, -0.00012345678901234567,
        -1.2345678901234567e-300,
    ]

    @Test(arguments: [ExpositionFormat.text, .openMetrics], 1...3)
    func `is what is written anew, from any length of a number to any other`(
        _ format: ExpositionFormat,
        _ series: Int
    ) {
        let counts = Set(Self.lengths.map { NumberText($0).count })
        #expect(counts == Set([1, 2] + Array(3...24)))
        var set = Self.set(series: series)
        var page = PreparedPage(set, format)
        for from in Self.lengths {
            for to in Self.lengths {
                // One alone, with others of its length around it, and then all of them.
                for values in [
                    set.values.map { _ in from },
                    set.values.indices.map { $0 == series / 2 ? to : from },
                    set.values.map { _ in to },
                ] {
                    set.set(values)
                    page.update(values)
                    #expect(page.pieces.reduce(into: []) { $0 += $1 } == Self.text(set, format))
                }
            }
        }
    }

    @Test func `bytes are copied whole, and not far behind them`() {
        let source = (0..<50).map { UInt8($0 + 1) }
        for count in 0...source.count {
            let bytes = Array(source.prefix(count))
            for start in 0...count {
                for end in start...count {
                    // Where the memory that is read ends, nothing is written behind the range.
                    let room = min(15, count - end)
                    var target = [UInt8](repeating: 0, count: 3 + (end - start) + room)
                    var span = target.mutableSpan
                    var memory = unsafe span.mutableBytes
                    unsafe bytes.span.bytes.copyFreely(start..<end, to: &memory, at: 3)
                    let copied = Array(target[..<(3 + end - start)])
                    guard copied == [0, 0, 0] + source[start..<end] else {
                        Issue.record("\(start)..<\(end) of \(count) is \(copied)")
                        return
                    }
                }
            }
        }
    }
}
