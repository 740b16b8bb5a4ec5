import Synchronization
import Testing

@testable import Proxying

@Suite struct CircuitBreakerTests {
    private final class Highest: Sendable {
        let value = Atomic<Int>(0)
    }

    static let resources: [CircuitBreaker.Resource] = [.connections, .pending, .requests, .retries]

    @Test(arguments: resources) func `a limit refuses the next, and only its own`(
        resource: CircuitBreaker.Resource
    ) {
        let limits = CircuitLimits(connections: 2, pending: 2, requests: 2, retries: 2)
        let breaker = CircuitBreaker(limits, CircuitCounts())
        #expect(breaker.take(resource))
        #expect(!breaker.isOpen(resource))
        #expect(breaker.take(resource))
        #expect(breaker.isOpen(resource))
        #expect(!breaker.take(resource))
        for other in Self.resources where other != resource {
            #expect(breaker.count(of: other) == 0)
            #expect(breaker.remaining(other) == 2)
        }
        breaker.giveBack(resource)
        #expect(breaker.remaining(resource) == 1)
        #expect(breaker.take(resource))
    }

    @Test func `a limit of nothing refuses all`() {
        let breaker = CircuitBreaker(CircuitLimits(requests: 0), CircuitCounts())
        #expect(!breaker.take(.requests))
        #expect(breaker.isOpen(.requests))
    }

    @Test(arguments: [
        (0, 0, 3), (10, 0, 3), (15, 0, 3), (20, 0, 4), (90, 10, 20), (1000, 0, 200),
    ])
    func `a budget follows the requests`(requests: Int, pending: Int, expected: Int) {
        let limits = CircuitLimits(retries: 0, retryBudget: RetryBudget(percent: 20, minimum: 3))
        let breaker = CircuitBreaker(limits, CircuitCounts())
        for _ in 0..<requests { #expect(breaker.take(.requests)) }
        for _ in 0..<pending { #expect(breaker.take(.pending)) }
        #expect(breaker.maximum(of: .retries) == expected)
        for _ in 0..<expected { #expect(breaker.take(.retries)) }
        #expect(!breaker.take(.retries))
    }

    @Test func `the limit is that of all threads together`() async {
        let counts = CircuitCounts()
        let worst = Highest()
        let granted = await withTaskGroup(of: Int.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    let breaker = CircuitBreaker(CircuitLimits(requests: 3), counts)
                    var granted = 0
                    for _ in 0..<20_000 where breaker.take(.requests) {
                        worst.value.max(breaker.count(of: .requests), ordering: .relaxed)
                        granted += 1
                        breaker.giveBack(.requests)
                    }
                    return granted
                }
            }
            return await group.reduce(0, +)
        }
        #expect(granted > 0)
        #expect(worst.value.load(ordering: .relaxed) <= 3)
        #expect(CircuitBreaker(CircuitLimits(), counts).count(of: .requests) == 0)
    }

    @Test func `connections have a limit, or none`() {
        let limit = ConnectionLimit(maximum: 1)
        #expect(limit.take())
        #expect(!limit.take())
        limit.giveBack()
        #expect(limit.take())
        let none = ConnectionLimit(maximum: 0)
        #expect((0..<100).allSatisfy { _ in none.take() })
        #expect(none.count == 100)
    }
}
