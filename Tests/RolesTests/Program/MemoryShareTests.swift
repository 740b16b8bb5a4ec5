import Basics
import Testing

@testable import Roles

@Suite("The memory of a process") struct MemoryShareTests {
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
        #expect(MemoryShare.groupLimit { machine.files[$0] } == machine.limit)
    }

    @Test(
        arguments: [
            ("64Mi", 64 << 20), ("64MiB", 64 << 20), ("2G", 2_000_000_000), ("1048576", 1 << 20),
        ] as [(String, Int)]
    )
    func `a limit is read`(_ text: String, _ limit: Int) throws {
        #expect(try MemoryShare.limit(text) == limit)
    }

    @Test(arguments: ["", "x", "-1Mi", "1Ki", "64 Mi"])
    func `what is no limit is refused`(_ text: String) {
        #expect(throws: Failure.self) { try MemoryShare.limit(text) }
    }
}
