import LogPipeline
import Proxying
import Testing

@testable import Companion

@Suite("MemoryBudget") struct MemoryBudgetTests {
    @Test(arguments: [16, 32, 64, 128, 256, 1024, 65536]) func `what is allowed fits`(_ mib: Int) {
        let budget = MemoryBudget(limit: mib << 20)
        #expect(budget.connections >= 64)
        #expect(budget.buffer >= 32 << 10 && budget.buffer <= 1 << 20)
        if mib >= 64 { #expect(budget.connections * (96 << 10) <= mib << 20) }
    }

    @Test(arguments: [32, 64, 256, 4096]) func `parts are together no more than the whole`(
        _ mib: Int
    ) {
        let whole = MemoryBudget(limit: mib << 20)
        let half = MemoryBudget(limit: mib << 20, parts: 2)
        #expect(half.connections * 2 <= max(whole.connections, 128))
        #expect(half.buffer <= whole.buffer)
        func sum(_ parts: Int) -> Int {
            var configuration = LogConfiguration()
            configuration.sinks = (0..<4).map { number in
                var sink = SinkSettings(
                    id: "\(number)",
                    inlet: Inlet([]),
                    kind: .console(ConsoleSettings(encoding: Encoding(.json)))
                )
                sink.buffer.memory = 1 << 40
                return sink
            }
            LogsBudget.apply(mib << 20, parts: parts, to: &configuration)
            return configuration.sinks.reduce(0) { $0 + $1.buffer.memory }
        }
        #expect(sum(2) * 2 <= max(sum(1), 8 * 256 << 10))
    }

    @Test func `more memory never allows less`() {
        let budgets = stride(from: 8, through: 4096, by: 8).map { MemoryBudget(limit: $0 << 20) }
        for (less, more) in zip(budgets, budgets.dropFirst()) {
            #expect(less.connections <= more.connections && less.buffer <= more.buffer)
        }
    }

    @Test func `a configuration's own limits stay if they are narrower`() {
        var configuration = ProxyConfiguration(connectionsMaximum: 10)
        MemoryBudget(limit: 64 << 20).apply(to: &configuration)
        #expect(configuration.connectionsMaximum == 10)
        configuration.connectionsMaximum = 0
        MemoryBudget(limit: nil).apply(to: &configuration)
        #expect(configuration.connectionsMaximum == 0)
        MemoryBudget(limit: 64 << 20).apply(to: &configuration)
        #expect(configuration.connectionsMaximum == 341)
    }
}
