import Basics
import Reactor
import TestKit
import Testing

@testable import Proxying

@Suite("Checks of a host", .timeLimit(.minutes(1))) struct HostChecksTests {
    /// A check whose outcomes are given.
    @MainLoop private final class Scripted: HealthCheck {
        var outcomes: [CheckOutcome]
        private(set) var count = 0

        init(_ outcomes: [CheckOutcome]) { self.outcomes = outcomes }

        func run(deadline: Instant) async -> CheckOutcome {
            count += 1
            return outcomes.count > 1 ? outcomes.removeFirst() : outcomes[0]
        }

        func close() {}
    }

    private static let shortage = CheckOutcome(Failure(.internalError, "no descriptors"))

    @Test @MainLoop func `a check that cannot be made says nothing of the host`() async throws {
        let settings = HealthCheckSettings(
            check: .tcp(send: [], expect: []),
            timeout: .seconds(1),
            interval: .milliseconds(5),
            unhealthyThreshold: 1,
            healthyThreshold: 1
        )
        let health = HostHealth(flags: .pending)
        let check = Scripted([Self.shortage, .success, Self.shortage])
        let checks = HostChecks(
            [(settings, check)],
            health: health,
            gate: CheckGate(),
            seed: 1,
            hasTraffic: { true },
            tell: { _, _ in }
        )
        try await eventually(within: .seconds(20), "it is asked again and again") {
            check.count > 5
        }
        #expect(health.flags == [])
        #expect(checks.statistics.successes == 1)
        #expect(checks.statistics.failures == 0)
        check.outcomes = [CheckOutcome(Failure(.unavailable, "gone"))]
        try await eventually(within: .seconds(20), "the host's own failure counts") {
            health.flags == .failedCheck
        }
        checks.stop()
    }
}
