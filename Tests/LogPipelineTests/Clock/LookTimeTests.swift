import Basics
import Reactor
import Testing

@testable import LogPipeline

/// Which files are new after a time in which nobody looked, whatever became of the clock of the wall.
@Suite("The time of a look") struct LookTimeTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var testDescription: String
        /// The look, and now: the clock of the wall and that of the boot, in seconds.
        var look: (wall: Int64, instant: Int64?)
        var now: (wall: Int64, instant: Int64)
        var isSameBoot = true
        var earliest: Int64
    }

    static let cases = [
        Case(
            testDescription: "nothing special",
            look: (1_000, 10),
            now: (1_100, 110),
            earliest: 1_000
        ),
        Case(testDescription: "set forward", look: (1_000, 10), now: (9_100, 110), earliest: 1_000),
        Case(testDescription: "set back", look: (1_000, 10), now: (600, 110), earliest: 500),
        Case(
            testDescription: "set back, and longer ago than it was set",
            look: (1_000, 10),
            now: (2_500, 3_010),
            earliest: -500
        ),
        Case(
            testDescription: "another boot",
            look: (1_000, 10),
            now: (5_000, 20),
            isSameBoot: false,
            earliest: 1_000
        ),
        Case(
            testDescription: "another boot without a clock that goes on",
            look: (1_700_000_000, 10),
            now: (60, 50),
            isSameBoot: false,
            earliest: 10
        ),
        Case(
            testDescription: "the clock of the boot is not known",
            look: (1_000, nil),
            now: (5_000, 20),
            earliest: 1_000
        ),
    ]

    @Test(arguments: cases) func `files made since are dated no earlier`(_ sample: Case) {
        let look = LookTime(
            wall: Timestamp(seconds: sample.look.wall),
            instant: sample.look.instant.map { .zero + .seconds($0) },
            boot: 7
        )
        let now = Moment(
            instant: .zero + .seconds(sample.now.instant),
            wall: Timestamp(seconds: sample.now.wall)
        )
        let earliest = look.earliestBirth(at: now, boot: sample.isSameBoot ? 7 : 8)
        #expect(earliest == Timestamp(seconds: sample.earliest))
        #expect(LookTime(account: look.account) == look)
    }

    @Test func `one without a look has none`() {
        #expect(LookTime(account: [:]) == nil && LookTime.boot("") == 0)
        #expect(LookTime.boot("a") != LookTime.boot("b"))
    }

    @Test(
        arguments: [
            (100, [], 100), (100, [50, 60], 50), (100, [100, 101], 100), (100, [50, 200], nil),
        ] as [(Int64, [Int64], Int64?)]
    )
    func `the pod's start`(_ program: Int64, _ made: [Int64], _ start: Int64?) {
        let guess = PodStart.start(
            programStart: Timestamp(seconds: program),
            made: made.map { Timestamp(seconds: $0) }
        )
        #expect(guess == start.map { Timestamp(seconds: $0) } ?? Timestamp(nanoseconds: .min))
    }
}
