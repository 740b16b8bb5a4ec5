import Basics
import Testing

@testable import Proxying

@Suite struct PingScheduleTests {
    private static func at(_ seconds: Double) -> Instant {
        Instant(nanoseconds: Int64(seconds * 1_000_000_000))
    }

    private static func schedule(
        every interval: Double? = 10,
        idle: Double? = nil,
        share: Double = 0
    ) -> PingSchedule {
        PingSchedule(
            PingSettings(
                interval: interval.map { .milliseconds(Int64($0 * 1000)) },
                timeout: .seconds(2),
                idleInterval: idle.map { .milliseconds(Int64($0 * 1000)) }
            ),
            at: at(0),
            share: share
        )
    }

    @Test func `a ping goes out by time, and its answer begins the next interval`() {
        var pings = Self.schedule()
        #expect(pings.due == Self.at(10))
        #expect(pings.check(Self.at(9.9)) == .nothing)
        #expect(pings.check(Self.at(10)) == .ping)
        #expect(pings.due == Self.at(12))
        pings.hearAnswer(Self.at(11), share: 0)
        #expect(pings.due == Self.at(21))
        #expect(pings.check(Self.at(12)) == .nothing)
        #expect(pings.check(Self.at(21)) == .ping)
        #expect(pings.check(Self.at(22.9)) == .nothing)
        #expect(pings.check(Self.at(23)) == .dead)
    }

    @Test func `whatever comes is a sign of life`() {
        var pings = Self.schedule()
        #expect(pings.check(Self.at(10)) == .ping)
        pings.hear(Self.at(11.5))
        #expect(pings.check(Self.at(12)) == .nothing)
        #expect(pings.due == Self.at(13.5))
        #expect(pings.check(Self.at(13.5)) == .dead)
    }

    @Test(arguments: [(0.0, 10.0), (0.5, 10.75), (1.0, 11.5), (7.0, 11.5), (-1.0, 10.0)])
    func `intervals are longer at random`(share: Double, due: Double) {
        #expect(Self.schedule(share: share).due == Self.at(due))
    }

    @Test func `a stream after a long silence is preceded by a ping`() {
        var pings = Self.schedule(every: nil, idle: 5)
        #expect(pings.due == nil)
        #expect(pings.begin(Self.at(4)) == .nothing)
        pings.hear(Self.at(4))
        #expect(pings.begin(Self.at(8.9)) == .nothing)
        #expect(pings.begin(Self.at(9)) == .ping)
        #expect(pings.begin(Self.at(9.5)) == .nothing, "one is on its way")
        #expect(pings.due == Self.at(11))
        pings.hearAnswer(Self.at(10), share: 0)
        #expect(pings.due == nil)
    }

    @Test func `an answer that nobody asked for changes nothing`() {
        var pings = Self.schedule()
        pings.hearAnswer(Self.at(3), share: 0)
        #expect(pings.due == Self.at(10))
    }
}
