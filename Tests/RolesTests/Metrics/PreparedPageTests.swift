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
}
