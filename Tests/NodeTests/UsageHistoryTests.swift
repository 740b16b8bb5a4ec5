import Basics
import Testing

@testable import Node

@Suite("What containers use") struct UsageHistoryTests {
    private var history = UsageHistory()
    private static let start = Instant(nanoseconds: 1_000_000_000_000)

    private mutating func sample(_ seconds: Double, _ used: Int, _ memory: Int = 7) -> UsageFigures
    {
        let moment = Self.start + .seconds(seconds)
        return history.figures(
            of: "c",
            UsageSample(moment: moment, processorNanoseconds: used, memoryBytes: memory),
            since: Self.start
        )
    }

    @Test mutating func `the first sample is measured from the start`() {
        let figures = sample(2, 500_000_000)
        #expect(
            figures == UsageFigures(nanocores: 250_000_000, memoryBytes: 7, window: .seconds(2))
        )
    }

    @Test mutating func `a later one from the youngest that is old enough`() {
        _ = sample(10, 1_000_000_000)
        #expect(sample(20, 6_000_000_000).nanocores == 500_000_000)
        // A moment later the window is still the one from 10 s on, since 20 s is too young.
        let soon = sample(20.5, 6_000_000_000)
        #expect(soon.window == .seconds(10.5))
        #expect(sample(21, 7_000_000_000).nanocores == 1_000_000_000)
    }

    @Test mutating func `asking often does not shorten the window`() {
        _ = sample(10, 0)
        for step in 1...9 { _ = sample(10 + Double(step) / 10, 0) }
        #expect(sample(11, 1_000_000_000).window == .seconds(1))
    }

    @Test mutating func `a count that went back is that of something new`() {
        _ = sample(100, 50_000_000_000)
        let figures = sample(110, 1_000_000_000)
        #expect(figures.nanocores == 1_000_000_000 / 110)
    }

    @Test mutating func `what has gone is forgotten`() {
        _ = sample(10, 5_000_000_000)
        history.keep(["other"])
        #expect(sample(20, 10_000_000_000).window == .seconds(20))
    }
}
