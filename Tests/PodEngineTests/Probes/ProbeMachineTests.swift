import Basics
import PodModel
import Testing

@testable import PodEngine

/// The pure probe: thresholds, ticks and holding.
@Suite struct ProbeMachineTests {
    static func machine(
        _ kind: ProbeKind,
        delay: Int = 0,
        period: Int = 10,
        successes: Int = 1,
        failures: Int = 3
    ) -> ProbeMachine {
        let probe = Probe(
            action: .tcpSocket(TCPSocketAction()),
            initialDelaySeconds: delay,
            periodSeconds: period,
            successThreshold: successes,
            failureThreshold: failures
        )
        return ProbeMachine(kind: kind, plan: ProbePlan(probe), started: .zero)
    }

    static func at(_ seconds: Double) -> Instant {
        Instant(nanoseconds: Int64(seconds * 1e9))
    }

    @Test(arguments: [
        (ProbeKind.startup, ProbeMachine.Verdict.unknown), (.liveness, .success),
        (.readiness, .failure),
    ])
    func `each kind begins with the kubelet's initial verdict`(
        kind: ProbeKind,
        verdict: ProbeMachine.Verdict
    ) {
        #expect(Self.machine(kind).published == verdict)
    }

    @Test func `the first attempt is due after the initial delay, the next each period`() {
        var probe = Self.machine(.liveness, delay: 5)
        #expect(!probe.isDue(Self.at(4.9)))
        #expect(probe.isDue(Self.at(5)))
        probe.begin(Self.at(5))
        #expect(!probe.isDue(Self.at(5)))
        _ = probe.finish(.success, Self.at(5.1))
        #expect(probe.wake == Self.at(15))
    }

    @Test func `an answer later than the period is followed by an attempt at once`() {
        var probe = Self.machine(.liveness, period: 1)
        probe.begin(Self.at(0))
        _ = probe.finish(.success, Self.at(4))
        #expect(probe.isDue(Self.at(4)))
    }

    /// Answers in order, and what is published after each: s(uccess), f(ailure), u(nknown).
    static let rows: [(kind: ProbeKind, answers: String, published: String)] = [
        (.liveness, "ffsfff", "sssssf"),
        (.readiness, "sfffs", "sssfs"),
        (.startup, "ffs", "uus"),
        (.startup, "fff", "uuf"),
        (.readiness, "eeseff", "ffssss"),
    ]

    @Test(arguments: rows)
    func `thresholds count equal answers in a row`(
        kind: ProbeKind,
        answers: String,
        published: String
    ) {
        var probe = Self.machine(kind)
        var shown = ""
        for answer in answers {
            probe.begin(Self.at(0))
            let outcome: ProbeOutcome =
                switch answer {
                case "s": .success
                case "f": .failure("")
                default: .error("")
                }
            _ = probe.finish(outcome, Self.at(0))
            shown += String(probe.published.rawValue.prefix(1))
        }
        #expect(shown == published)
    }

    @Test(arguments: [
        (ProbeKind.liveness, "f", true), (.startup, "s", true), (.readiness, "f", false),
    ])
    func `a decided liveness failure or startup holds the probe`(
        kind: ProbeKind,
        answer: String,
        held: Bool
    ) {
        var probe = Self.machine(kind, failures: 1)
        probe.begin(Self.at(0))
        _ = probe.finish(answer == "s" ? .success : .failure(""), Self.at(0))
        #expect(probe.isHeld == held)
        #expect((probe.wake == nil) == held)
    }

    @Test func `an attempt that is never answered is given up after its timeout and 30 s`() {
        var probe = Self.machine(.readiness)
        probe.begin(Self.at(0))
        #expect(probe.wake == Self.at(31))
        probe.loseAttempt(Self.at(31))
        #expect(probe.isDue(Self.at(31)))
        #expect(probe.published == .failure)
    }
}
