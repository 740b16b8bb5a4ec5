import Proxying
import Testing

@testable import Companion

@Suite("MemoryBudget") struct MemoryBudgetTests {
    struct Machine: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var files: [String: String]
        var limit: Int?
    }

    static let machines = [
        Machine(testDescription: "no control groups", files: [:], limit: nil),
        Machine(
            testDescription: "version 2, in a container",
            files: ["/proc/self/cgroup": "0::/\n", "/sys/fs/cgroup/memory.max": "67108864\n"],
            limit: 67_108_864
        ),
        Machine(
            testDescription: "version 2, no limit",
            files: ["/proc/self/cgroup": "0::/a/b\n", "/sys/fs/cgroup/a/b/memory.max": "max\n"],
            limit: nil
        ),
        Machine(
            testDescription: "version 2, the group above is narrower",
            files: [
                "/proc/self/cgroup": "0::/a/b\n", "/sys/fs/cgroup/a/b/memory.max": "200\n",
                "/sys/fs/cgroup/a/memory.max": "100\n",
            ],
            limit: 100
        ),
        Machine(
            testDescription: "version 1",
            files: [
                "/proc/self/cgroup": "5:cpu,cpuacct:/x\n4:memory:/x/y\n",
                "/sys/fs/cgroup/memory/x/y/memory.limit_in_bytes": "33554432\n",
                "/sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
            ],
            limit: 33_554_432
        ),
        Machine(
            testDescription: "version 1, mounted as the container's own",
            files: [
                "/proc/self/cgroup": "4:memory:/docker/abc\n",
                "/sys/fs/cgroup/memory/memory.limit_in_bytes": "134217728\n",
            ],
            limit: 134_217_728
        ),
    ]

    @Test(arguments: machines) func `the limit is found`(_ machine: Machine) {
        #expect(MemoryBudget.cgroupLimit { machine.files[$0] } == machine.limit)
    }

    @Test(arguments: [16, 32, 64, 128, 256, 1024, 65536]) func `what is allowed fits`(_ mib: Int) {
        let budget = MemoryBudget(limit: mib << 20)
        #expect(budget.connections >= 64)
        #expect(budget.buffer >= 32 << 10 && budget.buffer <= 1 << 20)
        if mib >= 64 { #expect(budget.connections * (96 << 10) <= mib << 20) }
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
